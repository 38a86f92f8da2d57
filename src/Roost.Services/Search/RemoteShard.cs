using Roost.Engine.Search;
using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>A shard in another process, asked and answering as one in this process is.</summary>
internal static class RemoteShard
{
    /// <summary>As whoever asks sees it.</summary>
    public static Service<ShardQuery, SearchPage> Asking(ShardApi shard, ShardPlace place) => async (query, call) =>
        PageOf(await shard.Search(RequestOf(query, place), call), query.Relevance is not null);

    /// <summary>As whoever is asked sees it.</summary>
    public static ShardApi Answering(Service<ShardQuery, SearchPage> shard, ShardPlace place) => new(
        Search: async (request, call) => HitsOf(await shard(QueryOf(request, place), call)));

    private static SearchShard RequestOf(ShardQuery query, ShardPlace place) => new(
        place.ToString(), QueryParts.Of(query.Query), KeyOf(query.Before), query.Limit)
    {
        Relevance = query.Relevance is not { } by ? null : new ShardRelevance(
            by.NowUnixMilliseconds, by.HalfLife,
            by.After is { } after ? new ShardHit(KeyOf(after.Key), default, after.Score) : null),
        UpTo = query.UpTo,
        WaitMax = query.WaitMax,
    };

    private static ShardQuery QueryOf(SearchShard request, ShardPlace place)
    {
        if (request.Shard != place.ToString())
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"This is shard {place} of the search index, and not {request.Shard}: look after --search-shards and "
                + "--shard.");
        }
        if (request.Limit is < 1 or > SearchRequest.LimitMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"A limit of {request.Limit} is not possible; take 1 to {SearchRequest.LimitMax}.");
        }
        return new ShardQuery(QueryParts.Read(request.Query), KeyOf(request.Below), request.Limit)
        {
            Relevance = request.Relevance is not { } by ? null : new Relevance(by.Now)
            {
                HalfLife = by.HalfLife,
                After = by.After is { } after ? new RankedPlace(after.Score, KeyOf(after.Key)) : null,
            },
            UpTo = QueryParts.Seq(request.UpTo),
            WaitMax = request.WaitMax,
        };
    }

    private static ShardHits HitsOf(SearchPage page)
    {
        var hits = new ShardHit[page.Hits.Count];
        for (var i = 0; i < hits.Length; i++)
        {
            var hit = page.Hits[i];
            hits[i] = new ShardHit(KeyOf(hit.Key), hit.Author, page.Scores.Count == 0 ? 0 : page.Scores[i]);
        }
        return new ShardHits(
            hits, page.IsPartial, page.Next is { } next ? KeyOf(next) : null,
            page.NextRanked is { } ranked ? new ShardHit(KeyOf(ranked.Key), default, ranked.Score) : null);
    }

    private static SearchPage PageOf(ShardHits answer, bool isRanked) => new(
        [.. answer.Hits.Select(hit => new SearchHit(KeyOf(hit.Key), hit.Author))], answer.IsPartial,
        answer.Next is { } next ? KeyOf(next) : null,
        answer.NextRanked is { } ranked ? new RankedPlace(ranked.Score, KeyOf(ranked.Key)) : null, Work: 0)
    {
        Scores = isRanked ? [.. answer.Hits.Select(hit => hit.Score)] : [],
    };

    private static ShardKey KeyOf(SearchKey key) => new(key.UnixMilliseconds, key.Seq);

    private static SearchKey KeyOf(ShardKey key) => new(key.UnixMilliseconds, QueryParts.Seq(key.Seq));
}
