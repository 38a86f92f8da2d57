using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Moderation;
using Roost.Web.OAuth;
using Roost.Web.Sessions;

namespace Roost.Web.Pages;

/// <summary>What the settings page changes only for who knows the password: <c>POST /settings/password</c>,
/// <c>/settings/email</c>, and <c>GET</c> and <c>POST /settings/delete</c>.</summary>
internal static class OwnAccountForms
{
    private const string Path = "/settings";

    public static void Map(PageRoutes routes)
    {
        routes.Post(Path + "/password", ChangePasswordAsync);
        routes.Post(Path + "/email", ChangeEmailAsync);
        routes.Get(
            Path + "/delete", call => call.AsksToSignIn() ? Task.CompletedTask : AskAsync(call, call.SignedIn(), null));
        routes.Post(Path + "/delete", DeleteAsync);
    }

    /// <summary>Ends everything that is signed in, and signs this browser in anew.</summary>
    private static async Task ChangePasswordAsync(PageCall call, Parameters form)
    {
        var account = call.SignedIn();
        if (await RefusalAsync(call, account, form) is { } refusal)
        {
            await SettingsForms.ShowAsync(
                call, account, new FormWord("password", refusal.Problem, IsProblem: true), refusal.Status);
            return;
        }
        try
        {
            await call.Services.Users.SetPassword(new SetPassword(account.Id, form.Text("password") ?? ""), call.Rpc);
        }
        catch (ServiceException refused) when (refused.Code == ErrorCode.Invalid)
        {
            await SettingsForms.RefuseAsync(call, account, "password", refused);
            return;
        }
        await BrowserSession.StartAsync(call.Site, call.Http, account, call.Rpc);
        // The forms of this page belong to the session that has ended: the next page has those of the new one.
        call.GoTo(Path + "?done=password#password");
    }

    private static async Task ChangeEmailAsync(PageCall call, Parameters form)
    {
        var account = call.SignedIn();
        var email = (form.Text("email") ?? "").Trim();
        if (await RefusalAsync(call, account, form) is { } refusal)
        {
            await SettingsForms.ShowAsync(
                call, account, new FormWord("email", refusal.Problem, IsProblem: true), refusal.Status, email);
            return;
        }
        try
        {
            if (await call.Site.Door.JudgeAsync(null, email, call.Rpc) == Verdict.Stays)
                throw Faults.Invalid("This e-mail address is blocked here.");
            await call.Services.Moderation.ChangeEmail(new ChangeEmail(account.Id, email), call.Rpc);
        }
        catch (ServiceException refused) when (refused.Code == ErrorCode.Invalid)
        {
            await SettingsForms.RefuseAsync(call, account, "email", refused, email);
            return;
        }
        await SettingsForms.ShowAsync(
            call, account, new FormWord("email", call.T("Your e-mail address is changed.")));
    }

    private static Task AskAsync(
        PageCall call, Account account, string? problem, int status = StatusCodes.Status200OK) =>
        call.ShowAsync<LeavePage>(
            new LeaveModel(
                call.Frame(call.T("Delete your account?"), problem) with { Here = Path + "/delete" }, account), status);

    private static async Task DeleteAsync(PageCall call, Parameters form)
    {
        var account = call.SignedIn();
        if (await RefusalAsync(call, account, form) is { } refusal)
        {
            await AskAsync(call, account, refusal.Problem, refusal.Status);
            return;
        }
        if (await IsLastOwnerAsync(call, account))
        {
            await AskAsync(
                call, account,
                call.T("Nobody else owns this community. Make somebody else its owner first: roost accounts modify."),
                StatusCodes.Status422UnprocessableEntity);
            return;
        }
        await call.Services.Moderation.Change(new ChangeStanding(account.Id, Delete: true), call.Rpc);
        await new AccountActions(call.Services, account, call.Rpc).NoteAsync("delete account", account.Username);
        await BrowserSession.EndAsync(call.Site, call.Http, call.Rpc);
        var frame = call.Frame(call.T("Your account is deleted")) with { Viewer = null, Here = "/" };
        await call.ShowAsync<MessagePage>(new MessageModel(
            frame, call.T("What you posted and whom you followed goes now. Your name is given to nobody else.")));
    }

    private static async ValueTask<bool> IsLastOwnerAsync(PageCall call, Account account)
    {
        if (account.Role != AccountRole.Owner) return false;
        var owners = await call.Services.Moderation.List(
            new ListAccounts([Standing.Active], RoleMin: AccountRole.Owner, Limit: 2), call.Rpc);
        return owners.All(owner => owner.Account.Id == account.Id);
    }

    /// <summary>Null for who sends the right password in the field <c>current</c>.</summary>
    private static async ValueTask<(string Problem, int Status)?> RefusalAsync(
        PageCall call, Account account, Parameters form)
    {
        var attempt = await call.Site.Passwords.TryAsync(
            call.Http.Connection.RemoteIpAddress, account.Username, form.Text("current") ?? "", call.Rpc);
        if (attempt.Account?.Id == account.Id) return null;
        return attempt.RetryAfter > TimeSpan.Zero
            ? (
                call.T(
                    "Too many wrong passwords from your address. Try again in {0} s.", IssueToken.SecondsOf(attempt)),
                StatusCodes.Status429TooManyRequests)
            : (call.T("Not changed: the current password is wrong."), StatusCodes.Status422UnprocessableEntity);
    }
}
