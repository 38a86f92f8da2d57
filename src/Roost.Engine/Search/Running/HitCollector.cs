using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Keeps the best hits of a search, in order. For one search.</summary>
internal abstract class HitCollector
{
    /// <summary>
    /// Takes a post that matches, if it is among the best so far. The same post in two forms is taken once.
    /// </summary>
    public abstract void Offer(in PostRow row, ulong head);

    /// <summary>Whether no post of <paramref name="bound"/> or below can be among the best.</summary>
    public abstract bool IsDone(SearchKey bound);

    /// <summary>Before a segment's posts are offered.</summary>
    public virtual void Enter(PostRows rows) { }

    /// <summary>
    /// What was found. If work ran out, everything above <paramref name="bound"/> was seen, and perhaps more.
    /// </summary>
    public abstract SearchPage Page(SearchKey? bound, long work);
}

/// <summary>The newest.</summary>
internal sealed class NewestHits(SearchRequest request) : HitCollector
{
    private readonly SearchHit[] _hits = new SearchHit[request.Limit];
    private int _count;

    public override void Offer(in PostRow row, ulong head)
    {
        var key = row.Key(head);
        if (_count == _hits.Length && key <= _hits[^1].Key)
            return;
        var hit = row.Hit(head);
        var at = _count;
        while (at > 0 && _hits[at - 1].Key < key) at--;
        if ((at > 0 && _hits[at - 1].Key == key) || request.Allows?.Invoke(hit) == false)
            return;
        if (_count < _hits.Length)
            _count++;
        for (var i = _count - 1; i > at; i--) _hits[i] = _hits[i - 1];
        _hits[at] = hit;
    }

    public override bool IsDone(SearchKey bound) => _count == _hits.Length && _hits[^1].Key >= bound;

    public override SearchPage Page(SearchKey? bound, long work)
    {
        // Below the bound something may be missing: what was found there belongs to a later page.
        while (bound is not null && _count > 0 && _hits[_count - 1].Key < bound) _count--;
        var isFull = _count == _hits.Length;
        var hits = isFull ? _hits : _hits[.._count];
        return new SearchPage(hits, bound is not null && !isFull, isFull ? hits[^1].Key : bound, null, work);
    }
}
