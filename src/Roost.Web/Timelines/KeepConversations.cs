using System.Globalization;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Conversations;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Timelines;

/// <summary>
/// <c>GET /api/v1/conversations</c>, <c>POST …/:id/read</c>, <c>DELETE …/:id</c>: direct posts by who takes part; and
/// the older <c>GET /api/v1/timelines/direct</c>, which has the posts alone.
/// </summary>
/// <remarks>A conversation whose last post its reader may not see any more, or not wants to (a block, a mute), is left
/// out: so a page may be shorter than what was asked for.</remarks>
internal static class KeepConversations
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/conversations", Access.User("read:statuses"), ListAsync);
        routes.Post("/api/v1/conversations/{id}/read", Access.User("write:conversations"), ReadAsync);
        routes.Delete("/api/v1/conversations/{id}", Access.User("write:conversations"), EndAsync);
        routes.Get("/api/v1/timelines/direct", Access.User("read:statuses"), DirectAsync);
    }

    private static async Task ListAsync(ApiCall call)
    {
        var page = await call.Services.Conversations.List(
            new ListConversations(call.Viewer, RangeOf(call.Query)), call.Rpc);
        if (page.Conversations is [var first, ..])
        {
            var last = page.Conversations[^1];
            Paging.AddLinks(call, first.LastPost.Value, last.LastPost.Value, page.HasOlder);
        }
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            json.WriteStartArray();
            await WriteAsync(call, json, page.Conversations, withHidden: false);
            json.WriteEndArray();
        }
        await call.ReplyAsync(buffer);
    }

    private static async Task ReadAsync(ApiCall call)
    {
        var conversation = await call.Services.Conversations.Read(
            new ReadConversation(call.Viewer, IdOf(call)), call.Rpc) ?? throw Faults.NotFound();
        using var buffer = new Utf8Buffer();
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
            await WriteAsync(call, json, [conversation], withHidden: true);
        await call.ReplyAsync(buffer);
    }

    private static async Task EndAsync(ApiCall call)
    {
        if (!await call.Services.Conversations.End(new EndConversation(call.Viewer, IdOf(call)), call.Rpc))
            throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task DirectAsync(ApiCall call)
    {
        var page = await call.Services.Conversations.Direct(
            new ListDirect(call.Viewer, RangeOf(call.Query)), call.Rpc);
        if (page.Posts is [var first, ..]) Paging.AddLinks(call, first.Value, page.Posts[^1].Value, page.HasOlder);
        var entries = await HydrateAsync(call, page.Posts);
        await PostPage.WriteAsync(call, [.. entries.OfType<TimelineEntry>()]);
    }

    private static async ValueTask WriteAsync(
        ApiCall call, Utf8JsonWriter json, IReadOnlyList<Conversation> conversations, bool withHidden)
    {
        var entries = await HydrateAsync(call, [.. conversations.Select(one => one.LastPost)]);
        // Who talks to nobody else is shown with themselves.
        AccountId[][] people = [.. conversations.Select(
            one => one.Others.Count == 0 ? [call.Viewer] : one.Others.ToArray())];
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. people.SelectMany(ids => ids)]), call.Rpc);
        var at = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            var accounts = views.AsMemory(at, people[i].Length);
            at += people[i].Length;
            if (withHidden || entries[i] is not null)
            {
                Write(
                    call.Site, json,
                    new ShownConversation(call.Viewer, conversations[i], accounts.ToArray(), entries[i]));
            }
        }
    }

    /// <summary>Writes the client API's Conversation entity.</summary>
    public static void Write(Site site, Utf8JsonWriter json, ShownConversation shown)
    {
        var (viewer, conversation, people, last) = shown;
        using var part = new Utf8Buffer();
        json.WriteStartObject();
        json.WriteString("id"u8, conversation.Id.ToString(CultureInfo.InvariantCulture));
        json.WriteBoolean("unread"u8, conversation.IsUnread);
        json.WritePropertyName("accounts"u8);
        AccountPage.Write(site.Accounts, part, people);
        json.WriteRawValue(part.Written, skipInputValidation: true);
        json.WritePropertyName("last_status"u8);
        if (last is null)
        {
            json.WriteNullValue();
        }
        else
        {
            part.Truncate(0);
            site.Statuses.Write(part, last, viewer);
            json.WriteRawValue(part.Written, skipInputValidation: true);
        }
        json.WriteEndObject();
    }

    private static ValueTask<TimelineEntry?[]> HydrateAsync(ApiCall call, IReadOnlyList<PostId> ids) =>
        call.Services.Timelines.Hydrate(
            new HydratePosts(call.Viewer, [.. ids.Select(StatusReply.RefOf)]), call.Rpc);

    private static DirectRange RangeOf(Parameters query)
    {
        var range = Paging.RangeOf(query);
        return new DirectRange(range.Before, range.After, range.Oldest, range.Limit);
    }

    private static long IdOf(ApiCall call) => long.TryParse(
        (string?)call.Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Faults.NotFound();
}

/// <param name="People">Who takes part; null where an account is gone.</param>
/// <param name="Last">Its newest post, or null where the viewer may not see it.</param>
internal readonly record struct ShownConversation(
    AccountId Viewer, Conversation Conversation, IReadOnlyList<AccountView?> People, TimelineEntry? Last);
