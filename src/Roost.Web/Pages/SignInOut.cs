using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Moderation;
using Roost.Web.OAuth;
using Roost.Web.Sessions;

namespace Roost.Web.Pages;

/// <summary><c>GET</c> and <c>POST /sign-in</c> and <c>/sign-up</c>, <c>POST /sign-out</c>.</summary>
internal static class SignInOut
{
    public static void Map(PageRoutes routes)
    {
        routes.Get("/sign-in", call => ShowAsync<SignInPage>(call, call.T("Sign in")));
        routes.Get("/sign-up", call => ShowAsync<SignUpPage>(call, call.T("Sign up")));
        routes.Post("/sign-in", SignInAsync);
        routes.Post("/sign-up", SignUpAsync);
        routes.Post("/sign-out", SignOutAsync);
    }

    private static async Task ShowAsync<TPage>(PageCall call, string title)
        where TPage : IComponent
    {
        var returnTo = PageCall.LocalPath(Parameters.OfQuery(call.Http.Request).Text("return_to")) ?? "/";
        if (call.Viewer is not null)
        {
            call.GoTo(returnTo);
            return;
        }
        var hadSession = call.KeptOut is null && BrowserSession.SecretOf(call.Http.Request, call.Options) is not null;
        var problem = hadSession
            ? call.T("Your session has ended. Sign in again: if your account cannot be used any more, you read why.")
            : null;
        await call.ShowAsync<TPage>(new WelcomeModel(call.Frame(title, problem), returnTo));
    }

    private static async Task SignInAsync(PageCall call, Parameters form)
    {
        var login = form.Text("login")?.Trim() ?? "";
        var attempt = await call.Site.Passwords.TryAsync(
            call.Http.Connection.RemoteIpAddress, login, form.Text("password") ?? "", call.Rpc);
        if (attempt.Account is { } account)
        {
            await BrowserSession.StartAsync(call.Site, call.Http, account, call.Rpc);
            call.GoBack(form);
            return;
        }
        if (attempt.KeptOut is { } keptOut)
        {
            await ShowStanding.ShowAsync(call, keptOut);
            return;
        }
        var status = StatusCodes.Status422UnprocessableEntity;
        var problem = call.T("Name or password is wrong. Check both and try again.");
        if (attempt.RetryAfter > TimeSpan.Zero)
        {
            status = StatusCodes.Status429TooManyRequests;
            call.Http.Response.Headers.RetryAfter = IssueToken.SecondsOf(attempt);
            problem = call.T(
                "Too many wrong passwords from your address. Try again in {0} s.", IssueToken.SecondsOf(attempt));
        }
        else if (attempt.Refusal is { } refusal)
        {
            status = StatusCodes.Status403Forbidden;
            problem = call.Language.Problem(refusal);
        }
        var returnTo = PageCall.LocalPath(form.Text("return_to")) ?? "/";
        await call.ShowAsync<SignInPage>(
            new WelcomeModel(call.Frame(call.T("Sign in"), problem), returnTo, login), status);
    }

    private static async Task SignUpAsync(PageCall call, Parameters form)
    {
        if (call.Options.Registrations == Registrations.Closed) throw Faults.NotAllowed();
        var (address, email) = (call.Http.Connection.RemoteIpAddress, (form.Text("email") ?? "").Trim());
        var verdict = await call.Site.Door.JudgeAsync(address, email, call.Rpc);
        if (verdict == Verdict.Stays)
        {
            throw new ServiceException(
                ErrorCode.Forbidden, "Nobody can join with this address. Ask who runs this server.");
        }
        var request = new CreateAccount(
            (form.Text("username") ?? "").Trim(), email, form.Text("password") ?? "",
            BrowserSession.First)
        {
            NeedsApproval = verdict == Verdict.Asks || call.Options.Registrations == Registrations.Approval,
            Reason = form.Text("reason"),
            Ip = address?.ToString(),
            Locale = call.Language.Code,
        };
        var reply = await call.Services.Users.Create(request, call.Rpc);
        if (reply is { Account.Standing: Standing.Pending })
        {
            await call.ShowAsync<MessagePage>(new MessageModel(
                call.Frame(call.T("You have asked to join")),
                call.T("Somebody will read what you wrote. When they have let you in, you can sign in.")));
            return;
        }
        if (reply.Token is { } token)
        {
            BrowserSession.Start(call.Site, call.Http, token);
            call.GoBack(form);
            return;
        }
        var model = new WelcomeModel(
            call.Frame(call.T("Sign up")), PageCall.LocalPath(form.Text("return_to")) ?? "/", "", request.Username,
            request.Email,
            reply.Errors.GroupBy(error => error.Field).ToDictionary(
                errors => errors.Key,
                errors => string.Join(
                    ' ', errors.Select(error => call.Language.Problem(error.Description.TrimEnd('.') + ".")))),
            request.Reason ?? "");
        await call.ShowAsync<SignUpPage>(model, StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task SignOutAsync(PageCall call, Parameters form)
    {
        await BrowserSession.EndAsync(call.Site, call.Http, call.Rpc);
        call.GoTo("/");
    }
}
