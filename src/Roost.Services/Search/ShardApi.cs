using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>The function of one shard of the search index, which may run in a process of its own: what of its posts
/// matches. Who asked, what names mean, and who may see what of it is its caller's business.</summary>
public sealed record ShardApi(Service<SearchShard, ShardHits> Search);

/// <param name="Shard">Which one is meant: <c>2/4</c>. Another one refuses.</param>
/// <param name="Below">Only posts below this place, the newest of them first.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record SearchShard(string Shard, QueryPart Query, ShardKey Below, int Limit)
{
    /// <summary>Not the newest but the most relevant; null for the newest.</summary>
    public ShardRelevance? Relevance { get; init; }

    /// <summary>Answered when the log has been taken in up to this seq, or <see cref="WaitMax"/> is over.</summary>
    public long UpTo { get; init; }

    public TimeSpan WaitMax { get; init; }
}

/// <summary>Where a post stands by time.</summary>
/// <param name="Seq">Its place in the log, 0 to 2^32 - 1.</param>
public sealed record ShardKey(long UnixMilliseconds, long Seq);

/// <param name="Now">What age is counted from, in Unix milliseconds; later posts are left out.</param>
/// <param name="HalfLife">After how long a post is worth half.</param>
/// <param name="After">The page begins behind this hit; null for the first.</param>
public sealed record ShardRelevance(long Now, TimeSpan HalfLife, ShardHit? After);

/// <param name="Score">By relevance; 0 when newest first.</param>
public sealed record ShardHit(ShardKey Key, AccountId Author, double Score);

/// <param name="Hits">In the order asked for.</param>
/// <param name="IsPartial">Time ran out: there may be more below, or better ones.</param>
/// <param name="Next">Newest first: the next page's <see cref="SearchShard.Below"/>; null at the end.</param>
/// <param name="NextRanked">By relevance, what <see cref="ShardRelevance.After"/> is next; null at the end.</param>
public sealed record ShardHits(IReadOnlyList<ShardHit> Hits, bool IsPartial, ShardKey? Next, ShardHit? NextRanked);

/// <summary>A query as it travels: a tree.</summary>
/// <param name="Kind">What it means, and which of the others it has.</param>
public sealed record QueryPart(QueryPartKind Kind)
{
    public IReadOnlyList<QueryPart> Parts { get; init; } = [];

    /// <summary>As the tokenizer made it: folded, UTF-8, its kind told by the first byte.</summary>
    public ReadOnlyMemory<byte> Term { get; init; }

    public IReadOnlyList<long> Numbers { get; init; } = [];
}

/// <summary>What a part of a query is about.</summary>
public enum QueryPartKind
{
    /// <summary>All of its parts; every post if there are none.</summary>
    All,
    /// <summary>Any of its parts; no post if there are none.</summary>
    Any,
    /// <summary>Not its one part.</summary>
    Not,
    /// <summary>Has the term.</summary>
    Term,
    /// <summary>Has a term beginning with the term.</summary>
    Prefix,
    /// <summary>Has the terms of its parts, each <see cref="Term"/> at the place that its one number says.</summary>
    Phrase,
    /// <summary>By the account of this number.</summary>
    Author,
    /// <summary>At one of these places of the log, ascending.</summary>
    Posts,
    /// <summary>In the language of this number: two or three letters of five bits each.</summary>
    Language,
    /// <summary>With all these flags (<see cref="Roost.Engine.Search.PostFlags"/>).</summary>
    Flags,
    /// <summary>From the first number on and before the second, in Unix milliseconds.</summary>
    Time,
}
