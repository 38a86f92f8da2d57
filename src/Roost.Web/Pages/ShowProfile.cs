using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /@name</c>: an account and its posts.</summary>
internal static class ShowProfile
{
    public static void Map(PageRoutes routes) => routes.Get("/@{name}", RunAsync);

    public static async Task<Account> FindAsync(PageCall call)
    {
        var name = (string)call.Http.Request.RouteValues["name"]!;
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        return found[0] ?? throw new ServiceException(
            ErrorCode.NotFound, $"Nobody here is called @{Parameters.Shortened(name)}.");
    }

    private static async Task RunAsync(PageCall call)
    {
        var account = await FindAsync(call);
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts([account.Id]), call.Rpc);
        var view = views[0] ?? throw Faults.NotFound();
        var relationship = call.Viewer is null
            ? default
            : (await call.Services.Graph.Relationships(new GetRelationships(call.ViewerId, [account.Id]), call.Rpc))[0];
        var query = Parameters.OfQuery(call.Http.Request);
        var range = new PageRange(query.Post("max_id"));
        var show = query.Text("show") is "replies" or "media" ? query.Text("show")! : "";
        var live = range.Before.IsNone
            ? await call.ListenAsync(OpenPageStream.OfAccount(account.Id), FilterContexts.Account)
            : null;
        var page = await call.Services.Timelines.Account(
            new AccountTimeline(
                call.ViewerId, account.Id, range, ExcludeReplies: show.Length == 0, ExcludeBoosts: show == "media",
                OnlyMedia: show == "media"), call.Rpc);
        var path = $"/@{account.Username}{(show.Length == 0 ? "" : "?show=" + show)}";
        await call.ShowAsync<ProfilePage>(new ProfileModel(
            call.Frame("@" + account.Username) with { Preview = PreviewOf(account, call.Options) }, view, relationship,
            show.Length == 0 && range.Before.IsNone ? await PinnedAsync(call, account) : [], page.Entries, show,
            FrontPage.OlderUrl(path, page))
        {
            Live = live is null ? null : live with { Page = path },
            Named = await NamedAsync(call, account),
        });
    }

    /// <summary>Who is named where the account tells about itself.</summary>
    private static async ValueTask<IReadOnlyList<Account>> NamedAsync(PageCall call, Account account)
    {
        string[] told = [account.Note, .. account.Profile.Fields.Select(field => field.Value)];
        var names = PostText.MentionNames(string.Join('\n', told), call.Options.Domain);
        if (names.Count == 0) return [];
        return [.. (await call.Services.Users.Find(new FindAccounts(names), call.Rpc)).OfType<Account>()];
    }

    private static async ValueTask<IReadOnlyList<TimelineEntry>> PinnedAsync(PageCall call, Account account)
    {
        var page = await call.Services.Marks.Marked(
            new ListMarked(account.Id, MarkedKind.Pins, new RelationRange(Limit: MarkPost.PinsMax)), call.Rpc);
        if (page.Items.Count == 0) return [];
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [.. page.Items.Select(item => item.Post)])
            {
                IsChosenList = true,
                Context = FilterContexts.Account,
            }, call.Rpc);
        return [.. entries.OfType<TimelineEntry>()];
    }

    private static Preview PreviewOf(Account account, WebOptions options) => new(
        "profile", $"{PostCard.PlainNameOf(account)} (@{account.Username})", account.Note, "/@" + account.Username,
        account.Profile.Avatar is { } avatar ? AccountRenderer.UrlOf(avatar, options) : null,
        IsListed: account.Profile.Indexable);
}
