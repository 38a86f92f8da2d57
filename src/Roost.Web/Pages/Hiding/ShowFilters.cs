using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages.Hiding;

/// <summary><c>/settings/filters</c>: one's filters; <c>/settings/filters/new</c> and <c>/settings/filters/:id</c>: the
/// form for one, which comes back with all that was typed when something is wrong with it.</summary>
internal static class ShowFilters
{
    public const string Path = "/settings/filters";
    public const string NewPath = Path + "/new";

    private const string OnePath = Path + "/{id:long}";

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, ListAsync);
        routes.Get(NewPath, call => call.AsksToSignIn() ? Task.CompletedTask : ShowAsync(call, null, FilterDraft.New));
        routes.Post(NewPath, MakeAsync);
        routes.Get(OnePath, EditAsync);
        routes.Post(OnePath, ChangeAsync);
        routes.Post(OnePath + "/delete", EndAsync);
        routes.Post(OnePath + "/posts", TakeOutAsync);
    }

    public static string UrlOf(long id) => $"{Path}/{id.ToString(CultureInfo.InvariantCulture)}";

    private static async Task ListAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var filters = await call.Services.Filters.All(new ListFilters(call.ViewerId), call.Rpc);
        var done = call.Http.Request.Query["done"].ToString() switch
        {
            "made" => call.T("The filter is made."),
            "changed" => call.T("The filter is changed."),
            "removed" => call.T("The filter is gone."),
            _ => null,
        };
        await call.ShowAsync<FiltersPage>(
            new FiltersModel(call.Frame(call.T("Filters")) with { Here = Path }, filters, done));
    }

    private static async Task EditAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var filter = await FindAsync(call);
        await ShowAsync(call, filter, FilterDraft.Of(filter));
    }

    private static async Task ShowAsync(PageCall call, Filter? filter, FilterDraft draft)
    {
        var posts = filter?.Posts ?? [];
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [.. posts.Select(one => StatusReply.RefOf(one.Post))], ByName: true),
            call.Rpc);
        var title = filter is null ? call.T("A new filter") : call.T("The filter {0}", filter.Title);
        await call.ShowAsync<EditFilterPage>(
            new EditFilterModel(
                call.Frame(title) with { Here = filter is null ? NewPath : UrlOf(filter.Id) }, draft,
                [.. posts.Zip(entries).Select(pair => new FilteredPostLine(pair.First.Id, pair.Second))]),
            draft.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task MakeAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var draft = FilterDraft.Read(form, null);
        await TryAsync(call, null, draft, "made", async () => await call.Services.Filters.Make(
            new MakeFilter(viewer.Id, draft.Title, draft.Contexts, draft.Action, draft.Expiry?.For, draft.Edits),
            call.Rpc));
    }

    private static async Task ChangeAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var filter = await FindAsync(call);
        var draft = FilterDraft.Read(form, filter);
        await TryAsync(call, filter, draft, "changed", async () => _ = await call.Services.Filters.Change(
            new ChangeFilter(
                viewer.Id, filter.Id, draft.Title, draft.Contexts, draft.Action, draft.Expiry, draft.Edits),
            call.Rpc) ?? throw Gone());
    }

    private static async Task TryAsync(
        PageCall call, Filter? filter, FilterDraft draft, string done, Func<Task> keep)
    {
        var problem = ProblemOf(draft, filter?.Posts.Count ?? 0);
        try
        {
            if (problem is null)
            {
                await keep();
                call.GoTo($"{Path}?done={done}");
                return;
            }
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            problem = (FilterDraft.FieldOf(refusal.Field), Faults.InWords(refusal));
        }
        var (field, text) = problem.Value;
        await ShowAsync(call, filter, draft with { Problem = (field, call.Language.Problem(text)) });
    }

    /// <summary>What is missing, in English, and in which field; null when nothing is.</summary>
    private static (string Field, string Text)? ProblemOf(FilterDraft draft, int posts) =>
        draft.Title.Length == 0 ? ("title", "Give the filter a name.")
        : draft.Edits.All(edit => edit.IsEnded) && posts == 0
            ? ("more", "Write a word or a phrase: a filter without any finds nothing.")
        : draft.Contexts == FilterContexts.None ? ("context", "Choose where it holds: otherwise it does nothing.")
        : null;

    private static async Task EndAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        if (!await call.Services.Filters.End(new EndFilter(viewer.Id, IdIn(call)), call.Rpc)) throw Gone();
        call.GoTo(Path + "?done=removed");
    }

    private static async Task TakeOutAsync(PageCall call, Parameters form)
    {
        var filter = await FindAsync(call);
        var id = form.Cursor("id");
        if (filter.Posts.All(post => post.Id != id)) throw Gone();
        await call.Services.Filters.EndPost(new EndFilteredPost(call.ViewerId, id), call.Rpc);
        call.GoTo(UrlOf(filter.Id));
    }

    private static async ValueTask<Filter> FindAsync(PageCall call)
    {
        var viewer = call.SignedIn();
        var filters = await call.Services.Filters.All(new ListFilters(viewer.Id), call.Rpc);
        return Array.Find(filters, one => one.Id == IdIn(call)) ?? throw Gone();
    }

    private static long IdIn(PageCall call) =>
        long.Parse((string)call.Http.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    private static ServiceException Gone() => new(ErrorCode.NotFound, "You have no such filter.");
}
