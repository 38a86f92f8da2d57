namespace Roost.Engine.Search;

/// <summary>How an index is laid out. Fixed for its life.</summary>
public sealed record SearchIndexOptions
{
    public const int SegmentPostsLimit = 1 << 23;

    /// <summary>Posts of a segment, 1 to 2^23, the default: a full one is closed and can be sealed.</summary>
    public int SegmentPostsMax { get; init; } = SegmentPostsLimit;

    /// <summary>
    /// Memory that the index may take, default 2 GiB: when a post might not fit, <see cref="SearchIndex.Add"/> refuses
    /// it. Sealed segments that are mapped from files count too, though the system can take their memory back.
    /// </summary>
    public long BytesMax { get; init; } = 2L << 30;

    /// <summary>
    /// The unit in which an active segment takes memory: a power of two, 64 KiB to 64 MiB; default 2 MiB, a huge page.
    /// An empty index takes some five of them.
    /// </summary>
    public int ChunkBytes { get; init; } = 2 << 20;

    /// <summary>Of the hash of terms: random, unknown to those who post, in a server.</summary>
    public ulong HashSeed { get; init; } = 0x9E37_79B9_7F4A_7C15;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentPostsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentPostsMax, SegmentPostsLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(ChunkBytes, 1 << 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ChunkBytes, 1 << 26);
        if (!System.Numerics.BitOperations.IsPow2(ChunkBytes))
            throw new ArgumentException($"{nameof(ChunkBytes)} is {ChunkBytes}; it must be a power of two.");
        if (BytesMax < 16L * ChunkBytes)
        {
            throw new ArgumentException(
                $"{nameof(BytesMax)} is {BytesMax}; at least 16 chunks of {ChunkBytes} bytes are needed.");
        }
    }
}
