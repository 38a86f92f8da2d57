using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Where the docs of a search come from: descending, without repeats, in blocks. For one search.</summary>
internal abstract class DocSource
{
    /// <summary>Room that <see cref="Read"/> wants.</summary>
    public const int BlockLength = PostingWalk.BlockLength;

    /// <summary>Docs that are asked for together at most, of a source whose docs are joined or merged at first.
    /// </summary>
    public const int Group = PlaceCursor.GroupMax;

    /// <summary>Begins at the newest doc of at most <paramref name="docMax"/>.</summary>
    public abstract void Start(uint docMax);

    /// <summary>How many docs it looked at so far and left out.</summary>
    public virtual long Passed => 0;

    /// <summary>The next docs, descending; 0 at the end. <b>Hot path.</b></summary>
    /// <param name="docs">Room for <see cref="BlockLength"/>.</param>
    /// <param name="wanted">After how many to end where each costs something, 1 to <see cref="Group"/>: a search may
    /// have enough then. There may be more of them, and at the end fewer.</param>
    public abstract int Read(Span<uint> docs, int wanted);
}

/// <summary>One term's docs.</summary>
internal sealed class TermSource : DocSource
{
    /// <summary>What the room for the first docs is a multiple of.</summary>
    private const int Four = 4;

    private Segment _segment = null!;
    private PostingWalk _walk;
    private bool _isBegun;

    public SegmentTerm Term { get; private set; }

    /// <summary>Where the first of the docs that were read last is in a sealed list.</summary>
    public uint Index { get; private set; }

    public TermSource Of(Segment segment, SegmentTerm term)
    {
        (_segment, Term) = (segment, term);
        return this;
    }

    public override void Start(uint docMax)
    {
        _walk = _segment.Start(Term, docMax);
        _isBegun = false;
    }

    public override int Read(Span<uint> docs, int wanted)
    {
        var room = _isBegun ? BlockLength : Math.Max(_walk.RoomMin, (wanted + Four - 1) & -Four);
        var count = _segment.Read(ref _walk, docs[..room]);
        _isBegun = true;
        Index = _walk.Index - (uint)count;
        return count;
    }
}

/// <summary>The docs that have all of some frequent terms.</summary>
internal sealed class BitsSource(DocBits[] terms) : DocSource
{
    private uint _below;

    public override void Start(uint docMax) => _below = docMax + 1;

    public override int Read(Span<uint> docs, int wanted) => DocBits.Read(terms, ref _below, docs[..wanted]);
}

/// <summary>Every doc there is.</summary>
internal sealed class EverySource : DocSource
{
    private uint _next;

    public override void Start(uint docMax) => _next = docMax + 1;

    public override int Read(Span<uint> docs, int wanted)
    {
        var count = (int)Math.Min(_next, BlockLength);
        for (var i = 0; i < count; i++) docs[i] = --_next;
        return count;
    }
}

/// <summary>A list made beforehand, descending.</summary>
internal sealed class ListSource(uint[] list, int length) : DocSource
{
    private int _next;

    public override void Start(uint docMax)
    {
        // Descending: count those above by bisection.
        int low = 0, high = length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (list[middle] > docMax)
                low = middle + 1;
            else
                high = middle;
        }
        _next = low;
    }

    public override int Read(Span<uint> docs, int wanted)
    {
        var count = Math.Min(BlockLength, length - _next);
        list.AsSpan(_next, count).CopyTo(docs);
        _next += count;
        return count;
    }
}

/// <summary>Those of several sources: of few the newest is looked for among all; many are a heap, newest doc on top.
/// </summary>
internal sealed class UnionSource(DocSource[] sources) : DocSource
{
    private const int FewMax = 4;

    private readonly uint[][] _blocks = TakeBlocks(sources.Length);
    private readonly Head[] _heads = new Head[sources.Length];
    private int _count;

    public override long Passed
    {
        get
        {
            var passed = 0L;
            foreach (var source in sources) passed += source.Passed;
            return passed;
        }
    }

    public override void Start(uint docMax)
    {
        _count = 0;
        for (var i = 0; i < sources.Length; i++)
        {
            sources[i].Start(docMax);
            var head = new Head { Source = i };
            if (Fill(ref head))
                _heads[_count++] = head;
        }
        for (var i = (_count / 2) - 1; i >= 0; i--) Sink(i);
    }

    public override int Read(Span<uint> docs, int wanted) =>
        sources.Length <= FewMax ? ReadOfFew(docs[..wanted]) : ReadOfHeap(docs[..wanted]);

    private int ReadOfFew(Span<uint> docs)
    {
        var count = 0;
        while (count < docs.Length && _count > 0)
        {
            var newest = _heads[0].Doc;
            for (var i = 1; i < _count; i++) newest = Math.Max(newest, _heads[i].Doc);
            docs[count++] = newest;
            for (var i = _count - 1; i >= 0; i--)
            {
                if (_heads[i].Doc == newest && !Advance(ref _heads[i]))
                    _heads[i] = _heads[--_count];
            }
        }
        return count;
    }

    private int ReadOfHeap(Span<uint> docs)
    {
        var count = 0;
        while (count < docs.Length && _count > 0)
        {
            ref var top = ref _heads[0];
            if (count == 0 || docs[count - 1] != top.Doc)
                docs[count++] = top.Doc;
            if (Advance(ref top) || RemoveTop())
                Sink(0);
        }
        // A doc at a block's end may be at the next one's beginning too.
        while (count > 0 && _count > 0 && _heads[0].Doc == docs[count - 1])
        {
            if (Advance(ref _heads[0]) || RemoveTop())
                Sink(0);
        }
        return count;
    }

    private bool RemoveTop()
    {
        _heads[0] = _heads[--_count];
        return _count > 0;
    }

    private bool Advance(ref Head head)
    {
        if (++head.At == head.End)
            return Fill(ref head);
        head.Doc = _blocks[head.Source][head.At];
        return true;
    }

    private bool Fill(ref Head head)
    {
        var block = _blocks[head.Source];
        var count = sources[head.Source].Read(block.AsSpan(0, BlockLength), Group);
        head.At = 0;
        head.End = count;
        head.Doc = block[0];
        return count > 0;
    }

    private static uint[][] TakeBlocks(int count)
    {
        var blocks = new uint[count][];
        foreach (ref var block in blocks.AsSpan()) block = BlockPool.Own.Take();
        return blocks;
    }

    private void Sink(int at)
    {
        var head = _heads[at];
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && _heads[child + 1].Doc > _heads[child].Doc)
                child++;
            if (_heads[child].Doc <= head.Doc)
                break;
            _heads[at] = _heads[child];
            at = child;
        }
        _heads[at] = head;
    }

    private struct Head
    {
        public uint Doc;
        public int Source;
        public int At;
        public int End;
    }
}
