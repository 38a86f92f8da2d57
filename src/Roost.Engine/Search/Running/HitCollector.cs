using System.Runtime.CompilerServices;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Keeps the best hits of a search, in order. For one search.</summary>
internal abstract class HitCollector
{
    /// <summary>
    /// Takes a post that matches, if it is among the best so far. The same post in two forms is taken once.
    /// </summary>
    public abstract void Offer(in PostRow row, uint doc, ulong head);

    /// <summary>How many more would do, if none of them is passed over.</summary>
    public abstract int Wanted { get; }

    /// <summary>Whether no post of <paramref name="bound"/> or below can be among the best.</summary>
    public abstract bool IsDone(SearchKey bound);

    /// <summary>Before a segment's posts are offered.</summary>
    public virtual void Enter(PostRows rows) { }

    /// <summary>
    /// What was found. If work ran out, everything above <paramref name="bound"/> was seen, and perhaps more.
    /// </summary>
    /// <param name="room">Where the newest are put, in place of a page.</param>
    public abstract SearchPage? Page(SearchKey? bound, long work, SearchRoom? room);
}

/// <summary>The newest. Used for one search after the other.</summary>
internal sealed class NewestHits : HitCollector
{
    private SearchHit[] _hits = [];
    private Func<SearchHit, bool>? _allows;
    private int _limit;
    private int _count;

    public NewestHits Start(SearchRequest request)
    {
        if (_hits.Length < request.Limit)
            _hits = new SearchHit[request.Limit];
        (_allows, _limit, _count) = (request.Allows, request.Limit, 0);
        return this;
    }

    public override void Offer(in PostRow row, uint doc, ulong head)
    {
        if (!TryAppend(row, head))
            Insert(row.Hit(head));
    }

    /// <summary>Takes a post that matches behind all others, if it belongs there, as mostly: docs come in the order of
    /// their keys. <b>Hot path.</b></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(in PostRow row, ulong head)
    {
        var count = _count;
        if (_allows is not null || count >= _limit || (count > 0 && row.Key(head) >= _hits[count - 1].Key))
            return false;
        _hits[count] = row.Hit(head);
        _count = count + 1;
        return true;
    }

    public override int Wanted => _limit - _count;

    public bool IsFull => _count == _limit;

    public override bool IsDone(SearchKey bound) => _count == _limit && _hits[_limit - 1].Key >= bound;

    public override SearchPage? Page(SearchKey? bound, long work, SearchRoom? room)
    {
        // Below the bound something may be missing: what was found there belongs to a later page.
        while (bound is not null && _count > 0 && _hits[_count - 1].Key < bound) _count--;
        var isFull = _count == _limit;
        var hits = _hits.AsSpan(0, _count);
        var isPartial = bound is not null && !isFull;
        var next = isFull ? hits[^1].Key : bound;
        // What it refers to is not kept.
        _allows = null;
        if (room is null)
            return new SearchPage(hits.ToArray(), isPartial, next, null, work);
        room.Put(hits, isPartial, next, work);
        return null;
    }

    private void Insert(SearchHit hit)
    {
        if (_count == _limit && hit.Key <= _hits[_limit - 1].Key)
            return;
        var at = _count;
        while (at > 0 && _hits[at - 1].Key < hit.Key) at--;
        if ((at > 0 && _hits[at - 1].Key == hit.Key) || _allows?.Invoke(hit) == false)
            return;
        if (_count < _limit)
            _count++;
        for (var i = _count - 1; i > at; i--) _hits[i] = _hits[i - 1];
        _hits[at] = hit;
    }
}
