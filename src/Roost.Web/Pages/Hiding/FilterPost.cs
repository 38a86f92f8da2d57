using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages.Hiding;

/// <summary><c>/posts/:id/filter</c>: puts one post, whatever it says, into a filter that the reader has or makes for
/// it.</summary>
internal static class FilterPost
{
    private const string Path = "/posts/{id}/filter";

    private const FilterContexts Everywhere = FilterContexts.Home | FilterContexts.Notifications
        | FilterContexts.Public | FilterContexts.Thread | FilterContexts.Account;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => call.AsksToSignIn()
            ? Task.CompletedTask
            : ShowAsync(
                call, 0, Typed.Nothing, Parameters.OfQuery(call.Http.Request).Text("return_to")));
        routes.Post(Path, PutAsync);
    }

    public static string UrlOf(PostId post, string returnTo) =>
        $"/posts/{post}/filter?return_to={Uri.EscapeDataString(returnTo)}";

    private static async Task ShowAsync(PageCall call, long chosen, Typed title, string? returnTo)
    {
        var entry = await FindAsync(call);
        var filters = await call.Services.Filters.All(new ListFilters(call.ViewerId), call.Rpc);
        await call.ShowAsync<FilterPostPage>(
            new FilterPostModel(
                call.Frame(call.T("Filter this post")), entry, filters, chosen, title,
                PageCall.LocalPath(returnTo) ?? "/"),
            title.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task PutAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var entry = await FindAsync(call);
        var filter = form.Cursor("filter");
        var title = (form.Text("title") ?? "").Trim();
        try
        {
            if (filter == 0)
            {
                if (title.Length == 0) throw Faults.Invalid("Give the filter a name.");
                filter = (await call.Services.Filters.Make(
                    new MakeFilter(viewer.Id, title, Everywhere, FilterAction.Warn, null, []), call.Rpc)).Id;
            }
            if (await call.Services.Filters.AddPost(
                new AddFilteredPost(viewer.Id, filter, entry.Post.Id), call.Rpc) is null)
            {
                throw new ServiceException(ErrorCode.NotFound, "You have no such filter.");
            }
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await ShowAsync(call, filter, new Typed(title, call.InWords(refusal)), form.Text("return_to"));
            return;
        }
        call.GoBack(form);
    }

    private static async ValueTask<TimelineEntry> FindAsync(PageCall call)
    {
        var text = (string?)call.Http.Request.RouteValues["id"];
        var entries = PostId.TryParse(text, out var id)
            ? await call.Services.Timelines.Hydrate(
                new HydratePosts(call.ViewerId, [StatusReply.RefOf(id)], ByName: true), call.Rpc)
            : [null];
        return entries[0] ?? throw new ServiceException(
            ErrorCode.NotFound, "That post is not there, or is not for everybody to see.");
    }
}
