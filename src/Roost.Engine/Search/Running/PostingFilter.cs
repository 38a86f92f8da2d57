using System.Runtime.Intrinsics;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Says which of many docs a term's posting list has, both descending. For one search.</summary>
internal sealed unsafe class PostingFilter(Segment segment, SegmentTerm term)
{
    private const int BlockLength = PostingWalk.BlockLength;

    private static readonly int _lanes = Vector256<uint>.Count;

    /// <summary>A block of the list, and its last doc once more for each lane that a comparison may read.</summary>
    private readonly uint[] _block = new uint[BlockLength + _lanes];
    private PostingWalk _walk;
    private int _at;
    private uint _oldest;

    /// <summary>Whether the list has nothing below the docs that were asked for.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Begins at the newest doc of at most <paramref name="docMax"/>.</summary>
    public void Start(uint docMax)
    {
        _walk = segment.Start(term, docMax);
        _oldest = uint.MaxValue;
        IsAtEnd = false;
    }

    /// <summary>Moves those that the list has to the front; says how many. <b>Hot path.</b></summary>
    /// <param name="docs">Descending, below those of the call before.</param>
    public int Keep(Span<uint> docs)
    {
        var kept = 0;
        fixed (uint* block = _block)
        {
            foreach (var doc in docs)
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

    /// <summary>Reads on to the block whose oldest doc is <paramref name="doc"/> or older.</summary>
    private bool Read(uint doc)
    {
        int count;
        do
        {
            segment.Skip(ref _walk, doc);
            count = segment.Read(ref _walk, _block.AsSpan(0, BlockLength));
            if (count == 0)
            {
                IsAtEnd = true;
                return false;
            }
            _oldest = _block[count - 1];
        }
        while (_oldest > doc);
        _block.AsSpan(count, _lanes).Fill(_oldest);
        _at = 0;
        return true;
    }
}
