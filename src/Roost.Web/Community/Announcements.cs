using System.Globalization;
using Roost.Engine.Text;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Community;

internal sealed record AnnouncementReply(
    string Id, string Content, string? StartsAt, string? EndsAt, bool AllDay, string PublishedAt, string UpdatedAt,
    bool Read, IReadOnlyList<NamedAccount> Mentions, IReadOnlyList<string> Statuses, IReadOnlyList<NamedTag> Tags,
    IReadOnlyList<EmojiReply> Emojis, IReadOnlyList<ReactionReply> Reactions)
{
    /// <param name="named">The accounts that it may name; others stay plain text.</param>
    public static AnnouncementReply Of(Announcement one, IReadOnlyList<Account> named, Site site)
    {
        var (options, emojis) = (site.Options, site.Services.Community.Emojis.Now);
        var names = PostText.MentionNames(one.Text, options.Domain);
        Account[] mentions =
            [.. named.Where(account => names.Contains(account.Username, StringComparer.OrdinalIgnoreCase))];
        return new AnnouncementReply(
            one.Id.ToString(CultureInfo.InvariantCulture), PostHtml.Render(one.Text, mentions, options),
            TimeText.Of(one.StartsAt), TimeText.Of(one.EndsAt), one.IsAllDay, TimeText.Of(one.PublishedAt),
            TimeText.Of(one.PublishedAt),
            one.IsRead,
            [.. mentions.Select(account => NamedAccount.Of(account, options))], [],
            [.. Hashtags.Of(one.Text).Select(tag => new NamedTag(tag, PostHtml.TagUrl(tag, options)))],
            [.. emojis.In(one.Text).Select(emoji => EmojiReply.Of(emoji, options))],
            [.. one.Reactions.Select(reaction => ReactionReply.Of(reaction, emojis, options))]);
    }
}

internal sealed record NamedAccount(string Id, string Username, string Url, string Acct)
{
    public static NamedAccount Of(Account account, WebOptions options) => new(
        account.Id.ToString(), account.Username, AccountRenderer.UrlOf(account, options), account.Username);
}

internal sealed record NamedTag(string Name, string Url);

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
        string[] names =
        [
            .. all.SelectMany(one => PostText.MentionNames(one.Text, call.Site.Options.Domain))
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];
        var named = names.Length == 0 ? [] : await call.Services.Users.Find(new FindAccounts(names), call.Rpc);
        Account[] accounts = [.. named.OfType<Account>()];
        await call.ReplyAsync(
            [.. all.Select(one => AnnouncementReply.Of(one, accounts, call.Site))],
            WebJson.Default.AnnouncementReplyArray);
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
