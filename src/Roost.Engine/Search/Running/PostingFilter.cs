using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Says which of many docs a term's posting list has, both descending. For one search.</summary>
/// <remarks>
/// A frequent term's bits are looked at. Of a list that is much longer than the docs are many, each doc is looked for
/// in its block by halves; of one that is not, eight docs at a time are compared with sixteen places, all with all.
/// Where it goes on is told by arithmetic in both, for it would be guessed wrong after each doc.
/// </remarks>
internal sealed unsafe class PostingFilter
{
    private const int BlockLength = PostingWalk.BlockLength;

    /// <summary>So many times as long as the docs are many a list may be for all to be compared with all.</summary>
    private const long CloseRatioMax = 8;

    private static readonly int _lanes = Vector256<uint>.Count;

    /// <summary>Places that eight docs are compared with at once: what decides where to go on takes as long as that.
    /// </summary>
    private static readonly int _places = 2 * _lanes;

    private readonly Segment _segment;
    private readonly SegmentTerm _term;
    private readonly DocBits _bits;
    private readonly bool _isClose;

    /// <summary>A block of the list, and behind its last doc that one again, as far as there is room.</summary>
    private readonly uint[] _block;
    private readonly PlaceCursor? _told;
    private PostingWalk _walk;
    private int _at;
    private int _count;
    private uint _oldest;

    /// <summary>Where the block's first doc is in the list; of a sealed one.</summary>
    private uint _first;

    /// <param name="docs">About how many docs will be asked for.</param>
    /// <param name="told">Is told where in the list those are that are kept; of a sealed one.</param>
    public PostingFilter(Segment segment, SegmentTerm term, long docs, PlaceCursor? told)
    {
        (_segment, _term, _told) = (segment, term, told);
        _bits = segment.BitsOf(term);
        _isClose = term.Count <= CloseRatioMax * docs;
        _block = _bits.IsNone ? BlockPool.Own.Take() : [];
    }

    /// <summary>Whether the list has nothing below the docs that were asked for.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>What it told before is not asked for any more.</summary>
    public void Forget() => _told?.Forget();

    /// <summary>Begins at the newest doc of at most <paramref name="docMax"/>.</summary>
    public void Start(uint docMax)
    {
        IsAtEnd = false;
        if (!_bits.IsNone)
            return;
        _walk = _segment.Start(_term, docMax);
        (_at, _count, _oldest) = (0, 0, uint.MaxValue);
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
                var at = EightOf(block, doc);
                docs[kept] = doc;
                var found = Vector256.Equals(Vector256.Load(at), Vector256.Create(doc)).ExtractMostSignificantBits();
                kept += found != 0 ? 1 : 0;
                if (_told is not null && found != 0)
                    _told.Tell(doc, _first + (uint)(at - block) + (uint)BitOperations.TrailingZeroCount(found));
            }
        }
        return kept;
    }

    /// <summary>The first eight of a block whose last one is not above a doc, as the block's last one is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint* EightOf(uint* block, uint doc)
    {
        block += IfAbove(block[63], doc) & 64;
        block += IfAbove(block[31], doc) & 32;
        block += IfAbove(block[15], doc) & 16;
        return block + (IfAbove(block[7], doc) & 8);
    }

    /// <summary>All ones if it is, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IfAbove(uint one, uint doc) => (int)(doc - one) >> 31;

    /// <summary>
    /// Eight docs with sixteen places at a time. Whichever of the two reaches less far goes on, or both: told by
    /// arithmetic, since it is as likely the one as the other, and would be guessed wrong every second time.
    /// </summary>
    /// <param name="done">How many of the docs were looked for: whole eights.</param>
    private int KeepByEights(Span<uint> docs, ref int done)
    {
        var kept = 0;
        fixed (uint* block = _block)
        fixed (uint* wanted = docs)
        {
            var doc = wanted;
            var at = block + _at;
            var end = wanted + docs.Length;
            while (end - doc >= _lanes)
            {
                if (at >= block + _count)
                {
                    // The block is through; what is below it goes on in another.
                    while (*doc >= _oldest) doc++;
                    if (!Read(*doc))
                        break;
                    at = block;
                    // Those passed over are looked for once more, in vain.
                    doc = wanted + ((doc - wanted) & -_lanes);
                }
                var docsHere = Vector256.Load(doc);
                var found = (EqualsAny(docsHere, at) | EqualsAny(docsHere, at + _lanes)).ExtractMostSignificantBits();
                for (; found != 0; found &= found - 1)
                {
                    var one = doc[BitOperations.TrailingZeroCount(found)];
                    wanted[kept++] = one;
                    _told?.Tell(one, _first + (uint)(at - block) + IndexOf(at, one));
                }
                var further = (int)doc[_lanes - 1] - (int)at[_places - 1];
                doc += ~(further >> 31) & _lanes;
                at += ~(-further >> 31) & _places;
            }
            _at = (int)(at - block);
            done = (int)(doc - wanted);
        }
        return kept;
    }

    /// <summary>Where a doc is among sixteen of a list.</summary>
    private static uint IndexOf(uint* list, uint doc)
    {
        var wanted = Vector256.Create(doc);
        var low = Vector256.Equals(Vector256.Load(list), wanted).ExtractMostSignificantBits();
        var high = Vector256.Equals(Vector256.Load(list + _lanes), wanted).ExtractMostSignificantBits();
        return (uint)BitOperations.TrailingZeroCount(low | (high << _lanes));
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
            _first = _walk.Index - (uint)_count;
        }
        while (_oldest > doc);
        _block.AsSpan(_count).Fill(_oldest);
        _at = 0;
        return true;
    }
}
