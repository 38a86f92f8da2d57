using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// Any of very many terms of a sealed segment, whose docs do not tell their terms: the terms' docs as bits, at first
/// those of a stretch below the first doc that is asked for, where a search for the newest mostly ends, then all. For
/// one search.
/// </summary>
internal sealed class GatheredCheck(Segment segment, List<SegmentTerm> terms) : DocCheck
{
    /// <summary>The first stretch is such a part of all docs, and some more.</summary>
    private const uint StretchShare = 16;

    private const uint StretchMin = 64;

    private readonly ulong[] _bits = new ulong[BitWords.WordsFor(segment.Rows.Count)];

    /// <summary>The first doc whose bit is right, and how many are.</summary>
    private uint _from;
    private uint _count;

    public override bool NeedsRow => false;

    public override bool Passes(in DocView doc)
    {
        if (doc.Doc - _from >= _count)
            Gather(doc.Doc);
        return BitWords.Has(_bits, doc.Doc);
    }

    private void Gather(uint doc)
    {
        var all = segment.Rows.Count;
        var (from, end) = _count == 0 ? (doc - Math.Min(doc, (all / StretchShare) + StretchMin), doc + 1) : (0u, all);
        Span<uint> block = stackalloc uint[DocSource.BlockLength];
        foreach (var term in terms)
        {
            var walk = segment.Start(term, end - 1);
            for (var read = segment.Read(ref walk, block); read > 0; read = segment.Read(ref walk, block))
            {
                foreach (var one in block[..read]) BitWords.Add(_bits, one);
                if (block[read - 1] < from)
                    break;
            }
        }
        (_from, _count) = (from, end - from);
    }
}
