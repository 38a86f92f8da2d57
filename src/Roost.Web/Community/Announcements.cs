using System.Globalization;
using Roost.Services.Community;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Community;

internal sealed record AnnouncementReply(
    string Id, string Content, string? StartsAt, string? EndsAt, bool AllDay, string PublishedAt, string UpdatedAt,
    bool Read, IReadOnlyList<string> Mentions, IReadOnlyList<string> Statuses, IReadOnlyList<string> Tags,
    IReadOnlyList<EmojiReply> Emojis, IReadOnlyList<ReactionReply> Reactions)
{
    public static AnnouncementReply Of(Announcement one, Site site)
    {
        var (options, emojis) = (site.Options, site.Services.Community.Emojis.Now);
        return new AnnouncementReply(
            one.Id.ToString(CultureInfo.InvariantCulture), PostHtml.Render(one.Text, [], options), Text(one.StartsAt),
            Text(one.EndsAt), one.IsAllDay, Text(one.PublishedAt)!, Text(one.PublishedAt)!, one.IsRead, [], [], [],
            [.. emojis.In(one.Text).Select(emoji => EmojiReply.Of(emoji, options))],
            [.. one.Reactions.Select(reaction => ReactionReply.Of(reaction, emojis, options))]);
    }

    public static string? Text(DateTimeOffset? at) =>
        at?.UtcDateTime.ToString(AccountRenderer.TimeFormat, CultureInfo.InvariantCulture);
}

internal sealed record ReactionReply(string Name, int Count, bool Me, string? Url, string? StaticUrl)
{
    public static ReactionReply Of(Reaction reaction, EmojiSet emojis, WebOptions options)
    {
        var emoji = emojis.Find(reaction.Name) is { } found ? EmojiReply.Of(found, options) : null;
        return new ReactionReply(reaction.Name, reaction.Count, reaction.IsOwn, emoji?.Url, emoji?.StaticUrl);
    }
}

/// <summary>As streams tell that the count of a reaction has changed.</summary>
internal sealed record ReactionNews(string Name, int Count, string? Url, string? StaticUrl, string AnnouncementId)
{
    public static ReactionNews Of(Reaction reaction, string announcementId, Site site)
    {
        var reply = ReactionReply.Of(reaction, site.Services.Community.Emojis.Now, site.Options);
        return new ReactionNews(reply.Name, reply.Count, reply.Url, reply.StaticUrl, announcementId);
    }
}

/// <summary><c>GET /api/v1/announcements</c>; <c>POST …/:id/dismiss</c>; <c>PUT</c> and <c>DELETE</c> of
/// <c>…/:id/reactions/:name</c>.</summary>
internal static class Announcements
{
    private const string Path = "/api/v1/announcements";

    public static void Map(ApiRoutes routes)
    {
        routes.Get(Path, Access.AnyToken, ListAsync);
        routes.Post(Path + "/{id}/dismiss", Access.User("write:accounts"), DismissAsync);
        routes.Put(Path + "/{id}/reactions/{name}", Access.User("write:favourites"), call => ReactAsync(call, true));
        routes.Delete(
            Path + "/{id}/reactions/{name}", Access.User("write:favourites"), call => ReactAsync(call, false));
    }

    private static async Task ListAsync(ApiCall call)
    {
        var all = await call.Services.Community.Announcements(new GetAnnouncements(call.Viewer), call.Rpc);
        await call.ReplyAsync(
            [.. all.Select(one => AnnouncementReply.Of(one, call.Site))], WebJson.Default.AnnouncementReplyArray);
    }

    private static async Task DismissAsync(ApiCall call)
    {
        var dismissed = await call.Services.Community.Dismiss(
            new DismissAnnouncement(call.Viewer, call.NumberInPath()), call.Rpc);
        await ReplyAsync(call, dismissed);
    }

    private static async Task ReactAsync(ApiCall call, bool isOn)
    {
        var name = (string?)call.Http.Request.RouteValues["name"] ?? "";
        var reacted = await call.Services.Community.React(
            new ReactToAnnouncement(call.Viewer, call.NumberInPath(), name, isOn), call.Rpc);
        await ReplyAsync(call, reacted);
    }

    private static Task ReplyAsync(ApiCall call, bool isThere) =>
        isThere ? call.ReplyAsync(ApiCall.EmptyObject) : throw Faults.NotFound();
}
