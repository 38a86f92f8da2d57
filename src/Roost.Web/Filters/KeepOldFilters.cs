using Roost.Services.Filters;
using Roost.Web.Http;
using Roost.Web.Notifications;

namespace Roost.Web.Filters;

/// <summary>
/// <c>/api/v1/filters</c>: the same filters as older clients know them, a keyword each, by the keyword's id.
/// </summary>
internal static class KeepOldFilters
{
    private const string Root = "/api/v1/filters";

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:filters"), Access.User("write:filters"));
        routes.Get(Root, read, ListAsync);
        routes.Post(Root, write, MakeAsync);
        routes.Get($"{Root}/{{id}}", read, async call => await ReplyAsync(call, await FindAsync(call)));
        routes.Put($"{Root}/{{id}}", write, ChangeAsync);
        routes.Delete($"{Root}/{{id}}", write, EndAsync);
    }

    private static async Task ListAsync(ApiCall call)
    {
        var filters = await KeepFilters.AllAsync(call);
        await call.ReplyAsync(
            [.. filters.SelectMany(filter => filter.Keywords.Select(keyword => OldFilterReply.Of(filter, keyword)))],
            WebJson.Default.OldFilterReplyArray);
    }

    private static async Task MakeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var phrase = parameters.Text("phrase") ?? "";
        var filter = await call.Services.Filters.Make(
            new MakeFilter(
                call.Viewer, phrase.Length > 256 ? phrase[..256] : phrase,
                FilterNames.ContextsOf(parameters) ?? FilterContexts.None,
                parameters.Flag("irreversible") is true ? FilterAction.Hide : FilterAction.Warn,
                FilterNames.ExpiryOf(parameters)?.For,
                [new KeywordEdit(0, phrase, parameters.Flag("whole_word") ?? true)]), call.Rpc);
        await ReplyAsync(call, (filter, filter.Keywords[0]));
    }

    private static async Task ChangeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var (filter, keyword) = await FindAsync(call);
        if (filter.Keywords.Count > 1)
            throw Faults.Invalid("Validation failed: That filter has several keywords; a newer client can change it");
        var changed = await call.Services.Filters.Change(
            new ChangeFilter(
                call.Viewer, filter.Id, null, FilterNames.ContextsOf(parameters),
                parameters.Flag("irreversible") is { } hides ? hides ? FilterAction.Hide : FilterAction.Warn : null,
                FilterNames.ExpiryOf(parameters),
                [new KeywordEdit(keyword.Id, parameters.Text("phrase"), parameters.Flag("whole_word"))]), call.Rpc)
            ?? throw Faults.NotFound();
        await ReplyAsync(call, (changed, changed.Keywords.First(one => one.Id == keyword.Id)));
    }

    private static async Task EndAsync(ApiCall call)
    {
        var request = new EndKeyword(call.Viewer, NoticeQuery.IdInPath(call), WithFilter: true);
        if (!await call.Services.Filters.EndKeyword(request, call.Rpc)) throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async ValueTask<(Filter Filter, FilterKeyword Keyword)> FindAsync(ApiCall call)
    {
        var id = NoticeQuery.IdInPath(call);
        foreach (var filter in await KeepFilters.AllAsync(call))
        {
            if (filter.Keywords.FirstOrDefault(one => one.Id == id) is { } keyword) return (filter, keyword);
        }
        throw Faults.NotFound();
    }

    private static Task ReplyAsync(ApiCall call, (Filter Filter, FilterKeyword Keyword) found) =>
        call.ReplyAsync(OldFilterReply.Of(found.Filter, found.Keyword), WebJson.Default.OldFilterReply);
}
