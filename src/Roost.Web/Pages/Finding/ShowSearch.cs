using Microsoft.AspNetCore.Http;
using Roost.Engine.Search.Queries;
using Roost.Rpc;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Search;

namespace Roost.Web.Pages.Finding;

/// <summary><c>GET /search?q=</c>: posts, people and hashtags at once, or one <c>type</c> of them page by page. The
/// address of a post or account of this server leads there.</summary>
internal static class ShowSearch
{
    private const string Path = "/search";
    private const int TextMax = 400;
    private const int PeopleAtOnce = 5;
    private const int PeoplePerPage = 40;
    private const int TagsMax = 20;

    public static void Map(PageRoutes routes) => routes.Get(Path, RunAsync);

    private static async Task RunAsync(PageCall call)
    {
        var query = Parameters.OfQuery(call.Http.Request);
        var text = (query.Text("q") ?? "").Trim();
        var type = query.Text("type") is "posts" or "people" or "hashtags" ? query.Text("type")! : "";
        if (text.Length > TextMax) text = text[..TextMax];
        if (SearchRequests.IsAddress(text, call.Site, out var name, out var id))
        {
            call.GoTo(id.IsNone ? $"/@{Uri.EscapeDataString(name)}" : $"/@{Uri.EscapeDataString(name)}/{id}");
            return;
        }
        var empty = new SearchModel(call.Frame(call.T("Search")), text, type, [], [], [], [], null, false);
        if (text.Length == 0)
        {
            var trending = await call.Services.Search.TrendingTags(new GetTrends(0, TagsMax), call.Rpc);
            await call.ShowAsync<SearchPage>(empty with { Trending = trending });
            return;
        }
        var (found, problem) = await TryFindAsync(call, query, empty);
        var frame = call.Frame(call.T("Search: {0}", text), problem);
        await call.ShowAsync<SearchPage>(
            found with { Frame = frame },
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>What the services refuse is told above the form, too.</summary>
    private static async ValueTask<(SearchModel Found, string? Problem)> TryFindAsync(
        PageCall call, Parameters query, SearchModel model)
    {
        try
        {
            return await FindAsync(call, query, model);
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            return (model, call.InWords(refusal));
        }
    }

    private static async ValueTask<(SearchModel Found, string? Problem)> FindAsync(
        PageCall call, Parameters query, SearchModel model)
    {
        var (text, type) = (model.Query, model.Type);
        string? problem = null;
        if (type is "" or "people") model = await WithPeopleAsync(call, query, model);
        if (type is "" or "hashtags")
        {
            var isName = !text.Contains(' ', StringComparison.Ordinal);
            var tags = isName ? await call.Services.Search.Tags(new FindTags(text, 0, TagsMax), call.Rpc) : [];
            model = model with { Tags = tags };
        }
        if (type is "" or "posts")
        {
            // Who looks for everything typed a name, perhaps; what is wrong is told where it is about posts, or where
            // nothing else was found.
            var isRead = QueryParser.Parse(text).Error is not { } error;
            if (isRead) model = await WithPostsAsync(call, query, model);
            else if (type == "posts" || (model.People.Count == 0 && model.Tags.Count == 0))
                problem = call.Language.Problem($"The query cannot be read. {QueryParser.Parse(text).Error}");
        }
        return (model, problem);
    }

    private static async ValueTask<SearchModel> WithPeopleAsync(PageCall call, Parameters query, SearchModel model)
    {
        var isAlone = model.Type == "people";
        var offset = isAlone ? (int)Math.Min(query.Cursor("offset"), 10_000) : 0;
        var limit = isAlone ? PeoplePerPage : PeopleAtOnce;
        var name = model.Query.Contains('@', StringComparison.Ordinal)
            ? GetAccount.LocalName(model.Query, call.Options)
            : null;
        var ids = await call.Services.Search.People(
            new FindPeople(call.ViewerId, name is null ? model.Query : "@" + name, false, offset, limit), call.Rpc);
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts(ids), call.Rpc);
        return model with
        {
            People = [.. views.OfType<AccountView>()],
            OlderUrl = isAlone && ids.Length == limit ? UrlOf(model) + $"&offset={offset + limit}" : null,
        };
    }

    private static async ValueTask<SearchModel> WithPostsAsync(PageCall call, Parameters query, SearchModel model)
    {
        var range = new SearchRange(query.Post("max_id"));
        var request = new FindPosts(call.ViewerId, model.Query, default, range);
        var (page, isPartial) = await PostPages.ReadAsync(
            call.Services, call.ViewerId, range,
            next => call.Services.Search.Posts(request with { Range = next }, call.Rpc), call.Rpc,
            entry => entry.IsFindableBy(call.ViewerId));
        var isMore = model.Type == "posts" || page.Entries.Count == range.Limit;
        return model with
        {
            Posts = page.Entries,
            IsPartial = isPartial,
            OlderUrl = isMore ? FrontPage.OlderUrl(UrlOf(model with { Type = "posts" }), page) : null,
        };
    }

    internal static string UrlOf(SearchModel model) =>
        $"{Path}?q={Uri.EscapeDataString(model.Query)}{(model.Type.Length == 0 ? "" : "&type=" + model.Type)}";
}
