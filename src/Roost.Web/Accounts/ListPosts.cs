using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Search;
using Roost.Web.Statuses;
using Roost.Web.Timelines;

namespace Roost.Web.Accounts;

/// <summary><c>GET /api/v1/accounts/:id/statuses</c>: an account's posts and boosts, newest first.</summary>
internal static class ListPosts
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/{id}/statuses", Access.AnyoneBut("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var query = call.Query;
        var request = new AccountTimeline(
            call.Viewer, call.AccountIdInPath(), Paging.RangeOf(query),
            query.Flag("exclude_replies") is true, query.Flag("exclude_reblogs") is true,
            query.Flag("only_media") is true);

        var found = await call.Services.Users.Get(new GetAccounts([request.Account]), call.Rpc);
        if (found[0] is null) throw Faults.NotFound();
        if (query.Flag("pinned") is true)
        {
            await PinnedAsync(call, request.Account);
            return;
        }
        if (query.Text("tagged") is { Length: > 0 } tag)
        {
            await TaggedAsync(call, request, tag.TrimStart('#'));
            return;
        }
        var page = await call.Services.Timelines.Account(request, call.Rpc);
        await PostPage.ReplyAsync(call, page);
    }

    /// <summary>Boosts have no words of their own, so none are found.</summary>
    private static async Task TaggedAsync(ApiCall call, AccountTimeline request, string tag)
    {
        var range = PostPages.RangeOf(call, Paging.StatusesUsual, Paging.StatusesMax);
        var tagged = new FindTagged(call.Viewer, [tag], [], [], request.OnlyMedia, range) { Author = request.Account };
        var page = await PostPages.ReadAsync(
            call, range, next => call.Services.Search.Tagged(tagged with { Range = next }, call.Rpc),
            entry => !request.ExcludeReplies || entry.Post.Ref.Answered.IsNone
                || entry.Post.Ref.Answered == entry.Post.Author,
            isChosenList: true);
        await PostPage.ReplyAsync(call, page);
    }

    /// <summary>The few that can be pinned are one page, pinned last first.</summary>
    private static async Task PinnedAsync(ApiCall call, AccountId account)
    {
        var range = new RelationRange(Limit: MarkPost.PinsMax);
        var page = await call.Services.Marks.Marked(new ListMarked(account, MarkedKind.Pins, range), call.Rpc);
        await PostPage.WriteAsync(call, await ListMarkedStatuses.EntriesAsync(call, page));
    }
}
