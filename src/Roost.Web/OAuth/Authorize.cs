using Microsoft.AspNetCore.Http;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Pages;

namespace Roost.Web.OAuth;

/// <summary>
/// <c>GET</c> and <c>POST /oauth/authorize</c>: the page where a person signs in, sees what an app wants, and allows
/// or denies
/// it. With <c>force_login</c> they sign in again, as whom they like. The form is checked anew as if it had never
/// been shown.
/// </summary>
internal static class Authorize
{
    // Routing takes a slash at the end for the same path, as some clients write it.
    private const string Path = "/oauth/authorize";

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, AskAsync);
        routes.Post(Path, DecideAsync);
    }

    private static async Task AskAsync(PageCall call)
    {
        var parameters = Parameters.OfQuery(call.Http.Request);
        var (request, problem) = await AuthorizeRequest.ReadAsync(call.Services.Users, parameters, call.Rpc);
        if (request is null)
        {
            await ShowAsync(call, problem!);
            return;
        }
        if (call.Viewer is null || parameters.Flag("force_login") is true)
        {
            var again = RedirectUris.With(Path, [.. request.Parameters.Select(p => (p.Name, (string?)p.Value))]);
            await call.ShowAsync<SignInPage>(
                new WelcomeModel(call.Frame(call.T("Sign in to let {0} in", request.App.Name)), again));
            return;
        }
        if (request.RedirectUri != RedirectUris.OutOfBand)
            call.FormTarget = RedirectUris.PolicySource(request.RedirectUri);
        await call.ShowAsync<AuthorizePage>(new AuthorizeModel(
            call.Frame(call.T("Let an app in?")), request.App.Name, request.App.Website,
            [.. request.Scopes.Split(' ').Select(Scopes.InWords)], request.Parameters));
    }

    private static async Task DecideAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var (request, problem) = await AuthorizeRequest.ReadAsync(call.Services.Users, form, call.Rpc);
        if (request is null)
        {
            await ShowAsync(call, problem!);
            return;
        }
        if (form.Text("decision") != "allow")
        {
            await ShowAsync(call, new AuthorizeProblem(
                "access_denied", "You have denied the app access.", request.RedirectUri, request.State));
            return;
        }
        var code = await call.Services.Users.CreateGrant(
            new CreateGrant(request.App.Id, viewer.Id, request.Scopes, request.RedirectUri, request.CodeChallenge),
            call.Rpc);
        if (request.RedirectUri == RedirectUris.OutOfBand)
            await call.ShowAsync<CodePage>(new CodeModel(call.Frame(call.T("Your code")), request.App.Name, code));
        else
            call.GoTo(RedirectUris.With(request.RedirectUri, ("code", code), ("state", request.State)));
    }

    private static async Task ShowAsync(PageCall call, AuthorizeProblem problem)
    {
        if (problem.Url is { } url) call.GoTo(url);
        else
        {
            var status = problem.Error == "access_denied" ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
            await call.ShowAsync<MessagePage>(
                new MessageModel(
                    call.Frame(call.T("The app was not let in")), call.Language.Problem(problem.Description)), status);
        }
    }
}
