using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Relations;

/// <summary>
/// <c>GET /api/v1/accounts/familiar_followers?id[]=</c>: "followers you know", for each account in the order asked:
/// none of who hides its followers, and none who hide whom they follow.
/// </summary>
internal static class FamiliarFollowers
{
    private const int ManyMax = 40;

    /// <summary>Clients show a handful; a celebrity's may be thousands.</summary>
    private const int ShownMax = 40;

    /// <summary>Of so many some are likely to be shown, however many hide whom they follow.</summary>
    private const int LookedAtMax = 4 * ShownMax;

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/familiar_followers", Access.User("read:follows"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        // Some clients send the ids in a body, although it is a GET.
        var ids = AccountIds.Read((await call.ReadParametersAsync()).List("id"), ManyMax);
        var familiar = await call.Services.Relations.Familiar(new GetFamiliar(call.Viewer, ids), call.Rpc);
        var lookedAt = Array.ConvertAll(familiar, all =>
        {
            var first = new int[Math.Min(all.Count, LookedAtMax)];
            all.NextPage(0, first);
            return Array.ConvertAll(first, id => new AccountId(id));
        });
        var open = await OpenAsync(call, [.. lookedAt.SelectMany(accounts => accounts).Concat(ids).Distinct()]);
        var shown = lookedAt.Select((accounts, i) =>
            open.Contains(ids[i]) ? accounts.Where(open.Contains).Take(ShownMax).ToArray() : []).ToArray();
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. shown.SelectMany(accounts => accounts).Distinct()]), call.Rpc);
        var byId = views.OfType<AccountView>().ToDictionary(view => view.Account.Id);

        using var buffer = new Utf8Buffer();
        buffer.Write("["u8);
        for (var i = 0; i < ids.Count; i++)
        {
            if (i > 0) buffer.Write(","u8);
            buffer.Write("{\"id\":\""u8);
            buffer.WriteNumber(ids[i].Value);
            buffer.Write("\",\"accounts\":"u8);
            AccountPage.Write(call.Site.Accounts, buffer, [.. shown[i].Select(id => byId.GetValueOrDefault(id))]);
            buffer.Write("}"u8);
        }
        buffer.Write("]"u8);
        await call.ReplyAsync(buffer);
    }

    /// <summary>Those who do not hide their followers and whom they follow from the viewer.</summary>
    private static async ValueTask<HashSet<AccountId>> OpenAsync(ApiCall call, AccountId[] ids)
    {
        var accounts = await call.Services.Users.Get(new GetAccounts(ids), call.Rpc);
        return [.. accounts.OfType<Account>()
            .Where(account => !account.Profile.HidesCollections || account.Id == call.Viewer)
            .Select(account => account.Id)];
    }
}
