using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary>
/// <c>GET /posts/:id/redraft</c>: a post to be written again. It stays until the new one is sent and found right, and
/// goes just before that one is posted, since both cannot show the same pictures.
/// </summary>
internal static class Redraft
{
    public static void Map(PageRoutes routes) => routes.Get("/posts/{id}/redraft", ShowAsync);

    /// <summary>The post that a form replaces; null for none, and when it is gone, as after a first try.</summary>
    public static async ValueTask<Post?> OldAsync(PageCall call, string id)
    {
        var viewer = call.SignedIn();
        if (!PostId.TryParse(id, out var post)) return null;
        var posts = await call.Services.Posts.Get(GetPosts.One(viewer.Id, post), call.Rpc);
        return posts[0] is { IsBoost: false } found && found.Author == viewer.Id ? found : null;
    }

    /// <summary>Pictures that the new post is to show, of the old one or from a try that was refused, in their order
    /// and with what the form tells of them.</summary>
    public static async ValueTask<IReadOnlyList<MediaItem>> KeptAsync(PageCall call, Parameters form)
    {
        if (ComposeMedia.IdsOf(form) is not { Count: > 0 } ids) return [];
        var items = await call.Services.Media.Get(new GetMedia([.. ids.Take(MediaLimits.PerPost)]), call.Rpc);
        var told = ComposeMedia.DescriptionsOf(form);
        return
        [
            .. items.OfType<MediaItem>()
                .Where(item => item.Account == call.ViewerId && item.Purpose == MediaPurpose.Attachment)
                .Select(item => item with
                {
                    Description = told.FirstOrDefault(one => one.Id == item.Id)?.Description ?? item.Description,
                }),
        ];
    }

    /// <summary>Deletes the old post, if it is there still, and frees its pictures for the new one.</summary>
    public static async ValueTask ReplaceAsync(
        PageCall call, Post? old, IReadOnlyList<MediaItem> kept, IReadOnlyList<DescribeMedia> descriptions)
    {
        // Nothing that can be refused comes after the old post is gone.
        foreach (var change in descriptions)
            if (change.Description is { } text) call.Services.Media.Limits.RequireDescription(text);
        if (old is not null) await call.Services.Posts.Delete(new DeletePost(call.ViewerId, old.Id), call.Rpc);
        foreach (var change in descriptions.Where(change => kept.Any(item => item.Id == change.Id)))
            await call.Services.Media.Describe(change with { Account = call.ViewerId }, call.Rpc);
    }

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var old = await OldAsync(call, (string?)call.Http.Request.RouteValues["id"] ?? "")
            ?? throw new ServiceException(ErrorCode.NotFound, "That post is not there any more.");
        var returnTo = PageCall.LocalPath(Parameters.OfQuery(call.Http.Request).Text("return_to")) ?? "/";
        await ComposeForm.ShowAsync(call, Draft.Again(old, returnTo));
    }
}
