using System.Globalization;
using System.Text.Json;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Scheduled;
using Roost.Web.Http;
using Roost.Web.Media;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>/api/v1/scheduled_statuses</c>: posts that are to come at a later time, and <c>POST /api/v1/statuses</c> where it
/// says <c>scheduled_at</c>.
/// </summary>
internal static class KeepScheduled
{
    private const string TimeName = "scheduled_at";

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/scheduled_statuses", Access.User("read:statuses"), ListAsync);
        routes.Get("/api/v1/scheduled_statuses/{id}", Access.User("read:statuses"), GetAsync);
        routes.Put("/api/v1/scheduled_statuses/{id}", Access.User("write:statuses"), PutAsync);
        routes.Delete("/api/v1/scheduled_statuses/{id}", Access.User("write:statuses"), DeleteAsync);
    }

    /// <summary>When a post is to come; null for now.</summary>
    public static DateTimeOffset? TimeOf(Parameters parameters)
    {
        if (parameters.Text(TimeName) is not { Length: > 0 } text) return null;
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, styles, out var at)
            ? at
            : throw Faults.Invalid(
                $"Validation failed: {TimeName} is '{Parameters.Shortened(text)}'; send a time like "
                + "2030-01-31T18:00:00Z");
    }

    public static async Task ScheduleAsync(ApiCall call, CreatePost post, DateTimeOffset at)
    {
        // Who may not answer now will not be allowed to then, as far as anybody can tell.
        if (!post.InReplyTo.IsNone && await StatusReply.FindAsync(call, StatusReply.RefOf(post.InReplyTo)) is null)
            throw Faults.NotFound();
        if (!post.Quoted.IsNone && await StatusReply.FindAsync(call, StatusReply.RefOf(post.Quoted)) is null)
            throw Faults.NotFound();
        var poll = post.Poll is { } asked
            ? new ScheduledPoll(
                asked.Options, asked.IsMultiple, asked.HidesTotals,
                (long)Math.Round((asked.EndsAt - call.Site.Time.GetUtcNow()).TotalSeconds))
            : null;
        var draft = new ScheduledDraft(
            post.Text, post.SpoilerText, post.Sensitive, post.Visibility, post.Language, post.InReplyTo.Value,
            [.. (post.Mentions ?? []).Select(mention => mention.Value)], post.AppName, post.MediaIds, poll)
        {
            Quoted = post.Quoted.Value,
            QuotePolicy = post.QuotePolicy,
        };
        await ReplyAsync(call, await call.Services.Scheduled.Schedule(
            new SchedulePost(call.Viewer, at, draft, post.IdempotencyKey), call.Rpc));
    }

    private static async Task ListAsync(ApiCall call)
    {
        var query = call.Query;
        var oldest = query.Text("min_id") is { Length: > 0 };
        var page = await call.Services.Scheduled.List(
            new ListScheduled(
                call.Viewer, query.Cursor("max_id"), query.Cursor(oldest ? "min_id" : "since_id"), oldest,
                query.Limit(Paging.StatusesUsual, Paging.StatusesMax)), call.Rpc);
        if (page.Posts is [var first, ..]) Paging.AddLinks(call, first.Id, page.Posts[^1].Id, page.HasOlder);
        using var buffer = new Utf8Buffer();
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            json.WriteStartArray();
            foreach (var post in page.Posts) Write(json, call, post, await MediaAsync(call, post));
            json.WriteEndArray();
        }
        await call.ReplyAsync(buffer);
    }

    private static async Task GetAsync(ApiCall call) => await ReplyAsync(
        call, await call.Services.Scheduled.Get(new GetScheduled(call.Viewer, IdOf(call)), call.Rpc)
            ?? throw Faults.NotFound());

    private static async Task PutAsync(ApiCall call)
    {
        var id = IdOf(call);
        var at = TimeOf(await call.ReadParametersAsync())
            ?? throw Faults.Invalid($"Validation failed: {TimeName} can't be blank");
        await ReplyAsync(
            call, await call.Services.Scheduled.Reschedule(new Reschedule(call.Viewer, id, at), call.Rpc)
                ?? throw Faults.NotFound());
    }

    private static async Task DeleteAsync(ApiCall call)
    {
        if (!await call.Services.Scheduled.Cancel(new CancelScheduled(call.Viewer, IdOf(call)), call.Rpc))
            throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task ReplyAsync(ApiCall call, ScheduledPost post)
    {
        var media = await MediaAsync(call, post);
        using var buffer = new Utf8Buffer();
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions)) Write(json, call, post, media);
        await call.ReplyAsync(buffer);
    }

    private static async ValueTask<IReadOnlyList<MediaItem>> MediaAsync(ApiCall call, ScheduledPost post)
    {
        if (post.Draft.MediaIds.Count == 0) return [];
        var items = await call.Services.Media.Get(new GetMedia(post.Draft.MediaIds), call.Rpc);
        return [.. items.OfType<MediaItem>()];
    }

    private static void Write(
        Utf8JsonWriter json, ApiCall call, ScheduledPost post, IReadOnlyList<MediaItem> media)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, post.Id.ToString(CultureInfo.InvariantCulture));
        json.WriteString("scheduled_at"u8, TimeText.Of(post.At));
        WriteParams(json, post.Draft);
        MediaReply.WriteAll(json, media, call.Site.Options);
        json.WriteEndObject();
    }

    private static void WriteParams(Utf8JsonWriter json, ScheduledDraft draft)
    {
        json.WriteStartObject("params"u8);
        json.WriteString("text"u8, draft.Text);
        json.WriteString("spoiler_text"u8, draft.SpoilerText);
        json.WriteBoolean("sensitive"u8, draft.Sensitive);
        json.WriteString("visibility"u8, StatusRenderer.NameOf(draft.Visibility));
        json.WriteString("language"u8, draft.Language);
        if (draft.InReplyTo == 0) json.WriteNull("in_reply_to_id"u8);
        else json.WriteNumber("in_reply_to_id"u8, draft.InReplyTo);
        json.WriteStartArray("media_ids"u8);
        foreach (var id in draft.MediaIds) json.WriteStringValue(id.ToString(CultureInfo.InvariantCulture));
        json.WriteEndArray();
        WritePoll(json, draft.Poll);
        json.WriteString(
            "quoted_status_id"u8, draft.Quoted == 0 ? null : draft.Quoted.ToString(CultureInfo.InvariantCulture));
        json.WriteString("quote_approval_policy"u8, KeepQuotes.NameOf(draft.QuotePolicy));
        json.WriteNull("scheduled_at"u8);
        json.WriteNull("idempotency"u8);
        // Kept by the client API for what it once meant.
        json.WriteNumber("application_id"u8, 0);
        json.WriteBoolean("with_rate_limit"u8, false);
        json.WriteEndObject();
    }

    private static void WritePoll(Utf8JsonWriter json, ScheduledPoll? poll)
    {
        if (poll is null)
        {
            json.WriteNull("poll"u8);
            return;
        }
        json.WriteStartObject("poll"u8);
        json.WriteStartArray("options"u8);
        foreach (var option in poll.Options) json.WriteStringValue(option);
        json.WriteEndArray();
        json.WriteNumber("expires_in"u8, poll.LastsSeconds);
        json.WriteBoolean("multiple"u8, poll.IsMultiple);
        json.WriteBoolean("hide_totals"u8, poll.HidesTotals);
        json.WriteEndObject();
    }

    private static long IdOf(ApiCall call) => long.TryParse(
        (string?)call.Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Faults.NotFound();
}
