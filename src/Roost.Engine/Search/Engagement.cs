using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

/// <summary>
/// How results are ordered by relevance: recency times engagement. With a half-life of <i>h</i>,
/// <code>
///  engagement  e = replies + 2 × boosts + favourites
///  score       2^(-age / h) × (1 + log₂(1 + e))         kept as its binary logarithm, which never underflows
/// </code>
/// A post with 30 favourites is worth as much as one without any that is 2.6 half-lives younger.
/// </summary>
internal static class Engagement
{
    public static int Of(ulong live) => PostRow.Replies(live) + (2 * PostRow.Boosts(live)) + PostRow.Favourites(live);

    public static double Score(long ageMilliseconds, double halfLifeMilliseconds, int engagement) =>
        Math.Log2(1 + Math.Log2(1 + engagement)) - (Math.Max(0, ageMilliseconds) / halfLifeMilliseconds);
}
