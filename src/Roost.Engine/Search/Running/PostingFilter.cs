using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Says which of many docs a term's posting list has, both descending. For one search.</summary>
/// <remarks>
/// A frequent term's bits are looked at. Of a list that is much longer than the docs are many, each doc is looked for,
/// eight places at a time; of one that is not, eight docs at a time are compared with eight places, all with all, for
/// where it goes on after each doc would be guessed wrong.
/// </remarks>
internal sealed unsafe class PostingFilter
{
    private const int BlockLength = PostingWalk.BlockLength;

    /// <summary>So many times as long as the docs are many a list may be for all to be compared with all.</summary>
    private const long CloseRatioMax = 8;

    private static readonly int _lanes = Vector256<uint>.Count;

    private readonly Segment _segment;
    private readonly SegmentTerm _term;
    private readonly DocBits _bits;
    private readonly bool _isClose;

    /// <summary>A block of the list, and its last doc once more for each lane that a comparison may read.</summary>
    private readonly uint[] _block;
    private PostingWalk _walk;
    private int _at;
    private int _count;
    private uint _oldest;

    /// <param name="docs">About how many docs will be asked for.</param>
    public PostingFilter(Segment segment, SegmentTerm term, long docs)
    {
        (_segment, _term) = (segment, term);
        _bits = segment.BitsOf(term);
        _isClose = term.Count <= CloseRatioMax * docs;
        _block = _bits.IsNone ? BlockPool.Own.Take() : [];
    }

    /// <summary>Whether the list has nothing below the docs that were asked for.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Begins at the newest doc of at most <paramref name="docMax"/>.</summary>
    public void Start(uint docMax)
    {
        IsAtEnd = false;
        if (!_bits.IsNone)
            return;
        _walk = _segment.Start(_term, docMax);
        _oldest = uint.MaxValue;
    }

    /// <summary>Moves those that the list has to the front; says how many. <b>Hot path.</b></summary>
    /// <param name="docs">Descending, below those of the call before.</param>
    public int Keep(Span<uint> docs)
    {
        if (!_bits.IsNone)
            return _bits.Keep(docs);
        var done = 0;
        var kept = _isClose ? KeepByEights(docs, ref done) : 0;
        if (IsAtEnd)
            return kept;
        fixed (uint* block = _block)
        {
            foreach (var doc in docs[done..])
            {
                if (_oldest > doc && !Read(doc))
                    break;
                var at = block + _at;
                while (at[_lanes - 1] > doc) at += _lanes;
                _at = (int)(at - block);
                docs[kept] = doc;
                kept += Vector256.EqualsAny(Vector256.Load(at), Vector256.Create(doc)) ? 1 : 0;
            }
        }
        return kept;
    }

    /// <param name="done">How many of the docs were looked for: whole eights, or all at the list's end.</param>
    private int KeepByEights(Span<uint> docs, ref int done)
    {
        var kept = 0;
        fixed (uint* block = _block)
        fixed (uint* wanted = docs)
        {
            for (; done + _lanes <= docs.Length; done += _lanes)
            {
                var found = Find(block, wanted + done);
                for (var mask = found.ExtractMostSignificantBits(); mask != 0; mask &= mask - 1)
                    docs[kept++] = wanted[done + BitOperations.TrailingZeroCount(mask)];
                if (IsAtEnd)
                    break;
            }
        }
        return kept;
    }

    /// <summary>Which of eight docs the list has; it is read as far as the last of them.</summary>
    private Vector256<uint> Find(uint* block, uint* wanted)
    {
        var docs = Vector256.Load(wanted);
        var last = wanted[_lanes - 1];
        var found = Vector256<uint>.Zero;
        if (_oldest > wanted[0] && !Read(wanted[0]))
            return found;
        while (true)
        {
            found |= EqualsAny(docs, block + _at);
            if (block[_at + _lanes - 1] <= last)
                return found;
            _at += _lanes;
            if (_at < _count)
                continue;
            // The block is through, and at least the last doc lies below it.
            var next = 0;
            while (wanted[next] >= _oldest) next++;
            if (!Read(wanted[next]))
                return found;
        }
    }

    /// <summary>Each lane of <paramref name="docs"/> with eight of a list: as broadcasts, since these are loads, and
    /// turned vectors would wait for the one port that turns them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> EqualsAny(Vector256<uint> docs, uint* list)
    {
        var one = Vector256.Equals(docs, Vector256.Create(list[0])) | Vector256.Equals(docs, Vector256.Create(list[1]));
        var two = Vector256.Equals(docs, Vector256.Create(list[2])) | Vector256.Equals(docs, Vector256.Create(list[3]));
        var three = Vector256.Equals(docs, Vector256.Create(list[4]))
            | Vector256.Equals(docs, Vector256.Create(list[5]));
        var four = Vector256.Equals(docs, Vector256.Create(list[6]))
            | Vector256.Equals(docs, Vector256.Create(list[7]));
        return one | two | (three | four);
    }

    /// <summary>Reads on to the block whose oldest doc is <paramref name="doc"/> or older.</summary>
    private bool Read(uint doc)
    {
        do
        {
            _segment.Skip(ref _walk, doc);
            _count = _segment.Read(ref _walk, _block.AsSpan(0, BlockLength));
            if (_count == 0)
            {
                IsAtEnd = true;
                return false;
            }
            _oldest = _block[_count - 1];
        }
        while (_oldest > doc);
        _block.AsSpan(_count, _lanes).Fill(_oldest);
        _at = 0;
        return true;
    }
}
