using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Relations;

/// <summary>Pages of accounts and domains by the ids of what relates them to the viewer.</summary>
internal static class RelationPaging
{
    public const int Usual = 40;
    public const int Max = 80;

    public static RelationRange RangeOf(Parameters query)
    {
        var ascending = query.Text("min_id") is { Length: > 0 };
        return new RelationRange(
            query.Cursor("max_id"), query.Cursor(ascending ? "min_id" : "since_id"), ascending,
            query.Limit(Usual, Max));
    }

    /// <summary>Adds the Link header; none to an empty page.</summary>
    public static void AddLinks<T>(ApiCall call, IReadOnlyList<(long Id, T)> items, bool hasMore)
    {
        if (items.Count > 0) Paging.AddLinks(call, items[0].Id, items[^1].Id, hasMore);
    }
}
