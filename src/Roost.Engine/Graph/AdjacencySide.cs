namespace Roost.Engine.Graph;

/// <summary>
/// Every account's id list of one direction, by account: an array in chunks that grows by itself. One writer; readers
/// on any thread, without locks.
/// </summary>
/// <remarks>
/// A list is complete before its reference is stored with release semantics, and reached through that reference only,
/// so whoever sees it sees all of it. A chunk stays where it is when the directory is replaced by a longer one, so a
/// reader with the old directory reads the same slots.
/// </remarks>
internal sealed class AdjacencySide
{
    private const int ChunkBits = 13;
    private const int ChunkLength = 1 << ChunkBits;
    private const int OffsetMask = ChunkLength - 1;

    private object?[]?[] _chunks = [];

    /// <summary>The list of an account, null if it never had one. The setter is the writer's.</summary>
    public object? this[int account]
    {
        get
        {
            var chunks = Volatile.Read(ref _chunks);
            var place = (uint)account >> ChunkBits;
            if (place >= (uint)chunks.Length || chunks[place] is not { } chunk)
                return null;
            return Volatile.Read(ref chunk[account & OffsetMask]);
        }
        set => Volatile.Write(ref Chunk((uint)account >> ChunkBits)[account & OffsetMask], value);
    }

    private object?[] Chunk(uint place)
    {
        if (place >= (uint)_chunks.Length)
        {
            var longer = new object?[]?[Math.Max(place + 1, 2 * (uint)_chunks.Length)];
            _chunks.CopyTo(longer, 0);
            Volatile.Write(ref _chunks, longer);
        }
        if (_chunks[place] is { } chunk)
            return chunk;
        chunk = new object?[ChunkLength];
        Volatile.Write(ref _chunks[place], chunk);
        return chunk;
    }
}
