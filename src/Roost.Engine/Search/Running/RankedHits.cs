using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>The most relevant. Ends when even the most engaging post of a segment would be too old by then.</summary>
internal sealed class RankedHits(SearchRequest request, Relevance relevance) : HitCollector
{
    private readonly RankedHit[] _hits = new RankedHit[request.Limit];
    private readonly double _halfLife = relevance.HalfLife.TotalMilliseconds;
    private int _count;
    private PostRows? _rows;

    public override void Enter(PostRows rows) => _rows = rows;

    public override void Offer(in PostRow row, uint doc, ulong head)
    {
        var key = row.Key(head);
        var place = new RankedPlace(Score(key, Engagement.Of(_rows!.Live(doc))), key);
        var isBefore = relevance.After is { } after && !(place < after);
        if (isBefore || (_count == _hits.Length && !(place > _hits[^1].Place)))
            return;
        for (var i = 0; i < _count; i++)
        {
            if (_hits[i].Place.Key == key)
                return;
        }
        var hit = row.Hit(head);
        if (request.Allows?.Invoke(hit) == false)
            return;
        var at = _count;
        while (at > 0 && _hits[at - 1].Place < place) at--;
        if (_count < _hits.Length)
            _count++;
        for (var i = _count - 1; i > at; i--) _hits[i] = _hits[i - 1];
        _hits[at] = new RankedHit(place, hit);
    }

    /// <summary>All: any post may be better.</summary>
    public override int Wanted => _hits.Length;

    public override bool IsDone(SearchKey bound) =>
        _count == _hits.Length && Score(bound, _rows!.EngagementMax) < _hits[^1].Place.Score;

    public override SearchPage Page(SearchKey? bound, long work, SearchRoom? room)
    {
        var hits = new SearchHit[_count];
        var scores = new double[_count];
        for (var i = 0; i < _count; i++) (hits[i], scores[i]) = (_hits[i].Hit, _hits[i].Place.Score);
        RankedPlace? next = _count == _hits.Length ? _hits[^1].Place : null;
        return new SearchPage(hits, bound is not null, null, next, work) { Scores = scores };
    }

    private double Score(SearchKey key, int engagement) =>
        Engagement.Score(relevance.NowUnixMilliseconds - key.UnixMilliseconds, _halfLife, engagement);

    private readonly record struct RankedHit(RankedPlace Place, SearchHit Hit);
}
