using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Http;

namespace Roost.Web.Search;

/// <summary>Makes pages of what was found: what the viewer may not or does not want to see is left out, and the page
/// filled up from what comes next.</summary>
internal static class PostPages
{
    /// <summary>The reply header that says that not all was looked at: a shard was gone, or time ran out.</summary>
    public const string PartialHeader = "Roost-Partial";

    /// <summary>The reply header that says what is wrong with a query, whose words alone were looked for.</summary>
    public const string WrongQueryHeader = "Roost-Wrong-Query";

    private const int RoundsMax = 8;

    /// <summary>A page for the client API, whose reply says by a header when not all was looked at.</summary>
    public static async Task<TimelinePage> ReadAsync(
        ApiCall call, SearchRange range, Func<SearchRange, ValueTask<FoundPosts>> find,
        Func<TimelineEntry, bool>? isWanted = null, bool isChosenList = false)
    {
        var (page, isPartial) = await ReadAsync(
            call.Services, call.Viewer, range, find, call.Rpc, isWanted, isChosenList);
        if (isPartial) call.Http.Response.Headers[PartialHeader] = "true";
        return page;
    }

    /// <summary>
    /// The page as an outline: without bodies where all that was found is for everybody to see and the viewer has no
    /// rules, as nearly always; else as <see cref="ReadAsync(ApiCall, SearchRange, Func{SearchRange,
    /// ValueTask{FoundPosts}}, Func{TimelineEntry, bool}, bool)"/> makes it, leaving out what may not be found by its
    /// words (<see cref="TimelineEntry.IsFindableBy"/>).
    /// </summary>
    public static async Task<OutlinedPage> ReadOutlineAsync(
        ApiCall call, SearchRange range, Func<SearchRange, ValueTask<FoundPosts>> find)
    {
        var first = await find(range);
        if (first.Error is null && (first.Refs.Count >= range.Limit || first.IsEnd || first.IsPartial))
        {
            var outlined = await call.Services.Timelines.Outline(
                new HydratePosts(call.Viewer, first.Refs) { Context = FilterContexts.Public }, call.Rpc);
            if (outlined is not null && IsForEverybody(outlined, call.Viewer))
            {
                if (first.IsPartial) call.Http.Response.Headers[PartialHeader] = "true";
                return outlined with { HasOlder = !first.IsEnd };
            }
        }
        var page = await ReadAsync(
            call, range, next => next == range ? new(first) : find(next), entry => entry.IsFindableBy(call.Viewer));
        return OutlinedPage.Of(page) with { Filtered = page };
    }

    /// <summary>Whether nobody's wish has to be looked into: no author is silenced, or wants not to be found.</summary>
    private static bool IsForEverybody(OutlinedPage page, AccountId viewer)
    {
        for (var row = 0; row < page.Posts.Length; row += PostOutline.RowsAt(page.Posts, row))
        {
            var stats = page.Posts[row].Stats;
            var author = page.Authors[row];
            var isMarked = stats.Favourited || stats.Boosted || stats.Bookmarked;
            if (author.Id != viewer && (author.IsSilenced || !(author.Profile.Indexable || isMarked)))
                return false;
        }
        return true;
    }

    /// <param name="find">Asks for the next posts within a range.</param>
    /// <param name="isWanted">Which of them are; null for all.</param>
    /// <param name="isChosenList">As in <see cref="HydratePosts"/>.</param>
    /// <returns>The page, and whether not all was looked at.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: the query cannot be read.</exception>
    public static async Task<(TimelinePage Page, bool IsPartial)> ReadAsync(
        WebServices services, AccountId viewer, SearchRange range, Func<SearchRange, ValueTask<FoundPosts>> find,
        Call rpc, Func<TimelineEntry, bool>? isWanted = null, bool isChosenList = false)
    {
        var entries = new List<TimelineEntry>(range.Limit);
        var (isEnd, isPartial) = (false, false);
        for (var round = 0; round < RoundsMax && !isEnd && entries.Count < range.Limit; round++)
        {
            var found = await find(range);
            if (found.Error is { } error)
                throw Faults.Invalid($"The query cannot be read. {error}");
            var hydrated = await services.Timelines.Hydrate(
                new HydratePosts(viewer, found.Refs)
                {
                    IsChosenList = isChosenList,
                    Context = isChosenList ? FilterContexts.Account : FilterContexts.Public,
                }, rpc);
            entries.AddRange((await InPublicAsync(services, viewer, hydrated, rpc))
                .Where(entry => isWanted is null || isWanted(entry)));
            isEnd = found.IsEnd;
            isPartial = found.IsPartial;
            // What was not reached in time would not be in more of it.
            if (isPartial) break;
            range = range with { Below = found.Next, Ranked = found.NextRanked, Offset = 0 };
        }
        var page = entries.Count <= range.Limit ? entries : entries[..range.Limit];
        var hasOlder = range.Oldest ? page.Count > 0 : !isEnd || page.Count < entries.Count;
        return (new TimelinePage(page, hasOlder), isPartial);
    }

    /// <inheritdoc cref="InPublicAsync(WebServices, AccountId, TimelineEntry?[], Call)"/>
    public static ValueTask<IEnumerable<TimelineEntry>> InPublicAsync(ApiCall call, TimelineEntry?[] entries) =>
        InPublicAsync(call.Services, call.Viewer, entries, call.Rpc);

    /// <summary>Those that are there, without those by silenced accounts that the viewer does not follow.</summary>
    private static async ValueTask<IEnumerable<TimelineEntry>> InPublicAsync(
        WebServices services, AccountId viewer, TimelineEntry?[] entries, Call rpc)
    {
        AccountId[] silenced =
        [
            .. entries.Where(entry => entry is { Author.Account.IsSilenced: true })
                .Select(entry => entry!.Post.Author).Where(author => author != viewer).Distinct(),
        ];
        if (silenced.Length == 0) return entries.OfType<TimelineEntry>();
        var unseen = silenced.ToHashSet();
        if (!viewer.IsNone)
        {
            foreach (var relation in await services.Graph.Relationships(new GetRelationships(viewer, silenced), rpc))
            {
                if (relation.Following) unseen.Remove(relation.Other);
            }
        }
        return entries.OfType<TimelineEntry>().Where(entry => !unseen.Contains(entry.Post.Author));
    }

    /// <summary>The client API's cursors as a range.</summary>
    public static SearchRange RangeOf(ApiCall call, int usual, int max)
    {
        var query = call.Query;
        var oldest = query.Post("min_id");
        return new SearchRange(
            query.Post("max_id"), oldest.IsNone ? query.Post("since_id") : oldest, !oldest.IsNone,
            SearchRequests.Offset(call), query.Limit(usual, max));
    }
}
