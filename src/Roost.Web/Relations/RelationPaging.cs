using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Relations;

/// <summary>Pages by the ids of what relates accounts, domains and posts to the viewer.</summary>
internal static class RelationPaging
{
    public const int Usual = 40;
    public const int Max = 80;

    public static RelationRange RangeOf(Parameters query, int usual = Usual, int max = Max)
    {
        var ascending = query.Text("min_id") is { Length: > 0 };
        return new RelationRange(
            query.Cursor("max_id"), query.Cursor(ascending ? "min_id" : "since_id"), ascending,
            query.Limit(usual, max));
    }

    /// <summary>Adds the Link header; none to an empty page.</summary>
    public static void AddLinks<T>(ApiCall call, IReadOnlyList<(long Id, T)> items, bool hasMore)
    {
        if (items.Count > 0) Paging.AddLinks(call, items[0].Id, items[^1].Id, hasMore);
    }
}
