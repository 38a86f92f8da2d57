using System.Globalization;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Moderation;

/// <summary>A request by somebody who may make it: both the token's scope and the person's role allow it.</summary>
internal sealed class AdminCall(ApiCall call, Account me)
{
    public ApiCall Call { get; } = call;

    public Account Me { get; } = me;

    public WebServices Services => Call.Services;

    /// <summary>Writes down what was done.</summary>
    public async ValueTask NoteAsync(string action, string target) =>
        await Services.Community.Note(new NoteAction(Me.Id, action, target), Call.Rpc);

    /// <summary>The account in the path, hidden or not.</summary>
    public async ValueTask<AccountRecord> AccountInPathAsync()
    {
        var found = await Services.Moderation.Look(new LookAtAccounts([Call.AccountIdInPath()]), Call.Rpc);
        return found[0] is { Account.Standing: not Standing.Deleted } record ? record : throw Faults.NotFound();
    }

    /// <summary>An account with its counters, hidden or not.</summary>
    public async ValueTask<AccountView> ViewAsync(Account account)
    {
        var follows = await Services.Graph.Counts(new CountFollows([account.Id]), Call.Rpc);
        var posts = await Services.Posts.Counts(new CountPosts([account.Id]), Call.Rpc);
        return new AccountView(account, follows[0], posts[0]);
    }

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Where the operations for those who look after the community are mapped.</summary>
internal sealed class AdminRoutes(ApiRoutes routes)
{
    public void Get(string pattern, string scope, Permissions needed, Func<AdminCall, Task> handler) =>
        routes.Get(pattern, Access.User(scope), Checked(needed, handler));

    public void Post(string pattern, string scope, Permissions needed, Func<AdminCall, Task> handler) =>
        routes.Post(pattern, Access.User(scope), Checked(needed, handler));

    public void Put(string pattern, string scope, Permissions needed, Func<AdminCall, Task> handler) =>
        routes.Put(pattern, Access.User(scope), Checked(needed, handler));

    public void Delete(string pattern, string scope, Permissions needed, Func<AdminCall, Task> handler) =>
        routes.Delete(pattern, Access.User(scope), Checked(needed, handler));

    private static Func<ApiCall, Task> Checked(Permissions needed, Func<AdminCall, Task> handler) => async call =>
    {
        var me = (await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc))[0];
        if (me is null || !Role.Of(me.Role).Allows(needed)) throw Faults.NotAllowed();
        await handler(new AdminCall(call, me));
    };
}

/// <summary>Every operation for those who look after the community.</summary>
internal static class AdminEndpoints
{
    public static void Map(ApiRoutes api)
    {
        var routes = new AdminRoutes(api);
        AdminAccounts.Map(routes);
        AdminReports.Map(routes);
        AdminBlocks.Map(routes);
        AdminTrends.Map(routes);
        AdminFigures.Map(routes);
        AdminDimensions.Map(routes);
    }
}
