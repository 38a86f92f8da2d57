using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Notifications;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

/// <summary>Writes the client API's Notification and NotificationGroup entities.</summary>
internal static class NoticeJson
{
    public static void WriteAll(ApiCall call, Utf8Buffer to, IReadOnlyList<NoticeView> views)
    {
        to.Write("["u8);
        for (var i = 0; i < views.Count; i++)
        {
            if (i > 0) to.Write(","u8);
            Write(call.Site, call.Viewer, to, views[i]);
        }
        to.Write("]"u8);
    }

    public static void Write(Site site, AccountId viewer, Utf8Buffer to, NoticeView view)
    {
        var notice = view.Notice;
        to.Write("{\"id\":\""u8);
        to.WriteNumber(notice.Id);
        to.Write("\",\"type\":\""u8);
        WriteText(to, NoticeQuery.NameOf(notice.Kind));
        to.Write("\",\"created_at\":\""u8);
        WriteTime(to, notice.At);
        to.Write("\",\"group_key\":\""u8);
        WriteText(to, NoticeQuery.TextOf(notice.Group));
        to.Write("\",\"account\":"u8);
        site.Accounts.Write(to, view.Sender);
        if (view.Entry is { } entry)
        {
            to.Write(",\"status\":"u8);
            site.Statuses.Write(to, entry, viewer);
        }
        if (notice.Report is { } report && view.Reported is { } reported) WriteReport(site, to, report, reported);
        if (notice.Warning is { } warning) WriteWarning(site, to, warning, view.Sender);
        to.Write("}"u8);
    }

    /// <param name="about">Whom its report or warning is about.</param>
    public static void Write(
        Site site, Utf8Buffer to, NoticeGroup group, TimelineEntry? entry, AccountView? about)
    {
        to.Write("{\"group_key\":\""u8);
        WriteText(to, NoticeQuery.TextOf(group.Key));
        to.Write("\",\"notifications_count\":"u8);
        to.WriteNumber(group.Count);
        to.Write(",\"type\":\""u8);
        WriteText(to, NoticeQuery.NameOf(group.Newest.Kind));
        to.Write("\",\"most_recent_notification_id\":"u8);
        to.WriteNumber(group.Newest.Id);
        to.Write(",\"page_min_id\":\""u8);
        to.WriteNumber(group.PageOldest);
        to.Write("\",\"page_max_id\":\""u8);
        to.WriteNumber(group.PageNewest);
        to.Write("\",\"latest_page_notification_at\":\""u8);
        WriteTime(to, group.PageNewestAt);
        to.Write("\",\"sample_account_ids\":["u8);
        for (var i = 0; i < group.Senders.Count; i++)
        {
            to.Write(i > 0 ? ",\""u8 : "\""u8);
            to.WriteNumber(group.Senders[i].Value);
            to.Write("\""u8);
        }
        to.Write("]"u8);
        if (entry is not null)
        {
            to.Write(",\"status_id\":\""u8);
            to.WriteNumber(entry.Post.Id.Value);
            to.Write("\""u8);
        }
        if (group.Newest.Report is { } report && about is not null) WriteReport(site, to, report, about);
        if (group.Newest.Warning is { } warning && about is not null) WriteWarning(site, to, warning, about);
        to.Write("}"u8);
    }

    private static void WriteReport(Site site, Utf8Buffer to, Report report, AccountView reported)
    {
        to.Write(",\"report\":"u8);
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        JsonSerializer.Serialize(
            json, FileReports.ReplyOf(report, AccountElement.Of(site, reported)), WebJson.Default.ReportReply);
    }

    private static void WriteWarning(Site site, Utf8Buffer to, AccountWarning warning, AccountView target)
    {
        to.Write(",\"moderation_warning\":"u8);
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        JsonSerializer.Serialize(
            json, AccountWarningReply.Of(site, warning, target), WebJson.Default.AccountWarningReply);
    }

    public static void WriteTime(Utf8Buffer to, DateTimeOffset at) => WriteText(to, TimeText.Of(at));

    /// <summary>Text that needs no escapes: names and keys of our own.</summary>
    private static void WriteText(Utf8Buffer to, string text)
    {
        var space = to.GetSpan(text.Length);
        for (var i = 0; i < text.Length; i++) space[i] = (byte)text[i];
        to.Advance(text.Length);
    }
}
