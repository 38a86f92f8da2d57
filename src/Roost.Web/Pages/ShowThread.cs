using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Media;
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
        await ShowAsync(call, id);
    }

    /// <param name="problem">Why a form below the post was refused: then the address is the form's.</param>
    public static async Task ShowAsync(
        PageCall call, PostId id, string? problem = null, int status = StatusCodes.Status200OK)
    {
        var live = await call.ListenAsync(OpenPageStream.OfThread(id), FilterContexts.Thread);
        var thread = await call.Services.Posts.Thread(new GetThread(call.ViewerId, id), call.Rpc);
        var above = thread?.Ancestors ?? [];
        PostRef[] around = [.. above, .. (thread?.Descendants ?? []).Take(RepliesShownMax)];
        var found = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [StatusReply.RefOf(id)], ByName: true), call.Rpc);
        var entry = found[0] ?? throw Gone();
        var entries = await call.Services.Timelines.Hydrate(new HydratePosts(call.ViewerId, around), call.Rpc);

        var author = entry.Author.Account.Username;
        var path = $"/@{author}/{id}";
        if (problem is null
            && !author.Equals((string?)call.Http.Request.RouteValues["name"], StringComparison.OrdinalIgnoreCase))
        {
            call.GoTo(path);
            return;
        }
        var frame = call.Frame(call.T("A post by @{0}", author), problem);
        await call.ShowAsync<ThreadPage>(new ThreadModel(
            frame with
            {
                Here = problem is null ? frame.Here : path,
                OEmbedUrl = OEmbedOf(entry, call.Options),
                Preview = PreviewOf(entry, call.Options),
            },
            [.. entries[..above.Count].OfType<TimelineEntry>()], entry,
            [.. entries[above.Count..].OfType<TimelineEntry>()])
        {
            Live = live with { Page = path },
            Draft = Draft.Empty with { Text = Names(entry, call), InReplyTo = entry.Post.Id.ToString() },
        }, status);
    }

    /// <summary>Whom an answer is for: who wrote the post, and whom it names.</summary>
    private static string Names(TimelineEntry entry, PageCall call)
    {
        var names = entry.Mentions.Prepend(entry.Author.Account).Where(account => account.Id != call.ViewerId)
            .Select(account => account.Username).Distinct(StringComparer.OrdinalIgnoreCase);
        return string.Concat(names.Select(name => $"@{name} "));
    }

    /// <summary>Null for what strangers do not see.</summary>
    private static Preview? PreviewOf(TimelineEntry entry, WebOptions options)
    {
        var (post, author) = (entry.Post, entry.Author.Account);
        if (post.IsBoost || post.Visibility.IsRestricted()) return null;
        var isHidden = post.SpoilerText.Length > 0;
        return new Preview(
            "article", $"{PostCard.PlainNameOf(author)} (@{author.Username})", isHidden ? post.SpoilerText : post.Text,
            $"/@{author.Username}/{post.Id}",
            post is { Sensitive: false, Media: [var first, ..] } ? MediaUrls.Original(first, options) : null,
            IsListed: author.Profile.Indexable && post.Visibility == Visibility.Public);
    }

    private static string? OEmbedOf(TimelineEntry entry, WebOptions options) =>
        entry.Post.IsBoost || entry.Post.Visibility.IsRestricted()
            ? null
            : $"{options.Root}/api/oembed?url="
                + Uri.EscapeDataString(StatusRenderer.UrlOf(entry.Author.Account, entry.Post.Id, options));

    private static ServiceException Gone() =>
        new(ErrorCode.NotFound, "That post is not there, or is not for everybody to see.");
}
