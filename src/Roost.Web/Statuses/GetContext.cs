using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>GET /api/v1/statuses/:id/context</c>: the thread above and below a post, with one batch to Timelines for both.
/// </summary>
internal static class GetContext
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/statuses/{id}/context", Access.AnyoneBut("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var thread = await call.Services.Posts.Thread(new GetThread(call.Viewer, call.PostIdInPath()), call.Rpc)
            ?? throw Faults.NotFound();
        PostRef[] refs = [.. thread.Ancestors, .. thread.Descendants];
        var entries = refs.Length == 0
            ? []
            : await call.Services.Timelines.Hydrate(new HydratePosts(call.Viewer, refs), call.Rpc);

        using var buffer = new Utf8Buffer();
        buffer.Write("{\"ancestors\":"u8);
        Write(call, buffer, entries.AsSpan(0, thread.Ancestors.Count));
        buffer.Write(",\"descendants\":"u8);
        Write(call, buffer, entries.AsSpan(thread.Ancestors.Count));
        buffer.Write("}"u8);
        await call.ReplyAsync(buffer);
    }

    private static void Write(ApiCall call, Utf8Buffer buffer, ReadOnlySpan<TimelineEntry?> entries)
    {
        var seen = new List<TimelineEntry>(entries.Length);
        foreach (var entry in entries)
        {
            if (entry is not null) seen.Add(entry);
        }
        call.Site.Statuses.WritePage(buffer, seen, call.Viewer);
    }
}
