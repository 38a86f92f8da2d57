using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Relations;

/// <summary>
/// <c>GET /api/v1/accounts/familiar_followers?id[]=</c>: "followers you know", for each account in the order asked.
/// </summary>
internal static class FamiliarFollowers
{
    private const int ManyMax = 40;

    /// <summary>Clients show a handful; a celebrity's may be thousands.</summary>
    private const int ShownMax = 40;

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/familiar_followers", Access.User("read:follows"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        // Some clients send the ids in a body, although it is a GET.
        var ids = AccountIds.Read((await call.ReadParametersAsync()).List("id"), ManyMax);
        var familiar = await call.Services.Relations.Familiar(new GetFamiliar(call.Viewer, ids), call.Rpc);
        var shown = familiar.Select(all =>
        {
            var first = new int[Math.Min(all.Count, ShownMax)];
            all.NextPage(0, first);
            return Array.ConvertAll(first, id => new AccountId(id));
        }).ToArray();
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
}
