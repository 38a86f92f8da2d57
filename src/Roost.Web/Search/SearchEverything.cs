using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Engine.Search.Queries;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Search;

/// <summary>
/// <c>GET /api/v2/search?q=</c>: accounts, posts and hashtags at once, or one <c>type</c> of them page by page. The
/// address of a post or account of this server finds just that. Posts come newest first, as Mastodon has it, or with
/// <c>sort=relevance</c> what matters most first; go on by <c>offset</c> then.
/// </summary>
internal static class SearchEverything
{
    private const int Usual = 20;
    private const int Max = 40;
    private const string ByRelevance = "relevance";

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v2/search", Access.AnyoneBut("read:search"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        if (call.Query.Text("q")?.Trim() is not { Length: > 0 } text)
            throw Faults.Invalid("q is missing; send what to look for.");
        var type = call.Query.Text("type");
        if (type is not (null or "" or "accounts" or "statuses" or "hashtags"))
            throw Faults.Invalid($"type is '{Parameters.Shortened(type)}'; send accounts, statuses or hashtags.");
        var sort = call.Query.Text("sort");
        if (sort is not (null or "" or "newest" or ByRelevance))
            throw Faults.Invalid($"sort is '{Parameters.Shortened(sort)}'; send newest or {ByRelevance}.");
        var found = SearchRequests.IsAddress(text, call.Site, out var name, out var id)
            ? await ResolveAsync(call, name, id)
            : new Found(
                IsWanted("accounts") ? await AccountsAsync(call, text) : [],
                IsWanted("statuses") ? await PostsAsync(call, text) : [],
                IsWanted("hashtags") ? await TagsAsync(call, text) : []);
        await ReplyAsync(call, found);

        bool IsWanted(string one) => string.IsNullOrEmpty(type) || type == one;
    }

    private static async Task<Found> ResolveAsync(ApiCall call, string name, PostId id)
    {
        if (id.IsNone)
            return new Found(await SearchAccounts.FindAsync(call, "@" + name, false, 0, 1), [], []);
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.Viewer, [StatusReply.RefOf(id)], ByName: true), call.Rpc);
        return new Found([], [.. entries.OfType<TimelineEntry>()], []);
    }

    private static Task<AccountView?[]> AccountsAsync(ApiCall call, string text) => SearchAccounts.FindAsync(
        call, text, call.Query.Flag("following") is true, SearchRequests.Offset(call), call.Query.Limit(Usual, Max));

    /// <summary>Apps send whatever was typed, a smiley or half a query: of what cannot be read the words are looked
    /// for, and a header says what is wrong.</summary>
    private static async Task<IReadOnlyList<TimelineEntry>> PostsAsync(ApiCall call, string text)
    {
        if (QueryParser.Parse(text).Error is { } error)
            call.Http.Response.Headers[PostPages.WrongQueryHeader] = InAscii(error.ToString());
        var author = call.Query.Cursor("account_id");
        var range = PostPages.RangeOf(call, Usual, Max) with { ByRelevance = call.Query.Text("sort") == ByRelevance };
        var request = new FindPosts(call.Viewer, text, new AccountId((int)Math.Min(author, int.MaxValue)), range)
        {
            WordsOtherwise = true,
        };
        var page = await PostPages.ReadAsync(
            call, range, next => call.Services.Search.Posts(request with { Range = next }, call.Rpc),
            entry => entry.IsFindableBy(call.Viewer));
        return page.Entries;
    }

    private static string InAscii(string text) => string.Create(text.Length, text, (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
    });

    private static async Task<TagUses[]> TagsAsync(ApiCall call, string text) => await call.Services.Search.Tags(
        new FindTags(text, SearchRequests.Offset(call), call.Query.Limit(Usual, Max)), call.Rpc);

    private static async Task ReplyAsync(ApiCall call, Found found)
    {
        var tags = await TagReply.OfAsync(found.Tags, call);
        using var buffer = new Utf8Buffer();
        buffer.Write("{\"accounts\":"u8);
        AccountPage.Write(call.Site.Accounts, buffer, found.Accounts);
        buffer.Write(",\"statuses\":"u8);
        call.Site.Statuses.WritePage(buffer, found.Posts, call.Viewer);
        buffer.Write(",\"hashtags\":"u8);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
            JsonSerializer.Serialize(json, tags, WebJson.Default.TagReplyArray);
        buffer.Write(",\"collections\":[]}"u8);
        await call.ReplyAsync(buffer);
    }

    private sealed record Found(
        IReadOnlyList<AccountView?> Accounts, IReadOnlyList<TimelineEntry> Posts, TagUses[] Tags);
}
