using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Rendering;
using Roost.Web.Statuses;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /@name/:id</c>: a post with what it answers and what answers it.</summary>
internal static class ShowThread
{
    // Longer threads are for apps, which page by themselves.
    private const int RepliesShownMax = 200;

    public static void Map(PageRoutes routes) => routes.Get("/@{name}/{id}", RunAsync);

    private static async Task RunAsync(PageCall call)
    {
        if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)) throw Gone();
        var live = await call.ListenAsync(OpenPageStream.OfThread(id));
        var thread = await call.Services.Posts.Thread(new GetThread(call.ViewerId, id), call.Rpc);
        var above = thread?.Ancestors ?? [];
        PostRef[] around = [.. above, .. (thread?.Descendants ?? []).Take(RepliesShownMax)];
        var found = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [StatusReply.RefOf(id)], ByName: true), call.Rpc);
        var entry = found[0] ?? throw Gone();
        var entries = await call.Services.Timelines.Hydrate(new HydratePosts(call.ViewerId, around), call.Rpc);

        var author = entry.Author.Account.Username;
        if (!author.Equals((string?)call.Http.Request.RouteValues["name"], StringComparison.OrdinalIgnoreCase))
        {
            call.GoTo($"/@{author}/{id}");
            return;
        }
        await call.ShowAsync<ThreadPage>(new ThreadModel(
            call.Frame("A post by @" + author) with { OEmbedUrl = OEmbedOf(entry, call.Options) },
            [.. entries[..above.Count].OfType<TimelineEntry>()], entry,
            [.. entries[above.Count..].OfType<TimelineEntry>()])
        {
            Live = live,
        });
    }

    private static string? OEmbedOf(TimelineEntry entry, WebOptions options) =>
        entry.Post.IsBoost || entry.Post.Visibility.IsRestricted()
            ? null
            : $"{options.Root}/api/oembed?url="
                + Uri.EscapeDataString(StatusRenderer.UrlOf(entry.Author.Account, entry.Post.Id, options));

    private static ServiceException Gone() =>
        new(ErrorCode.NotFound, "That post is not there, or is not for everybody to see.");
}
