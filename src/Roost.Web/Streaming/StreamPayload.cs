using System.Globalization;
using System.Text;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Notifications;
using Roost.Web.Rendering;
using Roost.Web.Timelines;

namespace Roost.Web.Streaming;

/// <summary>What an event is called in the client API, and what it says.</summary>
/// <remarks>
/// A post that was just made nobody has marked yet, so one form with all marks unset is true for every reader. Of an
/// older one (edited, boosted, or replayed) the marks are left out, which clients take for "as you know them".
/// </remarks>
internal static class StreamPayload
{
    /// <summary>Any reader but the author, whose posts alone can be pinned.</summary>
    private static readonly AccountId _anyReader = new(int.MaxValue);

    public static string NameOf(PushedEvent pushed) => pushed.Kind switch
    {
        PushedKind.Edit => "status.update",
        PushedKind.Delete => "delete",
        PushedKind.Notification => "notification",
        PushedKind.Conversation => "conversation",
        PushedKind.FiltersChanged => "filters_changed",
        PushedKind.NoticesMerged => "notifications_merged",
        PushedKind.Counts => "counts",
        PushedKind.Voted => "voted",
        PushedKind.Announcement => ((AnnouncementNews)pushed.News!).Change switch
        {
            { Announcement: not null } => "announcement",
            { Reaction: not null } => "announcement.reaction",
            _ => "announcement.delete",
        },
        _ => "update",
    };

    /// <summary>As JSON or an id; null for what says nothing.</summary>
    /// <param name="isLive">Whether it happens now.</param>
    public static byte[]? Of(PushedEvent pushed, Site site, bool isLive)
    {
        switch (pushed.Kind)
        {
            case PushedKind.FiltersChanged:
                return null;
            case PushedKind.NoticesMerged:
                return "1"u8.ToArray();
            case PushedKind.Announcement:
                return OfAnnouncement(((AnnouncementNews)pushed.News!).Change, site);
        }
        using var json = new Utf8Buffer();
        if (pushed.News is NoticeNews { View: var view })
            NoticeJson.Write(site, view.Notice.Account, json, view);
        else if (pushed.News is ConversationNews news)
            Write(json, site, news);
        else if (pushed.Entry is null)
            return IdOf(pushed, site.Time.GetUtcNow());
        else
            WritePost(json, pushed, site, isLive);
        return json.ToArray();
    }

    /// <summary>The id of what it is about, with its counters where it is these; empty where that has none.</summary>
    public static byte[] IdOf(PushedEvent pushed, DateTimeOffset now) => Encoding.ASCII.GetBytes(pushed.News switch
    {
        null when pushed is { Kind: PushedKind.Counts, Entry: { Stats: var stats, Post.Poll: var poll } } =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{pushed.Post} {stats.Replies} {stats.Boosts} {stats.Favourites}{VotesOf(poll, stats.Poll, now)}"),
        NoticeNews news => news.View.Notice.Id.ToString(CultureInfo.InvariantCulture),
        ConversationNews news => news.Conversation.Id.ToString(CultureInfo.InvariantCulture),
        AnnouncementNews news => news.Change.Id.ToString(CultureInfo.InvariantCulture),
        _ => pushed.Post.IsNone ? "" : pushed.Post.ToString(),
    });

    /// <summary>Who voted, and what each option got as far as that is told already, each with a space before it.
    /// </summary>
    private static string VotesOf(Poll? poll, PollTally? tally, DateTimeOffset now)
    {
        if (poll is null || tally is null)
            return "";
        var votes = Enumerable.Range(0, poll.TellsTotals(now) ? poll.Options.Count : 0).Select(option => tally[option]);
        return string.Create(CultureInfo.InvariantCulture, $" {string.Join(' ', votes.Prepend(tally.Voters))}");
    }

    private static void WritePost(Utf8Buffer json, PushedEvent pushed, Site site, bool isLive)
    {
        var entry = pushed.Entry!;
        var isNew = isLive && pushed.Kind == PushedKind.Update && entry.Boosted is null;
        // What a reader's filters match is one of a reader's marks: it cannot be told without the others.
        site.Statuses.Write(json, entry, isNew || entry.Filtered is not null ? _anyReader : default);
    }

    private static void Write(Utf8Buffer to, Site site, ConversationNews news)
    {
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        KeepConversations.Write(
            site, json, new ShownConversation(news.Account, news.Conversation, news.People, news.Last));
    }

    private static byte[] OfAnnouncement(AnnouncementChange change, Site site)
    {
        if (change.Announcement is { } announcement)
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                AnnouncementReply.Of(announcement, [], site), WebJson.Default.AnnouncementReply);
        }
        var id = change.Id.ToString(CultureInfo.InvariantCulture);
        if (change.Reaction is not { } reaction)
            return Encoding.ASCII.GetBytes(id);
        return JsonSerializer.SerializeToUtf8Bytes(
            ReactionNews.Of(reaction, id, site), WebJson.Default.ReactionNews);
    }
}
