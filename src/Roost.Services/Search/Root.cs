using Microsoft.Extensions.Logging;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>What a shard is asked: its newest posts below a key that match.</summary>
internal sealed record ShardQuery(QueryNode Query, SearchKey Before, int Limit)
{
    /// <summary>Not its newest but its most relevant ones; null for the newest.</summary>
    public Relevance? Relevance { get; init; }

    /// <summary>Answered when the log has been taken in up to this place, but after <see cref="WaitMax"/> in any
    /// case.</summary>
    public uint UpTo { get; init; }

    /// <inheritdoc cref="UpTo"/>
    public TimeSpan WaitMax { get; init; }
}

/// <summary>What all shards together answered.</summary>
/// <param name="Hits">Newest first, or the most relevant first.</param>
/// <param name="Next">Newest first: where the next page begins, or null at the end.</param>
/// <param name="IsPartial">A shard was gone, or time ran out.</param>
internal sealed record RootPage(IReadOnlyList<SearchHit> Hits, SearchKey? Next, bool IsPartial)
{
    /// <summary>By relevance: behind what the next page begins, or null at the end.</summary>
    public RankedPlace? NextRanked { get; init; }
}

/// <summary>
/// Asks all shards at once and merges what they answer. A shard that none of its replicas answers for is left out, and
/// said so; only when all are gone the question fails.
/// </summary>
/// <remarks>A page ends where the shard that looked least far has stopped, so that the next one leaves nothing
/// out.</remarks>
internal sealed partial class Root(IReadOnlyList<Replicas<ShardQuery, SearchPage>> shards, ILogger<Root> logger)
{
    public async ValueTask<RootPage> AskAsync(ShardQuery query, Call call)
    {
        if (shards.Count == 1)
            return Only(await TryAsync(shards[0], 0, query, call) ?? throw Gone());
        var asked = shards.Select((shard, place) => TryAsync(shard, place, query, call)).ToArray();
        var answers = await Task.WhenAll(asked);
        var pages = answers.OfType<SearchPage>().ToArray();
        if (pages.Length == 0)
            throw Gone();
        var isPartial = pages.Length < shards.Count || pages.Any(page => page.IsPartial);
        return query.Relevance is null ? Newest(pages, query.Limit, isPartial) : Ranked(pages, query.Limit, isPartial);
    }

    /// <summary>What there is to merge of one shard's page: nothing.</summary>
    private static RootPage Only(SearchPage page) =>
        new(page.Hits, page.Next, page.IsPartial) { NextRanked = page.NextRanked };

    private static ServiceException Gone() =>
        new(ErrorCode.Unavailable, "Search is not available at the moment. Try again.");

    private static RootPage Newest(SearchPage[] pages, int limit, bool isPartial)
    {
        var end = pages.Select(page => page.Next).OfType<SearchKey>().Order().LastOrDefault();
        var merged = pages.SelectMany(page => page.Hits).Where(hit => hit.Key >= end)
            .OrderByDescending(hit => hit.Key).ToList();
        var hits = merged.Count > limit ? merged[..limit] : merged;
        SearchKey? next = merged.Count > limit ? hits[^1].Key : end == default ? null : end;
        return new RootPage(hits, next, isPartial);
    }

    /// <summary>A shard that has more has filled its page, so what it has left comes after what is on this
    /// one.</summary>
    private static RootPage Ranked(SearchPage[] pages, int limit, bool isPartial)
    {
        var merged = pages.SelectMany(page => page.Hits.Zip(page.Scores))
            .Select(pair => (Hit: pair.First, Place: new RankedPlace(pair.Second, pair.First.Key)))
            .OrderByDescending(one => one.Place.Score).ThenByDescending(one => one.Place.Key).ToArray();
        var shown = merged[..Math.Min(limit, merged.Length)];
        var hasMore = merged.Length > limit || pages.Any(page => page.NextRanked is not null);
        return new RootPage([.. shown.Select(one => one.Hit)], null, isPartial)
        {
            NextRanked = hasMore && shown.Length > 0 ? shown[^1].Place : null,
        };
    }

    private async Task<SearchPage?> TryAsync(
        Replicas<ShardQuery, SearchPage> shard, int place, ShardQuery query, Call call)
    {
        try
        {
            return await shard.AskAsync(query, call);
        }
        catch (ServiceException failure)
        {
            ShardFailed(failure, place);
            return null;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "No replica of search shard {Shard} answers; results lack its posts.")]
    private partial void ShardFailed(Exception failure, int shard);
}
