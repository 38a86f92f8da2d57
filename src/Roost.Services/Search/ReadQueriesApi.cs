using Roost.Engine.Search.Queries;
using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>How a process that has not the Search service has queries read, to hold them against posts itself.
/// </summary>
public sealed record ReadQueriesApi(Service<ReadQuery, QueryPartsRead> Read);

/// <summary>As <see cref="QueryRead"/>, as it travels.</summary>
/// <param name="Query">Null when there is an error.</param>
public sealed record QueryPartsRead(QueryPart? Query, QueryError? Error);
