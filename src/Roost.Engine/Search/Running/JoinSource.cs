using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Of another source's docs those that some terms have, as their posting lists say.</summary>
/// <remarks>
/// For terms that are not much more frequent than the source is long: a look at a doc's own terms costs some 30 ns,
/// most of it waiting for memory; a doc of a list that is read along half a nanosecond.
/// </remarks>
/// <param name="told">Is told where in the source's list those docs are that all have.</param>
internal sealed class JoinSource(DocSource source, PostingFilter[] filters, PlaceCursor? told) : DocSource
{
    /// <summary>How many times as frequent as the source a term may be.</summary>
    private const long RatioMax = 64;

    /// <summary>Docs that are compared together after the first few, so that a look at the lists costs each little.
    /// </summary>
    private const int GroupMax = 64;

    private readonly uint[] _docs = BlockPool.Own.Take();
    private int _group = Group;
    private int _at;
    private int _count;
    private bool _isAtEnd;
    private long _passed;

    public override long Passed => _passed + source.Passed;

    /// <summary>Whether a list is worth reading beside a source of about <paramref name="cost"/> docs.</summary>
    public static bool IsWorth(Segment segment, SegmentTerm term, long cost) =>
        term.Count <= RatioMax * cost || !segment.BitsOf(term).IsNone;

    /// <param name="cost">About how many docs the source has.</param>
    /// <param name="terms">Which all matching docs have, to be used up: lists that are not worth reading are left
    /// out.</param>
    /// <param name="places">Is told where in their lists those docs are that all have.</param>
    /// <returns><paramref name="source"/> itself where none is.</returns>
    public static DocSource Of(
        Segment segment, DocSource source, long cost, List<SegmentTerm> terms, PlacesCheck? places = null)
    {
        for (var i = terms.Count - 1; i >= 0; i--)
        {
            if (!IsWorth(segment, terms[i], cost) || terms.IndexOf(terms[i]) < i)
                terms.RemoveAt(i);
        }
        if (source is TermSource first)
            source = Bits(segment, first, terms) ?? source;
        if (terms.Count == 0)
            return source;
        if (terms.Count > 1)
            terms.Sort(static (one, other) => one.Count.CompareTo(other.Count));
        var filters = new PostingFilter[terms.Count];
        for (var i = 0; i < filters.Length; i++)
            filters[i] = new PostingFilter(segment, terms[i], cost, places?.CursorOf(terms[i]));
        return new JoinSource(source, filters, source is TermSource list ? places?.CursorOf(list.Term) : null);
    }

    /// <summary>Where the source's own term is frequent: those that are, too, in one source, and no more in
    /// <paramref name="worth"/>. Else null.</summary>
    private static BitsSource? Bits(Segment segment, TermSource first, List<SegmentTerm> worth)
    {
        var own = segment.BitsOf(first.Term);
        if (own.IsNone)
            return null;
        var bits = new List<DocBits>(worth.Count + 1) { own };
        for (var i = worth.Count - 1; i >= 0; i--)
        {
            if (segment.BitsOf(worth[i]) is { IsNone: false } found)
            {
                bits.Add(found);
                worth.RemoveAt(i);
            }
        }
        return new BitsSource([.. bits]);
    }

    public override void Start(uint docMax)
    {
        source.Start(docMax);
        foreach (var filter in filters) filter.Start(docMax);
        (_at, _count, _group, _isAtEnd) = (0, 0, Group, false);
    }

    public override int Read(Span<uint> docs, int wanted)
    {
        var kept = 0;
        told?.Forget();
        foreach (var filter in filters) filter.Forget();
        while (kept < wanted && !_isAtEnd)
        {
            if (_at == _count)
            {
                (_at, _count) = (0, source.Read(_docs, Group));
                if (_count == 0)
                    break;
            }
            var group = _docs.AsSpan(_at, Math.Min(_group, _count - _at));
            group.CopyTo(docs[kept..]);
            var keeps = Keep(docs.Slice(kept, group.Length));
            if (told is not null)
                Tell(told, docs.Slice(kept, keeps));
            _at += group.Length;
            _group = GroupMax;
            _passed += group.Length - keeps;
            kept += keeps;
        }
        return kept;
    }

    /// <summary>Tells of docs of the group that begins at <see cref="_at"/>.</summary>
    private void Tell(PlaceCursor to, ReadOnlySpan<uint> docs)
    {
        var index = ((TermSource)source).Index;
        var at = _at;
        foreach (var doc in docs)
        {
            at += _docs.AsSpan(at, _count - at).IndexOf(doc);
            to.Tell(doc, index + (uint)at);
        }
    }

    private int Keep(Span<uint> docs)
    {
        foreach (var filter in filters)
        {
            docs = docs[..filter.Keep(docs)];
            _isAtEnd |= filter.IsAtEnd;
        }
        return docs.Length;
    }
}
