using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>GET /@name/:id/embed</c>: a post as other sites show it, in a frame; as a stranger sees it, whoever
/// asks.</summary>
internal static class ShowEmbed
{
    public static void Map(PageRoutes routes) => routes.Get("/@{name}/{id}/embed", RunAsync);

    private static async Task RunAsync(PageCall call)
    {
        var entry = PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)
            ? (await call.Services.Timelines.Hydrate(
                new HydratePosts(default, [StatusReply.RefOf(id)], ByName: true), call.Rpc))[0]
            : null;
        var isTheirs = entry is { Post.IsBoost: false } && entry.Author.Account.Username.Equals(
            (string?)call.Http.Request.RouteValues["name"], StringComparison.OrdinalIgnoreCase);
        if (!isTheirs)
            throw new ServiceException(ErrorCode.NotFound, "That post is not there, or is not for everybody.");
        // Nothing of whoever is signed in here: the page around the frame is somebody else's.
        var frame = new PageFrame(
            call.T("A post by @{0}", entry!.Author.Account.Username), call.Options, null, () => "", "",
            call.Site.Time.GetUtcNow());
        call.IsInFrame = true;
        await call.ShowAsync<EmbedPage>(new CardModel(frame, entry, IsFocus: true, IsPlain: true));
    }
}
