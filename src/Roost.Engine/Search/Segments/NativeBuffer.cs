using System.Runtime.InteropServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Bytes in native memory that grow at the end. Growing may move them: keep offsets, not pointers. One thread writes.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private byte* _bytes;
    private long _capacity;

    ~NativeBuffer() => NativeMemory.Free(_bytes);

    public long Length { get; private set; }

    /// <summary>Bytes asked of the system. Any thread.</summary>
    public long Capacity => Volatile.Read(ref _capacity);

    public byte* At(long offset) => _bytes + offset;

    /// <summary>Appends bytes that are yet to be written, and says where they begin.</summary>
    public long Reserve(long length)
    {
        var start = Length;
        Length += length;
        if (Length > _capacity)
            Resize(Math.Max(Length, _capacity + Math.Max(_capacity / 2, 1 << 12)));
        return start;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var start = Reserve(bytes.Length);
        bytes.CopyTo(new Span<byte>(_bytes + start, bytes.Length));
    }

    /// <summary>Appends zeros: at least so many, then up to a multiple of <paramref name="alignment"/>.</summary>
    public void Pad(int atLeast, int alignment)
    {
        var end = (Length + atLeast + alignment - 1) / alignment * alignment;
        var start = Reserve(end - Length);
        new Span<byte>(_bytes + start, (int)(end - start)).Clear();
    }

    /// <summary>Gives back what was asked for too much.</summary>
    public void Trim() => Resize(Math.Max(Length, 1));

    public void Dispose()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
        Length = 0;
        Volatile.Write(ref _capacity, 0);
        GC.SuppressFinalize(this);
    }

    private void Resize(long capacity)
    {
        _bytes = (byte*)NativeMemory.Realloc(_bytes, (nuint)capacity);
        // Of what is still to be written, which is a third at least: the rest may be on small pages already.
        HugePages.Advise(_bytes, capacity);
        Volatile.Write(ref _capacity, capacity);
    }
}
