using Roost.Engine.Ids;
using Roost.Services.Filters;
using Roost.Services.Graph;
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

    private const int RoundsMax = 8;

    /// <param name="find">Asks for the next posts within a range.</param>
    /// <param name="isWanted">Which of them are; null for all.</param>
    /// <param name="isChosenList">As in <see cref="HydratePosts"/>.</param>
    public static async Task<TimelinePage> ReadAsync(
        ApiCall call, SearchRange range, Func<SearchRange, ValueTask<FoundPosts>> find,
        Func<TimelineEntry, bool>? isWanted = null, bool isChosenList = false)
    {
        var entries = new List<TimelineEntry>(range.Limit);
        var isEnd = false;
        for (var round = 0; round < RoundsMax && !isEnd && entries.Count < range.Limit; round++)
        {
            var found = await find(range);
            if (found.Error is { } error)
                throw Faults.Invalid($"The query cannot be read. {error}");
            var hydrated = await call.Services.Timelines.Hydrate(
                new HydratePosts(call.Viewer, found.Refs)
                {
                    IsChosenList = isChosenList,
                    Context = isChosenList ? FilterContexts.Account : FilterContexts.Public,
                }, call.Rpc);
            entries.AddRange((await InPublicAsync(call, hydrated)).Where(entry => isWanted is null || isWanted(entry)));
            isEnd = found.Next is null;
            if (found.IsPartial)
            {
                // What was not reached in time would not be in more of it.
                call.Http.Response.Headers[PartialHeader] = "true";
                break;
            }
            range = range with { Below = found.Next, Offset = 0 };
        }
        var page = entries.Count <= range.Limit ? entries : entries[..range.Limit];
        return new TimelinePage(page, range.Oldest ? page.Count > 0 : !isEnd || page.Count < entries.Count);
    }

    /// <summary>Those that are there, without those by silenced accounts that the viewer does not follow.</summary>
    public static async ValueTask<IEnumerable<TimelineEntry>> InPublicAsync(ApiCall call, TimelineEntry?[] entries)
    {
        AccountId[] silenced =
        [
            .. entries.Where(entry => entry is { Author.Account.IsSilenced: true })
                .Select(entry => entry!.Post.Author).Where(author => author != call.Viewer).Distinct(),
        ];
        if (silenced.Length == 0) return entries.OfType<TimelineEntry>();
        var unseen = silenced.ToHashSet();
        if (!call.Viewer.IsNone)
        {
            var relations = await call.Services.Graph.Relationships(
                new GetRelationships(call.Viewer, silenced), call.Rpc);
            foreach (var relation in relations)
            {
                if (relation.Following) unseen.Remove(relation.Other);
            }
        }
        return entries.OfType<TimelineEntry>().Where(entry => !unseen.Contains(entry.Post.Author));
    }

    /// <summary>Whether a post may be found by what it says: not when its author wants that not, unless the viewer
    /// wrote it or is named in it.</summary>
    public static bool IsFindable(TimelineEntry entry, AccountId viewer) =>
        entry.Author.Account.Profile.Indexable
        || (!viewer.IsNone && (entry.Post.Author == viewer || entry.Post.Mentions.Contains(viewer)));

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
