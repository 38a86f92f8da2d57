using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>GET /api/v2/suggestions</c> and its older form <c>/api/v1/suggestions</c>: whom one might follow; and
/// <c>DELETE /api/v1/suggestions/:account_id</c>: whom not.
/// </summary>
internal static class SuggestPeople
{
    private const int Usual = 40;
    private const int Max = 80;

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v2/suggestions", Access.User("read"), ListAsync);
        routes.Get("/api/v1/suggestions", Access.User("read"), ListAccountsAsync);
        routes.Delete("/api/v1/suggestions/{id}", Access.User("read"), DismissAsync);
    }

    private static async Task ListAsync(ApiCall call)
    {
        var (suggested, views) = await FindAsync(call);
        using var buffer = new Utf8Buffer();
        buffer.Write("["u8);
        var isFirst = true;
        for (var i = 0; i < views.Length; i++)
        {
            if (views[i] is not { } view) continue;
            if (!isFirst) buffer.Write(","u8);
            isFirst = false;
            buffer.Write(suggested[i].Familiar > 0
                ? "{\"source\":\"past_interactions\",\"sources\":[\"friends_of_friends\"],\"account\":"u8
                : "{\"source\":\"global\",\"sources\":[\"most_followed\"],\"account\":"u8);
            call.Site.Accounts.Write(buffer, view);
            buffer.Write("}"u8);
        }
        buffer.Write("]"u8);
        await call.ReplyAsync(buffer);
    }

    private static async Task ListAccountsAsync(ApiCall call)
    {
        var (_, views) = await FindAsync(call);
        await AccountPage.ReplyAsync(call, views);
    }

    private static async Task DismissAsync(ApiCall call)
    {
        await call.Services.Suggestions.Dismiss(
            new DismissSuggestion(call.Viewer, call.AccountIdInPath()), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    /// <summary>Those who want to be found, and whom moderators have not limited. Of friends who hide whom they follow
    /// nothing is told.</summary>
    private static async ValueTask<(Suggested[] Suggested, AccountView?[] Views)> FindAsync(ApiCall call)
    {
        var limit = call.Query.Limit(Usual, Max);
        var friends = await call.Services.Suggestions.Friends(new ListFriends(call.Viewer), call.Rpc);
        var accounts = await call.Services.Users.Get(new GetAccounts(friends), call.Rpc);
        AccountId[] open = [.. accounts.OfType<Account>().Where(friend => !friend.Profile.HidesCollections)
            .Select(friend => friend.Id)];
        var all = await call.Services.Suggestions.Suggest(new SuggestAccounts(call.Viewer, open, Max), call.Rpc);
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. all.Select(one => one.Account)]), call.Rpc);
        int[] shown = [.. Enumerable.Range(0, all.Length)
            .Where(i => views[i] is { Account: { Profile.Discoverable: true, IsSilenced: false } }).Take(limit)];
        return ([.. shown.Select(i => all[i])], [.. shown.Select(i => views[i])]);
    }
}
