using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// What a search fills while it runs, kept by its thread for the next one: clearing new memory, and collecting it, took
/// longer than most searches for one term. One thread.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Docs that a block has room for: a whole block, and those more that a comparison may read.</summary>
    public const int Length = PostingWalk.BlockLength + 16;

    [ThreadStatic]
    private static BlockPool? _own;

    private readonly Kept<uint[]> _blocks = new(() => new uint[Length]);
    private readonly Kept<TermPart> _terms = new(() => new TermPart());
    private readonly Kept<NewestHits> _hits = new(() => new NewestHits());

    /// <summary>The calling thread's.</summary>
    public static BlockPool Own => _own ??= new BlockPool();

    /// <summary>How much is in use: what was taken from there on <see cref="Release"/> gives back.</summary>
    public (int Blocks, int Terms, int Hits) Taken => (_blocks.Taken, _terms.Taken, _hits.Taken);

    /// <summary>A block with whatever was in it, until <see cref="Release"/>.</summary>
    public uint[] Take() => _blocks.Take();

    /// <summary>A part of a plan, to be told of which term, until <see cref="Release"/>.</summary>
    public TermPart TakeTerm() => _terms.Take();

    /// <summary>What gathers hits, to be started, until <see cref="Release"/>.</summary>
    public NewestHits TakeHits() => _hits.Take();

    public void Release((int Blocks, int Terms, int Hits) taken)
    {
        _blocks.Taken = taken.Blocks;
        _terms.Taken = taken.Terms;
        _hits.Taken = taken.Hits;
    }

    private sealed class Kept<T>(Func<T> make)
    {
        /// <summary>More are not kept: few searches need as many.</summary>
        private const int KeptMax = 64;

        private readonly List<T> _all = [];

        public int Taken { get; set; }

        public T Take()
        {
            if (Taken >= KeptMax)
                return make();
            if (Taken == _all.Count)
                _all.Add(make());
            return _all[Taken++];
        }
    }
}
