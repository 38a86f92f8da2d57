namespace Roost.Engine.Search;

/// <summary>What was found.</summary>
/// <param name="Hits">In the order asked for.</param>
/// <param name="IsPartial">
/// Work or time ran out before the page was known to be full. Newest first, the hits are still exactly the newest:
/// there may be more below. By relevance there may be better ones.
/// </param>
/// <param name="Next">
/// Newest first: the <see cref="SearchRequest.Before"/> of the next page, or <see langword="null"/> if nothing is left.
/// </param>
/// <param name="NextRanked">By relevance: <see cref="Relevance.After"/> of the next page, likewise.</param>
/// <param name="Work">Posts that were looked at.</param>
public sealed record SearchPage(
    IReadOnlyList<SearchHit> Hits, bool IsPartial, SearchKey? Next, RankedPlace? NextRanked, long Work)
{
    /// <summary>By relevance: the hits' scores, in the same order.</summary>
    public IReadOnlyList<double> Scores { get; init; } = [];
}
