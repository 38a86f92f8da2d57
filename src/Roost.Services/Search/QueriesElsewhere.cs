using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>Queries that are read by a Search service elsewhere and held against posts here.</summary>
public static class QueriesElsewhere
{
    /// <summary>What the service answers for others.</summary>
    public static ReadQueriesApi Of(Service<ReadQuery, QueryRead> read) => new(async (request, call) =>
    {
        var (query, error) = await read(request, call);
        return new QueryPartsRead(query is null ? null : QueryParts.Of(query), error);
    });

    /// <summary>For <see cref="SearchApi.Query"/>.</summary>
    public static Service<ReadQuery, QueryRead> Query(this ReadQueriesApi elsewhere) => async (request, call) =>
    {
        var (query, error) = await elsewhere.Read(request, call);
        return new QueryRead(query is null ? null : QueryParts.Read(query), error);
    };

    /// <summary>For <see cref="SearchApi.Matching"/>: it needs nobody.</summary>
    public static ValueTask<IReadOnlyList<int>[]> MatchAsync(MatchPosts request, Call call) =>
        new(PostMatching.Match(request));
}
