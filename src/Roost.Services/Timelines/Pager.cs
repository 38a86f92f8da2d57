using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// Makes pages: takes a slice of ids, hydrates it, drops what is deleted or, by its visibility or by
/// the viewer's own rules, not to be seen, and goes on until
/// the page is full or the timeline ends. One loop serves every timeline.
/// </summary>
internal sealed class Pager(PostsApi posts, Hydration hydration, Outlines outlines)
{
    /// <summary>Largest page: what Mastodon gives at most.</summary>
    public const int LimitMax = 40;

    public async ValueTask<TimelinePage> PageAsync(Viewing viewing, PageRange page, SliceSource source, Call call)
    {
        Require(page);
        var range = await LocateAsync(page, call);
        var entries = new List<TimelineEntry>(page.Limit);
        var hasMore = true;
        while (hasMore && entries.Count < page.Limit)
        {
            var slice = await source(range with { Limit = page.Limit - entries.Count }, call);
            var hydrated = await hydration.EntriesAsync(new HydratePosts(viewing.Viewer, slice.Refs), call);
            // Read upwards, each slice lies above the one before.
            var at = page.Oldest ? 0 : entries.Count;
            foreach (var entry in hydrated)
            {
                if (entry is not null && viewing.Show(entry) is { } shown)
                    entries.Insert(at++, shown);
            }
            hasMore = slice.HasMore;
            range = page.Oldest ? range with { Above = slice.Cursor } : range with { Below = slice.Cursor };
        }
        return new TimelinePage(entries, page.Oldest ? entries.Count > 0 : hasMore);
    }

    /// <summary>
    /// The same page without bodies. By the short way when the viewer has no rules and filters, which may ask what a
    /// post says,
    /// and the first slice is all there to be seen, as nearly always; else the whole page's outline.
    /// </summary>
    public async ValueTask<OutlinedPage> OutlineAsync(Viewing viewing, PageRange page, SliceSource source, Call call)
    {
        Require(page);
        if (viewing.IsPlain)
        {
            var slice = await source(await LocateAsync(page, call), call);
            var isWhole = slice.Refs.Count == page.Limit || !slice.HasMore;
            var hasOlder = page.Oldest ? slice.Refs.Count > 0 : slice.HasMore;
            if (isWhole && await outlines.TryGetAsync(viewing.Viewer, slice.Refs, hasOlder, call) is { } outlined)
                return outlined;
        }
        var whole = await PageAsync(viewing, page, source, call);
        return OutlinedPage.Of(whole) with { Filtered = viewing.Filters is null ? null : whole };
    }

    private static void Require(in PageRange page)
    {
        if (page.Limit is < 1 or > LimitMax)
            throw new ServiceException(ErrorCode.Invalid, $"A page has 1 to {LimitMax} posts, not {page.Limit}.");
    }

    private async ValueTask<SliceRange> LocateAsync(PageRange page, Call call)
    {
        var below = page.Before.IsNone ? 0 : await posts.Locate(new LocatePost(page.Before), call);
        // The seq of the id itself or of the newest record before it: one less than the first that is greater.
        var above = page.After.IsNone || page.After.Value == long.MaxValue
            ? 0
            : await posts.Locate(new LocatePost(new PostId(page.After.Value + 1)), call) - 1;
        return new SliceRange(below, above, page.Oldest, page.Limit);
    }
}
