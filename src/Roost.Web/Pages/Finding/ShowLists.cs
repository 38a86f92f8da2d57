using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Lists;
using Roost.Web.Streaming;

namespace Roost.Web.Pages.Finding;

/// <summary>
/// <c>/lists</c>: one's lists, and a form for a new one; <c>/lists/:id</c>: the timeline of one;
/// <c>/lists/:id/edit</c>: its name, what it shows, and who is on it. All without a script.
/// </summary>
internal static class ShowLists
{
    private const string Path = "/lists";

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => call.AsksToSignIn() ? Task.CompletedTask : AllAsync(call));
        routes.Post(Path, MakeAsync);
        routes.Get(Path + "/{id}", ShowAsync);
        routes.Get(Path + "/{id}/edit", call => call.AsksToSignIn() ? Task.CompletedTask : EditAsync(call));
        routes.Post(Path + "/{id}/edit", ChangeAsync);
        routes.Post(Path + "/{id}/delete", EndAsync);
        routes.Post(Path + "/{id}/members/add", (call, form) => PutAsync(call, form, isAdded: true));
        routes.Post(Path + "/{id}/members/remove", (call, form) => PutAsync(call, form, isAdded: false));
    }

    private static async Task AllAsync(PageCall call, string? problem = null, string title = "")
    {
        var lists = await call.Services.Lists.All(new GetLists(call.SignedIn().Id), call.Rpc);
        await call.ShowAsync<ListsPage>(
            new ListsModel(call.Frame(call.T("Lists"), problem) with { Here = Path }, lists, title),
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task MakeAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var title = form.Text("title") ?? "";
        try
        {
            var list = await call.Services.Lists.Make(new MakeList(viewer.Id, title), call.Rpc);
            call.GoTo($"{Path}/{list.Id}/edit");
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await AllAsync(call, call.InWords(refusal), title);
        }
    }

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var list = await FindAsync(call);
        var before = Parameters.OfQuery(call.Http.Request).Post("max_id");
        var live = before.IsNone
            ? await call.ListenAsync(OpenPageStream.OfList(list.Id), FilterContexts.Home)
            : null;
        var page = await call.Services.Timelines.List(
            new ListTimeline(call.ViewerId, list.Id, new PageRange(before)), call.Rpc) ?? throw Gone();
        await call.ShowAsync<ListPage>(new ListModel(
            call.Frame(list.Title), list, page.Entries, before.IsNone,
            FrontPage.OlderUrl($"{Path}/{list.Id}", page))
        {
            Live = live,
        });
    }

    private static async Task EditAsync(PageCall call, string? problem = null, string typed = "")
    {
        var list = await FindAsync(call);
        var page = await call.Services.Relations.List(
            new ListRelations(call.ViewerId, RelationKind.ListMembers, new RelationRange(Limit: 0), list.Id), call.Rpc);
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. page.Items.Select(item => item.Account)]), call.Rpc);
        await call.ShowAsync<EditListPage>(
            new EditListModel(
                call.Frame(list.Title, problem) with { Here = $"{Path}/{list.Id}/edit" }, list,
                [.. views.OfType<AccountView>()], typed),
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task ChangeAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var request = new ChangeList(
            viewer.Id, IdIn(call), form.Text("title"), ListReply.RepliesOf(form), form.Flag("exclusive") is true);
        try
        {
            var list = await call.Services.Lists.Change(request, call.Rpc) ?? throw Gone();
            call.GoTo($"{Path}/{list.Id}");
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await EditAsync(call, call.InWords(refusal));
        }
    }

    private static async Task EndAsync(PageCall call, Parameters form)
    {
        if (!await call.Services.Lists.End(new EndList(call.SignedIn().Id, IdIn(call)), call.Rpc)) throw Gone();
        call.GoTo(Path);
    }

    private static async Task PutAsync(PageCall call, Parameters form, bool isAdded)
    {
        var viewer = call.SignedIn();
        var typed = (form.Text("name") ?? "").Trim();
        try
        {
            var other = await FollowForm.FindAsync(call, typed)
                ?? throw new ServiceException(ErrorCode.NotFound, FollowForm.NobodyIs(typed));
            AccountId[] members = [other.Id];
            var request = new ChangeMembers(viewer.Id, IdIn(call), members, isAdded);
            if (!await call.Services.Lists.Members(request, call.Rpc)) throw Gone();
            call.GoTo($"{Path}/{IdIn(call)}/edit");
        }
        catch (ServiceException refusal) when (refusal.Code is ErrorCode.Invalid or ErrorCode.NotFound)
        {
            var problem = refusal.Code == ErrorCode.NotFound && refusal.Message == "Record not found"
                ? call.T("You do not follow {0}: only people whom you follow can be on a list.", typed)
                : call.InWords(refusal);
            await EditAsync(call, problem, typed);
        }
    }

    private static async ValueTask<AccountList> FindAsync(PageCall call) =>
        await call.Services.Lists.Get(new GetList(call.SignedIn().Id, IdIn(call)), call.Rpc) ?? throw Gone();

    private static long IdIn(PageCall call) => long.TryParse(
        (string?)call.Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Gone();

    private static ServiceException Gone() => new(ErrorCode.NotFound, "You have no such list.");
}
