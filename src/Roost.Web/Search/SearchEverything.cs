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

    private static readonly OutlinedPage _noPosts = new([], [], [], HasOlder: false);

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
                IsWanted("statuses") ? await PostsAsync(call, text) : _noPosts,
                IsWanted("hashtags") ? await TagsAsync(call, text) : []);
        await ReplyAsync(call, found);

        bool IsWanted(string one) => string.IsNullOrEmpty(type) || type == one;
    }

    private static async Task<Found> ResolveAsync(ApiCall call, string name, PostId id)
    {
        if (id.IsNone)
            return new Found(await SearchAccounts.FindAsync(call, "@" + name, false, 0, 1), _noPosts, []);
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.Viewer, [StatusReply.RefOf(id)], ByName: true), call.Rpc);
        var page = new TimelinePage([.. entries.OfType<TimelineEntry>()], false);
        return new Found([], OutlinedPage.Of(page) with { Filtered = page }, []);
    }

    private static Task<AccountView?[]> AccountsAsync(ApiCall call, string text) => SearchAccounts.FindAsync(
        call, text, call.Query.Flag("following") is true, SearchRequests.Offset(call), call.Query.Limit(Usual, Max));

    /// <summary>Apps send whatever was typed, a smiley or half a query: of what cannot be read the words are looked
    /// for, and a header says what is wrong.</summary>
    private static Task<OutlinedPage> PostsAsync(ApiCall call, string text)
    {
        if (QueryParser.Parse(text).Error is { } error)
            call.Http.Response.Headers[PostPages.WrongQueryHeader] = InAscii(error.ToString());
        var author = call.Query.Cursor("account_id");
        var range = PostPages.RangeOf(call, Usual, Max) with { ByRelevance = call.Query.Text("sort") == ByRelevance };
        var request = new FindPosts(call.Viewer, text, new AccountId((int)Math.Min(author, int.MaxValue)), range)
        {
            WordsOtherwise = true,
        };
        return PostPages.ReadOutlineAsync(
            call, range, next => call.Services.Search.Posts(request with { Range = next }, call.Rpc));
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
        using var buffer = new Utf8Buffer(found.Posts == _noPosts ? 4_096 : Utf8Buffer.PageBytes);
        buffer.Write("{\"accounts\":"u8);
        AccountPage.Write(call.Site.Accounts, buffer, found.Accounts);
        buffer.Write(",\"statuses\":"u8);
        await call.Site.OutlinedPages.WriteAsync(buffer, found.Posts, call.Viewer, call.Rpc);
        buffer.Write(",\"hashtags\":"u8);
        WriteTags(buffer, tags);
        buffer.Write(",\"collections\":[]}"u8);
        await call.ReplyAsync(buffer);
    }

    private static void WriteTags(Utf8Buffer buffer, TagReply[] tags)
    {
        if (tags.Length == 0)
        {
            buffer.Write("[]"u8);
            return;
        }
        using var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions);
        JsonSerializer.Serialize(json, tags, WebJson.Default.TagReplyArray);
    }

    private sealed record Found(IReadOnlyList<AccountView?> Accounts, OutlinedPage Posts, TagUses[] Tags);
}
