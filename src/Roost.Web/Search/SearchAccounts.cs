using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;

namespace Roost.Web.Search;

/// <summary><c>GET /api/v1/accounts/search?q=</c>: what completes names while one types.</summary>
internal static class SearchAccounts
{
    public const int Usual = 40;
    public const int Max = 80;

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/search", Access.User("read:accounts"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        if (call.Query.Text("q") is not { Length: > 0 } text)
            throw Faults.Invalid("q is missing; send the beginning of a name.");
        var isFollowing = call.Query.Flag("following") is true;
        var views = await FindAsync(
            call, text, isFollowing, SearchRequests.Offset(call), call.Query.Limit(Usual, Max));
        await AccountPage.ReplyAsync(call, views);
    }

    /// <summary>Accounts by the beginnings of their names; with our domain behind a name as without.</summary>
    public static async Task<AccountView?[]> FindAsync(ApiCall call, string text, bool following, int offset, int limit)
    {
        var name = text.Contains('@', StringComparison.Ordinal) ? GetAccount.LocalName(text, call.Site.Options) : null;
        // Another server's account: there is none here.
        if (name is null && text.TrimStart().TrimStart('@').Contains('@', StringComparison.Ordinal))
            return [];
        var ids = await call.Services.Search.People(
            new FindPeople(call.Viewer, name is null ? text : "@" + name, following, offset, limit), call.Rpc);
        return await call.Services.Timelines.Accounts(new HydrateAccounts(ids), call.Rpc);
    }
}
