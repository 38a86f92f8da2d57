using Roost.Engine.Search.Queries;

namespace Roost.Engine.Search;

/// <summary>What is searched for, how much of it, and what it may cost.</summary>
public sealed record SearchRequest
{
    public const int LimitMax = 1_000;

    public required QueryNode Query { get; init; }

    /// <summary>Most hits that are wanted, 1 to <see cref="LimitMax"/>; default 20, a page.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>Where the page begins: below this. Default: at the newest post.</summary>
    public SearchKey Before { get; init; } = SearchKey.Newest;

    /// <summary>Newest first if <see langword="null"/>, else by recency and engagement.</summary>
    public Relevance? Relevance { get; init; }

    /// <summary>
    /// Who may see what: asked for each post that matches and would be on the page, on the calling thread. Default:
    /// everything may be seen.
    /// </summary>
    public Func<SearchHit, bool>? Allows { get; init; }

    /// <summary>
    /// Most posts that are looked at before the search ends with what it has, 1 and up; default 50 million. Looking at
    /// one takes 5 to 50 ns.
    /// </summary>
    public long WorkMax { get; init; } = 50_000_000;

    /// <summary>Asked every thousand posts or so whether time is up; then the search ends with what it has.</summary>
    public Func<bool>? IsExpired { get; init; }
}

/// <summary>How to order by relevance.</summary>
/// <param name="NowUnixMilliseconds">
/// What age is counted from; posts made later are left out. Keep it from page to page, so that pages fit together.
/// </param>
public sealed record Relevance(long NowUnixMilliseconds)
{
    /// <summary>After how long a post is worth half; default a day, more than 0.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The last hit of the page before, if there was one: this page begins behind it. Counters that changed between the
    /// two may bring a post to both or to neither.
    /// </summary>
    public RankedPlace? After { get; init; }
}

/// <summary>Where a hit stands among all by relevance: by score, then by key.</summary>
public readonly record struct RankedPlace(double Score, SearchKey Key)
{
    public static bool operator <(RankedPlace left, RankedPlace right) =>
        left.Score < right.Score || (left.Score == right.Score && left.Key < right.Key);

    public static bool operator >(RankedPlace left, RankedPlace right) => right < left;
}
