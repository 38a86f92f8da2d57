namespace Roost.Engine.Search;

/// <summary>
/// Where searches put the newest that they found, one after the other, so that a page costs no memory of its own. For
/// one thread at a time.
/// </summary>
public sealed class SearchRoom
{
    private SearchHit[] _hits = [];
    private int _count;

    /// <summary>What the last search found, newest first; until the next one.</summary>
    public ReadOnlySpan<SearchHit> Hits => _hits.AsSpan(0, _count);

    /// <summary>As <see cref="SearchPage.IsPartial"/>.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>As <see cref="SearchPage.Next"/>.</summary>
    public SearchKey? Next { get; private set; }

    /// <summary>As <see cref="SearchPage.Work"/>.</summary>
    public long Work { get; private set; }

    internal void Put(ReadOnlySpan<SearchHit> hits, bool isPartial, SearchKey? next, long work)
    {
        if (_hits.Length < hits.Length)
            _hits = new SearchHit[hits.Length];
        hits.CopyTo(_hits);
        (_count, IsPartial, Next, Work) = (hits.Length, isPartial, next, work);
    }
}
