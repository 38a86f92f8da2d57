using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// Says of one doc after the other whether it has a term of a sealed segment, and where. A block of the term's list is
/// unpacked once for all the docs that fall into it, as neighbours mostly do. For one search.
/// </summary>
internal sealed unsafe class PlaceCursor
{
    /// <summary>Docs that are asked for together at most.</summary>
    public const int GroupMax = 32;

    private readonly SealedSegment _segment;
    private readonly SegmentTerm _term;
    private readonly DocBits _bits;
    private readonly uint* _list;

    /// <summary>The docs of the block that was looked at last, descending. Of a term that has bits those that were
    /// asked for last, then how many docs of their windows are before each, then where the windows' places
    /// are.</summary>
    private readonly uint[] _docs;
    private int _asked;
    private int _next;
    private int _block = -1;
    private int _length;
    private byte* _places;

    public PlaceCursor(SealedSegment segment, SegmentTerm term)
    {
        (_segment, _term, _docs) = (segment, term, []);
        if (term.IsSingle)
            return;
        _docs = BlockPool.Own.Take();
        _bits = segment.BitsOf(term);
        if (_bits.IsNone)
            _list = segment.ListOf(term);
    }

    /// <summary>Codes of the positions that single terms have, at an address that never changes.</summary>
    private static ReadOnlySpan<byte> SinglePlaces =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
        30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57,
        58, 59, 60, 61, 62, 63,
    ];

    public bool Has(uint doc)
    {
        if (!_bits.IsNone)
            return _bits.Has(doc);
        return _term.IsSingle ? IsDoc(doc) : IndexOf(doc) >= 0;
    }

    /// <summary>Asks the processor for what <see cref="Find"/> will look at, where that lies far apart.</summary>
    public void Prefetch(ReadOnlySpan<uint> docs)
    {
        if (_bits.IsNone)
            return;
        Debug.Assert(docs.Length <= GroupMax, "A search looks at no more together.");
        (_asked, _next) = (docs.Length, 0);
        for (var i = 0; i < docs.Length; i++)
        {
            var (before, start) = ((uint)_bits.CountBefore(docs[i]), _segment.WindowPlaces(_term, docs[i]));
            (_docs[i], _docs[GroupMax + i], _docs[(2 * GroupMax) + i]) = (docs[i], before, start);
            if (Sse.IsSupported)
                Sse.Prefetch0(_segment.PlacesAt(start) + before);
        }
    }

    /// <summary>Where the term is in the doc (<see cref="PlaceCode"/>), or null: nowhere. <b>Hot path.</b></summary>
    public byte* Find(uint doc)
    {
        if (!_bits.IsNone)
            return _bits.Has(doc) ? FindOfBits(doc) : null;
        if (_term.IsSingle)
        {
            return IsDoc(doc)
                ? (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(SinglePlaces)) + _term.Position
                : null;
        }
        var index = IndexOf(doc);
        return index < 0 ? null : PlaceCode.Skip(_places, index);
    }

    /// <summary>Docs that were asked for come in the same order, though some may be left out.</summary>
    private byte* FindOfBits(uint doc)
    {
        while (_next < _asked && _docs[_next] > doc) _next++;
        return _next < _asked && _docs[_next] == doc
            ? PlaceCode.Skip(_segment.PlacesAt(_docs[(2 * GroupMax) + _next]), (int)_docs[GroupMax + _next])
            : _segment.PlacesOf(_term, _bits, doc);
    }

    private bool IsDoc(uint doc) => _term.Count > 0 && (uint)_term.Postings == doc;

    /// <summary>Where a doc is in its block, or below 0.</summary>
    private int IndexOf(uint doc)
    {
        if (_block < 0 || doc > _docs[0] || doc < _docs[_length - 1])
        {
            var block = PackedDocs.BlockOf(_list, _term.Count, doc);
            if (block < 0)
                return -1;
            if (block != _block)
                Unpack(block);
        }
        return _docs.AsSpan(0, _length).IndexOf(doc);
    }

    private void Unpack(int block)
    {
        _block = block;
        _length = PackedDocs.LengthOf(_term.Count, (uint)block);
        PackedDocs.Read(_list, _term.Count, (uint)block, _docs.AsSpan(0, _length));
        _places = PackedDocs.Places(_list, _term.Count, (uint)block);
    }
}
