using System.Runtime.InteropServices;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Pieces of memory of one size that somebody gave back, for the next who asks: on a virtual machine whose host takes
/// free memory back, a piece that was touched before costs a small part of what a fresh one does. Thread-safe.
/// </summary>
/// <param name="chunkBytes">The size.</param>
/// <param name="bytesMax">What is given back beyond this goes to the system.</param>
internal sealed unsafe class ChunkStore(long chunkBytes, long bytesMax) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<nint> _chunks = [];
    private long _bytes;

    ~ChunkStore() => Free();

    public long ChunkBytes => chunkBytes;

    /// <summary>Bytes of memory that nobody uses at the moment.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>A chunk, not cleared, or null when there is none.</summary>
    public byte* TryTake()
    {
        lock (_lock)
        {
            if (!_chunks.TryPop(out var chunk))
                return null;
            Interlocked.Add(ref _bytes, -chunkBytes);
            return (byte*)chunk;
        }
    }

    /// <summary>Takes a chunk, which came from <see cref="NativeMemory.AlignedAlloc"/>, or frees it.</summary>
    public void Give(nint chunk)
    {
        lock (_lock)
        {
            if (_bytes + chunkBytes <= bytesMax)
            {
                _chunks.Push(chunk);
                Interlocked.Add(ref _bytes, chunkBytes);
                return;
            }
        }
        NativeMemory.AlignedFree((void*)chunk);
    }

    /// <summary>Gives all of it to the system.</summary>
    public void Trim()
    {
        lock (_lock)
            Free();
    }

    /// <summary>What is given from then on goes to the system.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            bytesMax = 0;
            Free();
        }
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        while (_chunks.TryPop(out var chunk))
            NativeMemory.AlignedFree((void*)chunk);
        Interlocked.Exchange(ref _bytes, 0);
    }
}
