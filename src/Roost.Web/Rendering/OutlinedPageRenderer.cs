using System.Collections.Concurrent;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes pages of which only the outline is there: bytes that are kept are copied. What is missing is read as Posts
/// lends it, all in one call, and rendered; only what has more than words is hydrated. Thread-safe.
/// </summary>
internal sealed class OutlinedPageRenderer(
    TimelinesApi timelines, PostsApi posts, UsersApi users, StatusRenderer statuses)
{
    /// <summary>As many rows as pages have at most; others come in space of their own.</summary>
    private const int RowsOnStackMax = 128;

    /// <summary>Idle ones: no more than there were pages at a time.</summary>
    private readonly ConcurrentBag<MissingPosts> _idle = [];

    /// <summary>Writes a JSON array. What was deleted since the outline was made is not in it.</summary>
    public ValueTask WriteAsync(Utf8Buffer to, OutlinedPage page, AccountId viewer, Call call)
    {
        if (page.Filtered is { } filtered)
        {
            statuses.WritePage(to, filtered.Entries, viewer);
            return ValueTask.CompletedTask;
        }
        var count = page.Posts.Length;
        Span<int> rows = count <= RowsOnStackMax ? stackalloc int[RowsOnStackMax] : new int[count];
        var missing = statuses.FindMissing(page, rows);
        return missing == 0
            ? WriteKeptAsync(to, page, viewer, call)
            : LendAsync(to, page, Missing(page, rows[..missing]), viewer, call);
    }

    private MissingPosts Missing(OutlinedPage page, ReadOnlySpan<int> rows)
    {
        var missing = _idle.TryTake(out var idle) ? idle : new MissingPosts();
        missing.Begin(page, rows);
        return missing;
    }

    private async ValueTask LendAsync(
        Utf8Buffer to, OutlinedPage page, MissingPosts missing, AccountId viewer, Call call)
    {
        await missing.KeepAsync(posts, users, statuses, call);
        _idle.Add(missing);
        await WriteKeptAsync(to, page, viewer, call);
    }

    private ValueTask WriteKeptAsync(Utf8Buffer to, OutlinedPage page, AccountId viewer, Call call)
    {
        var start = to.Length;
        List<PostRef>? missing = null;
        statuses.WritePage(to, page, viewer, ref missing);
        if (missing is null) return ValueTask.CompletedTask;
        to.Truncate(start);
        return HydrateAsync(to, page, missing, viewer, call);
    }

    private async ValueTask HydrateAsync(
        Utf8Buffer to, OutlinedPage page, List<PostRef> missing, AccountId viewer, Call call)
    {
        var start = to.Length;
        // Rendering keeps the bytes; what comes of it here is thrown away.
        Render(to, await timelines.Hydrate(new HydratePosts(viewer, missing), call), viewer);
        to.Truncate(start);
        List<PostRef>? stillMissing = null;
        statuses.WritePage(to, page, viewer, ref stillMissing);
        if (stillMissing is null) return;

        // Deleted or changed since, or too long to be kept: then the whole page as it is now.
        to.Truncate(start);
        PostRef[] all = [.. TopRows(page)];
        Render(to, await timelines.Hydrate(new HydratePosts(viewer, all), call), viewer);
    }

    private void Render(Utf8Buffer to, TimelineEntry?[] entries, AccountId viewer) =>
        statuses.WritePage(to, [.. entries.OfType<TimelineEntry>()], viewer);

    private static IEnumerable<PostRef> TopRows(OutlinedPage page)
    {
        for (var row = 0; row < page.Posts.Length; row += PostOutline.RowsAt(page.Posts, row))
            yield return page.Posts[row].Ref;
    }
}
