using Roost.Rpc;
using Roost.Services.Notifications;

namespace Roost.Web.Notifications;

/// <summary>
/// Makes pages of notifications: what is about a post that the viewer may not see any more, or by an account that is
/// gone, is left out, and the page filled up.
/// </summary>
internal static class NoticePages
{
    private const int RoundsMax = 8;

    public static async Task<(IReadOnlyList<NoticeView> Items, bool HasOlder)> ReadAsync(
        WebServices services, ListNotices request, Call call)
    {
        var items = new List<NoticeView>(request.Range.Limit);
        var range = request.Range;
        for (var round = 0; ; round++)
        {
            range = range with { Limit = request.Range.Limit - items.Count };
            var page = await services.Notifications.List(request with { Range = range }, call);
            var views = await NoticeViews.HydrateAsync(services.Timelines, request.Account, page.Items, call);
            items.InsertRange(range.Ascending ? 0 : items.Count, views);
            var isEnd = page.Items.Count < range.Limit;
            if (isEnd || items.Count == request.Range.Limit || round == RoundsMax)
                return (items, range.Ascending ? items.Count > 0 : page.HasOlder);
            range = range.Ascending
                ? range with { After = page.Items[0].Id }
                : range with { Before = page.Items[^1].Id };
        }
    }
}
