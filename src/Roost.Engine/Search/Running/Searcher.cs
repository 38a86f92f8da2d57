using System.Runtime.CompilerServices;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Runs one search over a snapshot of the index: its segments, and how many docs of each it may see.</summary>
/// <remarks>
/// Segments are walked newest first, docs from high to low, in groups whose rows and forward lists are prefetched
/// together: a search is a chain of cache misses otherwise. It ends when <see cref="HitCollector.IsDone"/> says so of
/// the last post that did not come late (see <see cref="PostRows"/>).
/// </remarks>
internal unsafe ref struct Searcher
{
    private const int Group = DocSource.Group;

    /// <summary>Docs that are asked for together at least: those before may turn out to be deleted.</summary>
    private const int GroupMin = 8;
    private const int ExpiryEvery = 1_024;

    /// <summary>What a source leaves out costs less than what is looked at.</summary>
    private const int PassedPerWork = 16;

    private readonly SearchRequest _request;
    private readonly Segment[] _segments;
    private readonly BlockPool _pool;
    private readonly HitCollector _hits;
    private readonly SearchKey _below;
    private readonly SearchKey _floor;
    private readonly uint _lastSerial;
    private readonly uint _lastCount;
    private SearchKey _older;
    private long _work;
    private long _workAtExpiryCheck;

    private Searcher(SearchRequest request, Segment[] segments, BlockPool pool)
    {
        _request = request;
        _segments = segments;
        _pool = pool;
        _lastSerial = segments[^1].Rows.Serial;
        _lastCount = segments[^1].Rows.Count;
        var (from, until) = TimeBounds.Of(request.Query);
        if (request.Relevance is { } relevance)
            until = Math.Min(until, relevance.NowUnixMilliseconds + 1);
        _below = SearchKey.Min(request.Before, until == long.MaxValue ? SearchKey.Newest : new SearchKey(until, 0));
        _floor = new SearchKey(from, 0);
        _hits = request.Relevance is null ? pool.TakeHits().Start(request) : new RankedHits(request, request.Relevance);
    }

    /// <param name="segments">Oldest first, the active one last. They stay as long as this runs.</param>
    /// <param name="room">Where the newest are put; there is no page then.</param>
    public static SearchPage? Run(SearchRequest request, Segment[] segments, SearchRoom? room)
    {
        var pool = BlockPool.Own;
        var taken = pool.Taken;
        try
        {
            var searcher = new Searcher(request, segments, pool);
            var bound = searcher.Run();
            return searcher._hits.Page(bound, searcher._work, room);
        }
        finally
        {
            pool.Release(taken);
        }
    }

    /// <summary>Searches; answers how far it came if work ran out.</summary>
    private SearchKey? Run()
    {
        for (var i = _segments.Length - 1; i >= 0; i--)
        {
            var rows = _segments[i].Rows;
            var count = i == _segments.Length - 1 ? _lastCount : rows.Count;
            if (count == 0)
                continue;
            if (i < _segments.Length - 1 && IsSpent(_older))
                return _older;
            _hits.Enter(rows);
            if (IsDone(rows.NewestOf(count)))
                continue;
            _older = BoundOfOlder(i);
            if (Walk(_segments[i], count) is { } bound)
                return SearchKey.Max(bound, _older);
        }
        return null;
    }

    /// <summary>Walks one segment; answers how far it came if work ran out.</summary>
    private SearchKey? Walk(Segment segment, uint count)
    {
        var plan = new Planner(segment, count, _pool).Plan(_request.Query);
        if (plan.Cost == 0)
            return null;
        var last = _below == SearchKey.Newest ? (int)count - 1 : segment.Rows.LastBelow(_below, count);
        SearchKey? bound = null;
        if (last >= 0)
        {
            var source = plan.Source(out var rest);
            source.Start((uint)last);
            bound = WalkSource(segment, source, rest, SearchKey.Min(_below, segment.Rows.NewestOf(count)));
        }
        if (last + 1 < count && segment.Rows.LateCount > 0)
            WalkLate(segment, (uint)(last + 1), count, plan);
        return bound;
    }

    [SkipLocalsInit]
    private SearchKey? WalkSource(Segment segment, DocSource source, DocCheck? check, SearchKey bound)
    {
        // Most docs that are looked at for a phrase fail: their rows are not worth being fetched.
        var sieve = check is { NeedsRow: false } ? check : null;
        check = sieve is null ? check : null;
        Span<uint> docs = stackalloc uint[DocSource.BlockLength];
        var passed = 0L;
        for (var read = source.Read(docs, Wanted); read > 0; read = source.Read(docs, Wanted))
        {
            // Where all docs match, no more rows are fetched than are wanted.
            var size = check is null && sieve is null ? Wanted : Group;
            Count(source, ref passed);
            for (var start = 0; start < read;)
            {
                if (IsSpent(bound))
                    return bound;
                var group = docs[start..Math.Min(start + size, read)];
                (start, size) = (start + size, Group);
                var last = group[^1];
                if (sieve is null)
                    Prefetch(segment, group, check);
                else
                    group = group[..Sift(segment, group, sieve)];
                if (WalkGroup(segment, group, check, ref bound))
                    return null;
                if (sieve is not null && PassBy(segment, last, ref bound))
                    return null;
            }
        }
        Count(source, ref passed);
        return null;
    }

    private readonly int Wanted => Math.Clamp(_hits.Wanted, GroupMin, Group);

    private void Count(DocSource source, ref long passed)
    {
        _work += (source.Passed - passed) / PassedPerWork;
        passed = source.Passed;
    }

    /// <returns>Whether the search is done with this segment.</returns>
    private bool WalkGroup(Segment segment, scoped ReadOnlySpan<uint> docs, DocCheck? check, ref SearchKey bound)
    {
        var rows = segment.Rows;
        var hits = _hits;
        var newest = check is null ? hits as NewestHits : null;
        foreach (var doc in docs)
        {
            var row = rows.At(doc);
            var head = Volatile.Read(ref row->Head);
            _work++;
            if (newest is not null && (head & PostRow.Special) == 0 && newest.TryAppend(*row, head))
            {
                bound = row->Key(head);
                if (newest.IsFull || bound < _floor)
                    return true;
                continue;
            }
            if (IsVisible(rows, doc, head) && Passes(segment, doc, row, head, check))
                hits.Offer(*row, doc, head);
            if ((head & PostRow.Late) != 0)
                continue;
            bound = row->Key(head);
            if (IsDone(bound))
                return true;
        }
        return false;
    }

    /// <summary>Moves those of a group that pass a check which looks at no row to the front, and asks for their rows.
    /// </summary>
    /// <returns>How many.</returns>
    private int Sift(Segment segment, scoped Span<uint> docs, DocCheck check)
    {
        if (check.NeedsForward)
            PrefetchForwards(segment, docs);
        check.Prefetch(docs);
        segment.PrefetchRow(docs[^1]);
        var kept = 0;
        var view = new DocView { Segment = segment };
        foreach (var doc in docs)
        {
            view.Doc = doc;
            if (!check.Passes(view))
                continue;
            segment.PrefetchRow(doc);
            docs[kept++] = doc;
        }
        _work += docs.Length - kept;
        return kept;
    }

    /// <summary>Comes as far as a doc that may not have passed.</summary>
    /// <returns>Whether the search is done with this segment.</returns>
    private bool PassBy(Segment segment, uint doc, ref SearchKey bound)
    {
        var row = segment.Rows.At(doc);
        var head = Volatile.Read(ref row->Head);
        if ((head & PostRow.Late) != 0)
            return false;
        bound = row->Key(head);
        return IsDone(bound);
    }

    /// <summary>Those who came late to a place that the walk passed over: all of them, one by one.</summary>
    private void WalkLate(Segment segment, uint first, uint count, PlanPart plan)
    {
        var rows = segment.Rows;
        var check = plan.Check();
        for (var i = rows.LateCount; i > 0; i--)
        {
            var doc = rows.LateDoc(i - 1);
            if (doc < first)
                break;
            if (doc >= count)
                continue;
            _work++;
            var row = rows.At(doc);
            var head = Volatile.Read(ref row->Head);
            var key = row->Key(head);
            if (key < _below && !IsDone(key) && IsVisible(rows, doc, head)
                && Passes(segment, doc, row, head, check))
                _hits.Offer(*row, doc, head);
        }
    }

    private static bool Passes(Segment segment, uint doc, PostRow* row, ulong head, DocCheck? check) =>
        check is null || check.Passes(new DocView { Segment = segment, Doc = doc, Row = row, Head = head });

    /// <summary>
    /// Whether the post is there, in this form, for this search. What has been replaced since the search began is.
    /// </summary>
    private bool IsVisible(PostRows rows, uint doc, ulong head)
    {
        if ((head & (PostRow.Deleted | PostRow.Superseded)) == 0)
            return true;
        if ((head & PostRow.Deleted) != 0)
            return false;
        var live = rows.Live(doc);
        var serial = PostRow.SupersedingSerial(live);
        return serial > _lastSerial || (serial == _lastSerial && PostRow.SupersedingDoc(live) >= _lastCount);
    }

    private static void Prefetch(Segment segment, ReadOnlySpan<uint> docs, DocCheck? check)
    {
        foreach (var doc in docs) segment.PrefetchRow(doc);
        if (check is { NeedsForward: true })
            PrefetchForwards(segment, docs);
    }

    private static void PrefetchForwards(Segment segment, ReadOnlySpan<uint> docs)
    {
        if (segment is not ActiveSegment active)
            return;
        foreach (var doc in docs) active.PrefetchForwardStart(doc);
        foreach (var doc in docs) active.PrefetchForward(doc);
    }

    private bool IsDone(SearchKey bound) => bound < _floor || _hits.IsDone(bound);

    /// <summary>Whether to end for want of work or time: never before some way was made from where the page begins,
    /// else who asks again from there would never come further.</summary>
    private bool IsSpent(SearchKey bound)
    {
        if (SearchKey.Max(bound, _older) >= _below)
            return false;
        if (_work >= _request.WorkMax)
            return true;
        if (_work - _workAtExpiryCheck < ExpiryEvery || _request.IsExpired is null)
            return false;
        _workAtExpiryCheck = _work;
        return _request.IsExpired();
    }

    /// <summary>No key in the segments before is above this.</summary>
    private SearchKey BoundOfOlder(int index)
    {
        SearchKey bound = default;
        for (var i = 0; i < index; i++)
            bound = SearchKey.Max(bound, SearchKey.Min(_below, _segments[i].Rows.NewestOf(_segments[i].Rows.Count)));
        return bound;
    }
}
