using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>Whom of a list the viewer is shown.</summary>
internal static class SeenAccounts
{
    /// <summary>Those on a page that neither block the viewer nor are blocked; nobody when the account whose page it
    /// is blocks the viewer.</summary>
    /// <param name="owner">Nobody when the page is no account's.</param>
    public static async ValueTask<IReadOnlyList<AccountId>> OfAsync(
        ApiCall call, AccountId owner, IReadOnlyList<(long Id, AccountId Account)> page)
    {
        AccountId[] all = [.. page.Select(item => item.Account)];
        if (call.Viewer.IsNone || await call.Services.Graph.Rules(new GetRules(call.Viewer), call.Rpc) is not { } rules)
            return all;
        return rules.BlockedBy.Contains(owner)
            ? []
            : Array.FindAll(
                all, account => !rules.Blocking.Contains(account) && !rules.BlockedBy.Contains(account));
    }
}
