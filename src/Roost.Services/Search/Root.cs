using Microsoft.Extensions.Logging;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>What a shard is asked: its newest posts below a key that match.</summary>
internal sealed record ShardQuery(QueryNode Query, SearchKey Before, int Limit);

/// <summary>What all shards together answered.</summary>
/// <param name="Hits">Newest first.</param>
/// <param name="Next">Where the next page begins, or null at the end.</param>
/// <param name="IsPartial">A shard was gone, or time ran out.</param>
internal sealed record RootPage(IReadOnlyList<SearchHit> Hits, SearchKey? Next, bool IsPartial);

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
        var asked = shards.Select((shard, place) => TryAsync(shard, place, query, call)).ToArray();
        var answers = await Task.WhenAll(asked);
        var pages = answers.OfType<SearchPage>().ToArray();
        if (pages.Length == 0)
            throw new ServiceException(ErrorCode.Unavailable, "Search is not available at the moment. Try again.");
        var end = pages.Select(page => page.Next).OfType<SearchKey>().Order().LastOrDefault();
        var merged = pages.SelectMany(page => page.Hits).Where(hit => hit.Key >= end)
            .OrderByDescending(hit => hit.Key).ToList();
        var hits = merged.Count > query.Limit ? merged[..query.Limit] : merged;
        SearchKey? next = merged.Count > query.Limit ? hits[^1].Key : end == default ? null : end;
        return new RootPage(hits, next, pages.Length < shards.Count || pages.Any(page => page.IsPartial));
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
