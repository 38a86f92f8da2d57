using Roost.Engine.Ids;
using Roost.Services.Filters;
using Roost.Web.Http;
using Roost.Web.Notifications;
using Roost.Web.Statuses;

namespace Roost.Web.Filters;

/// <summary>
/// <c>/api/v2/filters</c>, their keywords (<c>/filters/:id/keywords</c>, <c>/filters/keywords/:id</c>) and posts
/// (<c>/filters/:id/statuses</c>, <c>/filters/statuses/:id</c>).
/// </summary>
internal static class KeepFilters
{
    private const string Root = "/api/v2/filters";

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:filters"), Access.User("write:filters"));
        routes.Get(Root, read, async call => await call.ReplyAsync(
            Array.ConvertAll(await AllAsync(call), FilterReply.Of), WebJson.Default.FilterReplyArray));
        routes.Post(Root, write, MakeAsync);
        routes.Get($"{Root}/{{id}}", read, async call => await ReplyAsync(call, await FindAsync(call)));
        routes.Put($"{Root}/{{id}}", write, ChangeAsync);
        routes.Delete($"{Root}/{{id}}", write, EndAsync);

        routes.Get($"{Root}/{{id}}/keywords", read, async call => await call.ReplyAsync(
            [.. (await FindAsync(call)).Keywords.Select(FilterKeywordReply.Of)],
            WebJson.Default.FilterKeywordReplyArray));
        routes.Post($"{Root}/{{id}}/keywords", write, AddKeywordAsync);
        routes.Get($"{Root}/keywords/{{id}}", read, GetKeywordAsync);
        routes.Put($"{Root}/keywords/{{id}}", write, ChangeKeywordAsync);
        routes.Delete($"{Root}/keywords/{{id}}", write, EndKeywordAsync);

        routes.Get($"{Root}/{{id}}/statuses", read, async call => await call.ReplyAsync(
            [.. (await FindAsync(call)).Posts.Select(FilterStatusReply.Of)],
            WebJson.Default.FilterStatusReplyArray));
        routes.Post($"{Root}/{{id}}/statuses", write, AddPostAsync);
        routes.Get($"{Root}/statuses/{{id}}", read, GetPostAsync);
        routes.Delete($"{Root}/statuses/{{id}}", write, EndPostAsync);
    }

    public static async ValueTask<Filter[]> AllAsync(ApiCall call) =>
        await call.Services.Filters.All(new ListFilters(call.Viewer), call.Rpc);

    private static async Task MakeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var request = new MakeFilter(
            call.Viewer, parameters.Text("title") ?? "", FilterNames.ContextsOf(parameters) ?? FilterContexts.None,
            FilterNames.ActionOf(parameters) ?? FilterAction.Warn, FilterNames.ExpiryOf(parameters)?.For,
            KeywordEdits.Read(parameters));
        await ReplyAsync(call, await call.Services.Filters.Make(request, call.Rpc));
    }

    private static async Task ChangeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var request = new ChangeFilter(
            call.Viewer, NoticeQuery.IdInPath(call), parameters.Text("title"), FilterNames.ContextsOf(parameters),
            FilterNames.ActionOf(parameters), FilterNames.ExpiryOf(parameters), KeywordEdits.Read(parameters));
        await ReplyAsync(call, await call.Services.Filters.Change(request, call.Rpc) ?? throw Faults.NotFound());
    }

    private static async Task EndAsync(ApiCall call)
    {
        if (!await call.Services.Filters.End(new EndFilter(call.Viewer, NoticeQuery.IdInPath(call)), call.Rpc))
            throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task AddKeywordAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var request = new AddKeyword(
            call.Viewer, NoticeQuery.IdInPath(call), parameters.Text("keyword") ?? "",
            parameters.Flag("whole_word") is true);
        await ReplyAsync(call, await call.Services.Filters.AddKeyword(request, call.Rpc));
    }

    private static async Task GetKeywordAsync(ApiCall call)
    {
        var id = NoticeQuery.IdInPath(call);
        await ReplyAsync(
            call, (await AllAsync(call)).SelectMany(one => one.Keywords).FirstOrDefault(one => one.Id == id));
    }

    private static async Task ChangeKeywordAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var request = new ChangeKeyword(
            call.Viewer, NoticeQuery.IdInPath(call), parameters.Text("keyword"), parameters.Flag("whole_word"));
        await ReplyAsync(call, await call.Services.Filters.ChangeKeyword(request, call.Rpc));
    }

    private static async Task EndKeywordAsync(ApiCall call)
    {
        var request = new EndKeyword(call.Viewer, NoticeQuery.IdInPath(call));
        if (!await call.Services.Filters.EndKeyword(request, call.Rpc)) throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task AddPostAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        if (!PostId.TryParse(parameters.Text("status_id"), out var post)
            || await StatusReply.FindAsync(call, StatusReply.RefOf(post)) is null)
            throw Faults.NotFound();
        var request = new AddFilteredPost(call.Viewer, NoticeQuery.IdInPath(call), post);
        await ReplyAsync(call, await call.Services.Filters.AddPost(request, call.Rpc));
    }

    private static async Task GetPostAsync(ApiCall call)
    {
        var id = NoticeQuery.IdInPath(call);
        await ReplyAsync(
            call, (await AllAsync(call)).SelectMany(one => one.Posts).FirstOrDefault(one => one.Id == id));
    }

    private static async Task EndPostAsync(ApiCall call) => await ReplyAsync(
        call, await call.Services.Filters.EndPost(
            new EndFilteredPost(call.Viewer, NoticeQuery.IdInPath(call)), call.Rpc));

    private static async ValueTask<Filter> FindAsync(ApiCall call)
    {
        var id = NoticeQuery.IdInPath(call);
        return Array.Find(await AllAsync(call), one => one.Id == id) ?? throw Faults.NotFound();
    }

    private static Task ReplyAsync(ApiCall call, Filter filter) =>
        call.ReplyAsync(FilterReply.Of(filter), WebJson.Default.FilterReply);

    private static Task ReplyAsync(ApiCall call, FilterKeyword? keyword) => call.ReplyAsync(
        FilterKeywordReply.Of(keyword ?? throw Faults.NotFound()), WebJson.Default.FilterKeywordReply);

    private static Task ReplyAsync(ApiCall call, FilteredPost? post) => call.ReplyAsync(
        FilterStatusReply.Of(post ?? throw Faults.NotFound()), WebJson.Default.FilterStatusReply);
}
