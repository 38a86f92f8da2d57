using System.Text.Json;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Media;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary><c>GET /api/v1/statuses/:id/history</c>: a post's versions, the oldest first.</summary>
internal static class ListVersions
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/statuses/{id}/history", Access.AnyoneBut("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(id)) ?? throw Faults.NotFound();
        entry = entry.Boosted ?? entry;
        var versions = await call.Services.Posts.History(
            new GetHistory(call.Viewer, entry.Post.Id), call.Rpc) ?? throw Faults.NotFound();
        var named = await call.Services.Users.Get(
            new GetAccounts([.. versions.SelectMany(version => version.Mentions).Distinct()]), call.Rpc);

        using var buffer = new Utf8Buffer();
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            json.WriteStartArray();
            foreach (var version in versions) Write(json, call.Site, version, entry, [.. named.OfType<Account>()]);
            json.WriteEndArray();
        }
        await call.ReplyAsync(buffer);
    }

    private static void Write(
        Utf8JsonWriter json, Site site, Post version, TimelineEntry entry, IReadOnlyList<Account> named)
    {
        json.WriteStartObject();
        json.WriteString("content"u8, PostHtml.Render(version.Text, named, site.Options));
        json.WriteString("spoiler_text"u8, version.SpoilerText);
        json.WriteBoolean("sensitive"u8, version.Sensitive);
        json.WriteString("created_at"u8, TimeText.Of(version.At));
        MediaReply.WriteAll(json, version.Media, site.Options);
        WritePoll(json, version.Poll);
        json.WriteStartArray("emojis"u8);
        json.WriteEndArray();
        json.WritePropertyName("quote"u8);
        using var quote = new Utf8Buffer(256);
        QuoteJson.WriteShallow(quote, entry.Stats.Quoting?.Quote);
        json.WriteRawValue(quote.Written, skipInputValidation: true);
        json.WritePropertyName("account"u8);
        using var account = new Utf8Buffer();
        site.Accounts.Write(account, entry.Author);
        json.WriteRawValue(account.Written, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static void WritePoll(Utf8JsonWriter json, Poll? poll)
    {
        if (poll is null) return;
        json.WriteStartObject("poll"u8);
        json.WriteStartArray("options"u8);
        foreach (var option in poll.Options)
        {
            json.WriteStartObject();
            json.WriteString("title"u8, option);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
