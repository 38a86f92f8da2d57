using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// Blocks of docs that a search fills while it runs, kept by its thread for the next one: clearing new ones, and
/// collecting them, took as long as looking at some hundred docs. One thread.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Docs that a block has room for: a whole block, and those more that a comparison may read.</summary>
    public const int Length = PostingWalk.BlockLength + 16;

    /// <summary>More are not kept: few searches need as many.</summary>
    private const int KeptMax = 64;

    [ThreadStatic]
    private static BlockPool? _own;

    private readonly List<uint[]> _blocks = [];

    /// <summary>The calling thread's.</summary>
    public static BlockPool Own => _own ??= new BlockPool();

    /// <summary>How many blocks are in use: what was taken from there on <see cref="Release"/> gives back.</summary>
    public int Taken { get; private set; }

    /// <summary>A block with whatever was in it, until <see cref="Release"/>.</summary>
    public uint[] Take()
    {
        if (Taken >= KeptMax)
            return new uint[Length];
        if (Taken == _blocks.Count)
            _blocks.Add(new uint[Length]);
        return _blocks[Taken++];
    }

    public void Release(int taken) => Taken = taken;
}
