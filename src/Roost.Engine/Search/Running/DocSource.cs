using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Where the docs of a search come from: descending, without repeats, in blocks. For one search.</summary>
internal abstract class DocSource
{
    /// <summary>Room that <see cref="Read"/> wants.</summary>
    public const int BlockLength = PostingWalk.BlockLength;

    /// <summary>Begins at the newest doc of at most <paramref name="docMax"/>.</summary>
    public abstract void Start(uint docMax);

    /// <summary>How many docs it looked at so far and left out.</summary>
    public virtual long Passed => 0;

    /// <summary>The next docs, descending; 0 at the end. <b>Hot path.</b></summary>
    /// <param name="docs">Room for <see cref="BlockLength"/>.</param>
    public abstract int Read(Span<uint> docs);
}

/// <summary>One term's docs.</summary>
internal sealed class TermSource(Segment segment, SegmentTerm term) : DocSource
{
    private PostingWalk _walk;

    public override void Start(uint docMax) => _walk = segment.Start(term, docMax);

    public override int Read(Span<uint> docs) => segment.Read(ref _walk, docs);
}

/// <summary>Every doc there is.</summary>
internal sealed class EverySource : DocSource
{
    private uint _next;

    public override void Start(uint docMax) => _next = docMax + 1;

    public override int Read(Span<uint> docs)
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

    public override int Read(Span<uint> docs)
    {
        var count = Math.Min(BlockLength, length - _next);
        list.AsSpan(_next, count).CopyTo(docs);
        _next += count;
        return count;
    }
}

/// <summary>Those of several sources: a merge by a heap, newest doc on top.</summary>
internal sealed class UnionSource(DocSource[] sources) : DocSource
{
    private readonly uint[] _blocks = new uint[sources.Length * BlockLength];
    private readonly Head[] _heads = new Head[sources.Length];
    private int _count;

    public override long Passed => sources.Sum(source => source.Passed);

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

    public override int Read(Span<uint> docs)
    {
        var count = 0;
        while (count < BlockLength && _count > 0)
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
        head.Doc = _blocks[head.At];
        return true;
    }

    private bool Fill(ref Head head)
    {
        var start = head.Source * BlockLength;
        var count = sources[head.Source].Read(_blocks.AsSpan(start, BlockLength));
        head.At = start;
        head.End = start + count;
        head.Doc = _blocks[start];
        return count > 0;
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
