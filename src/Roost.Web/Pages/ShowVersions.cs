using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>GET /posts/:id/versions</c>: what an edited post said before, for whoever may see the post.</summary>
internal static class ShowVersions
{
    public static void Map(PageRoutes routes) => routes.Get("/posts/{id}/versions", RunAsync);

    private static async Task RunAsync(PageCall call)
    {
        if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)) throw Gone();
        var found = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [StatusReply.RefOf(id)], ByName: true), call.Rpc);
        if (found[0] is not { Post.IsBoost: false } entry) throw Gone();
        var versions = await call.Services.Posts.History(new GetHistory(call.ViewerId, id), call.Rpc) ?? throw Gone();
        var named = await call.Services.Users.Get(
            new GetAccounts([.. versions.SelectMany(version => version.Mentions).Distinct()]), call.Rpc);
        await call.ShowAsync<VersionsPage>(new VersionsModel(
            call.Frame(call.T("What a post by @{0} said before", entry.Author.Account.Username)), entry, versions,
            [.. named.OfType<Account>()]));
    }

    private static ServiceException Gone() =>
        new(ErrorCode.NotFound, "That post is not there, or is not for everybody to see.");
}
