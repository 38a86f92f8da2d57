using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>GET /api/v1/accounts/:id</c>, <c>GET /api/v1/accounts?id[]=</c> and <c>GET /api/v1/accounts/lookup?acct=</c>.
/// </summary>
internal static class GetAccount
{
    public const int ManyMax = 40;

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/accounts/{id}", Access.AnyoneBut("read:accounts"), ByIdAsync);
        routes.Get("/api/v1/accounts", Access.AnyoneBut("read:accounts"), ManyAsync);
        routes.Get("/api/v1/accounts/lookup", Access.AnyoneBut("read:accounts"), ByNameAsync);
    }

    /// <summary>
    /// The username in <c>name</c>, <c>@name</c>, <c>name@ourdomain</c>; null when it names another server's account.
    /// </summary>
    public static string? LocalName(string acct, WebOptions options)
    {
        var name = acct.Trim().TrimStart('@');
        var at = name.IndexOf('@', StringComparison.Ordinal);
        if (at < 0) return name;
        return name.AsSpan(at + 1).Equals(options.Domain, StringComparison.OrdinalIgnoreCase) ? name[..at] : null;
    }

    private static Task ByIdAsync(ApiCall call) => ReplyAsync(call, call.AccountIdInPath());

    private static async Task ManyAsync(ApiCall call)
    {
        var ids = AccountIds.Read(call.Query.List("id"), ManyMax);
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts(ids), call.Rpc);
        await AccountPage.ReplyAsync(call, views);
    }

    private static async Task ByNameAsync(ApiCall call)
    {
        if (call.Query.Text("acct") is not { Length: > 0 } acct)
            throw Faults.Invalid("acct is missing; send a username.");
        var name = LocalName(acct, call.Site.Options) ?? throw Faults.NotFound();
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        await ReplyAsync(call, (found[0] ?? throw Faults.NotFound()).Id);
    }

    private static async Task ReplyAsync(ApiCall call, AccountId id)
    {
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts([id]), call.Rpc);
        var view = views[0] ?? throw Faults.NotFound();
        using var buffer = new Utf8Buffer();
        call.Site.Accounts.Write(buffer, view);
        await call.ReplyAsync(buffer);
    }
}
