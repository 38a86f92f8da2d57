using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>Fetches one post as its reader may see it, and answers with it.</summary>
internal static class StatusReply
{
    public static PostRef RefOf(PostId id) => new(id, 0, default, default, default);

    /// <summary>The post, or null where the viewer may not see one.</summary>
    public static async ValueTask<TimelineEntry?> FindAsync(ApiCall call, PostRef post)
    {
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.Viewer, [post], ByName: true), call.Rpc);
        return entries[0];
    }

    public static async Task WriteAsync(ApiCall call, PostRef post) =>
        await WriteAsync(call, await FindAsync(call, post) ?? throw Faults.NotFound());

    /// <summary>Answers with the post itself where <paramref name="id"/> may be one of its boosts.</summary>
    public static async Task WriteOriginalAsync(ApiCall call, PostId id)
    {
        var entry = await FindAsync(call, RefOf(id)) ?? throw Faults.NotFound();
        await WriteAsync(call, entry.Boosted ?? entry);
    }

    public static async Task WriteAsync(ApiCall call, TimelineEntry entry)
    {
        using var buffer = new Utf8Buffer();
        call.Site.Statuses.Write(buffer, entry, call.Viewer);
        await call.ReplyAsync(buffer);
    }
}
