using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Moderation;

namespace Roost.Web.Pages.Ops;

/// <summary>
/// <c>GET /ops/people</c>: for moderators: who is here, the newest first, found by the beginning of a name or by an
/// e-mail address, and how each account stands; with forms that act on one and take that back. They do what the admin
/// API does, and are written down like it.
/// </summary>
internal static class ShowPeople
{
    public const string Path = ShowOps.Path + "/people";

    private const int PerPage = 40;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => ShowAsync(call));
        // Who waits is let in or not from the queue, and it goes on there.
        foreach (var verb in AccountActions.Verbs)
        {
            Change(routes, verb, verb == "approve" ? ShowOps.Path : null,
                (actions, account) => actions.ChangeAsync(account, verb));
        }
        Change(routes, "reject", ShowOps.Path, static (actions, account) => actions.RejectAsync(account));
        routes.Post(Path + "/{id}/act", async (call, form) =>
        {
            var (actions, account) = await TargetAsync(call);
            var given = GivenAction.Of(call, form, GivenAction.Tell);
            try
            {
                given.Require();
                await actions.ActAsync(account, given.Type, new ActionWords(given.Text));
            }
            catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
            {
                await ShowAsync(call, account, given, call.InWords(refusal), ErrorReplies.StatusOf(refusal.Code));
                return;
            }
            call.GoTo(ShowOps.UrlAfter(UrlOf(account), given.Type));
        });
    }

    /// <summary>Where one account is shown with what can be done.</summary>
    public static string UrlOf(Account account) => $"{Path}?q={account.Username}";

    /// <param name="after">Where it goes on; null for the account.</param>
    private static void Change(
        PageRoutes routes, string verb, string? after, Func<AccountActions, Account, ValueTask> act) =>
        routes.Post($"{Path}/{{id}}/{verb}", async (call, _) =>
        {
            var (actions, account) = await TargetAsync(call);
            await act(actions, account);
            call.GoTo(ShowOps.UrlAfter(after ?? UrlOf(account), verb));
        });

    /// <param name="refused">Whose page it is, where <paramref name="given"/> was refused; else the query says whom
    /// to show.</param>
    private static async Task ShowAsync(
        PageCall call, Account? refused = null, GivenAction? given = null, string? problem = null,
        int code = StatusCodes.Status200OK)
    {
        if (call.AsksToSignIn()) return;
        var me = ShowOps.Checked(call, Permissions.ManageUsers);
        var query = call.Http.Request.Query;
        var asked = refused?.Username ?? query["q"].ToString().Trim().TrimStart('@');
        var status = query["status"].ToString();
        _ = int.TryParse(query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out var before);
        IReadOnlyList<Standing> standings = status switch
        {
            "disabled" => [Standing.Disabled],
            "suspended" => [Standing.Suspended, Standing.Deleting],
            _ => AdminAccounts.There,
        };
        // Names have neither; what has a dot only is where addresses are.
        var email = asked.Contains('@', StringComparison.Ordinal) ? asked
            : asked.Contains('.', StringComparison.Ordinal) ? "@" + asked : null;
        var records = await call.Services.Moderation.List(
            new ListAccounts(
                standings, Silenced: status == "silenced", Sensitized: status == "sensitized",
                RoleMin: status == "staff" ? AccountRole.Moderator : AccountRole.User,
                Username: asked.Length == 0 || email is not null ? null : asked, Email: email, Before: before,
                Limit: PerPage), call.Rpc);
        var same = $"{Path}?q={Uri.EscapeDataString(asked)}&status={Uri.EscapeDataString(status)}";
        var older = records.Count < PerPage ? null : $"{same}&before={records[^1].Account.Id}";
        await call.ShowAsync<PeoplePage>(
            new PeopleModel(call.Frame(call.T("People"), problem), me.Role, asked, status, records, older)
            {
                Done = GivenAction.InWords(call, query["done"].ToString()),
                Given = given,
            }, code);
    }

    private static async ValueTask<(AccountActions Actions, Account Account)> TargetAsync(PageCall call)
    {
        var me = ShowOps.Checked(call, Permissions.ManageUsers);
        var account = await ShowOps.AccountAsync(call, ShowOps.IdIn(call));
        return (new AccountActions(call.Services, me, call.Rpc), account);
    }
}
