using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// Says of one doc after the other whether it has a term of a sealed segment, and where. Who has walked the term's list
/// tells where in it the docs are; else a block of it is unpacked once for all the docs that fall into it, as
/// neighbours mostly do. For one search.
/// </summary>
internal sealed unsafe class PlaceCursor
{
    /// <summary>Docs that are asked for together at most.</summary>
    public const int GroupMax = 32;

    private readonly SealedSegment _segment;
    private readonly DocBits _bits;
    private readonly uint* _list;

    /// <summary>Docs that were told or asked for, descending.</summary>
    private readonly uint[] _docs;

    /// <summary>Of each of them where it is in the list. Of a term that has bits how many of the docs of its window are
    /// before each, then where the windows begin.</summary>
    private readonly uint[] _indexes;
    private int _known;
    private int _next;

    /// <summary>The block of the doc that was told last: where the term is in its docs was asked for then.</summary>
    private int _toldBlock = -1;

    /// <summary>The docs of the block that was looked at last, descending.</summary>
    private uint[]? _unpacked;
    private int _block = -1;
    private int _length;

    public PlaceCursor(SealedSegment segment, SegmentTerm term)
    {
        (_segment, Term, _docs, _indexes) = (segment, term, [], []);
        if (term.IsSingle)
            return;
        _docs = BlockPool.Own.Take();
        _indexes = BlockPool.Own.Take();
        _bits = segment.BitsOf(term);
        if (_bits.IsNone)
            _list = SealedSegment.ListOf(term);
    }

    public SegmentTerm Term { get; }

    public bool Has(uint doc)
    {
        if (!_bits.IsNone)
            return _bits.Has(doc);
        return Term.IsSingle ? IsDoc(doc) : IndexOf(doc) >= 0;
    }

    /// <summary>What was told is of no use any more.</summary>
    public void Forget() => (_known, _next) = (0, 0);

    /// <summary>That a doc, below those told before, is at a place of the term's list, the newest at 0. Of what is too
    /// much the last is kept.</summary>
    public void Tell(uint doc, uint index)
    {
        if (_known == BlockPool.Length)
            Forget();
        (_docs[_known], _indexes[_known]) = (doc, index);
        _known++;
        var block = (int)(index / PostingWalk.BlockLength);
        if (block == _toldBlock)
            return;
        _toldBlock = block;
        PackedDocs.PrefetchPlaces(_list, Term.Count, (uint)block);
    }

    /// <summary>Asks the processor for what <see cref="Find"/> will look at, where that lies far apart.</summary>
    public void Prefetch(ReadOnlySpan<uint> docs)
    {
        if (_bits.IsNone)
            return;
        Debug.Assert(docs.Length <= GroupMax, "A search looks at no more together.");
        (_known, _next) = (docs.Length, 0);
        for (var i = 0; i < docs.Length; i++)
        {
            var (before, window) = ((uint)_bits.CountBefore(docs[i]), _segment.Lists.Window(Term, docs[i]));
            (_docs[i], _indexes[i], _indexes[GroupMax + i]) = (docs[i], before, window);
            if (Sse.IsSupported)
                Sse.Prefetch0(_segment.Lists.At(window));
        }
    }

    /// <summary>Where the term is in the doc, if it is. <b>Hot path.</b></summary>
    public DocPlaces Find(uint doc)
    {
        // Docs that are known come in the same order, though some may be left out.
        while (_next < _known && _docs[_next] > doc) _next++;
        var isKnown = _next < _known && _docs[_next] == doc;
        if (!_bits.IsNone)
            return _bits.Has(doc) ? FindOfBits(doc, isKnown) : DocPlaces.None;
        if (isKnown)
            return PackedDocs.PlacesOf(_list, Term.Count, _indexes[_next]);
        if (Term.IsSingle)
            return IsDoc(doc) ? new DocPlaces(Term.Position, null) : DocPlaces.None;
        var index = IndexOf(doc);
        return index < 0 ? DocPlaces.None : PackedDocs.PlacesOf(_list, Term.Count, (uint)index);
    }

    private DocPlaces FindOfBits(uint doc, bool isKnown) => isKnown
        ? _segment.Lists.Places(_indexes[GroupMax + _next], _bits, doc, (int)_indexes[_next])
        : _segment.Lists.Places(Term, _bits, doc);

    private bool IsDoc(uint doc) => Term.Count > 0 && (uint)Term.Postings == doc;

    /// <summary>Where a doc is in the list, or below 0.</summary>
    private int IndexOf(uint doc)
    {
        if (_block < 0 || doc > _unpacked![0] || doc < _unpacked[_length - 1])
        {
            var block = PackedDocs.BlockOf(_list, Term.Count, doc);
            if (block < 0)
                return -1;
            if (block != _block)
                Unpack(block);
        }
        var index = _unpacked.AsSpan(0, _length).IndexOf(doc);
        return index < 0 ? -1 : (_block * PostingWalk.BlockLength) + index;
    }

    private void Unpack(int block)
    {
        _unpacked ??= BlockPool.Own.Take();
        _block = block;
        _length = PackedDocs.LengthOf(Term.Count, (uint)block);
        PackedDocs.Read(_list, Term.Count, (uint)block, _unpacked.AsSpan(0, _length));
    }
}
