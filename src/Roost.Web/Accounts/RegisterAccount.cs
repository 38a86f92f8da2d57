using Microsoft.AspNetCore.Http;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Moderation;
using Roost.Web.OAuth;
using Roost.Web.Statuses;

namespace Roost.Web.Accounts;

internal sealed record RegistrationRefused(string Error,
    IReadOnlyDictionary<string, IReadOnlyList<RegistrationError>> Details);

internal sealed record RegistrationError(string Error, string Description);

/// <summary>
/// <c>POST /api/v1/accounts</c>: an app makes an account for a person, and gets a token that acts for it.
/// </summary>
internal static class RegisterAccount
{
    public static void Map(ApiRoutes routes) => routes.Post("/api/v1/accounts", Access.App("write:accounts"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        if (call.Site.Options.Registrations == Registrations.Closed) throw Faults.NotAllowed();

        var parameters = await call.ReadParametersAsync();
        if (parameters.Flag("agreement") is not true)
        {
            await RefuseAsync(call, [new FieldError(
                "agreement", "ERR_ACCEPTED", "The terms of this server must be accepted: send agreement=true")]);
            return;
        }
        var (address, email) = (call.Http.Connection.RemoteIpAddress, (parameters.Text("email") ?? "").Trim());
        var verdict = await call.Site.Door.JudgeAsync(address, email, call.Rpc);
        if (verdict == Verdict.Stays)
        {
            await RefuseAsync(call, [new FieldError("email", "ERR_BLOCKED", "This address may not be used here")]);
            return;
        }
        var request = new CreateAccount(
            (parameters.Text("username") ?? "").Trim(), email,
            parameters.Text("password") ?? "", new FirstToken(call.Token!.AppId, call.Token.Scopes))
        {
            NeedsApproval = verdict == Verdict.Asks || call.Site.Options.Registrations == Registrations.Approval,
            Reason = parameters.Text("reason"),
            Ip = address?.ToString(),
            Locale = Compose.LanguageOf(parameters.Text("locale")),
        };
        var reply = await call.Services.Users.Create(request, call.Rpc);
        if (reply.Token is not { } token)
        {
            await RefuseAsync(call, reply.Errors);
            return;
        }
        call.Http.Response.Headers.CacheControl = "no-store";
        await call.ReplyAsync(TokenReply.Of(token), WebJson.Default.TokenReply);
    }

    private static Task RefuseAsync(ApiCall call, IReadOnlyList<FieldError> errors)
    {
        var details = errors.GroupBy(e => e.Field).ToDictionary(
            g => g.Key,
            IReadOnlyList<RegistrationError> (g) => [.. g.Select(e => new RegistrationError(e.Code, e.Description))]);
        var text = "Validation failed: " + string.Join(". ", errors.Select(e => e.Description));
        return call.ReplyAsync(
            new RegistrationRefused(text, details), WebJson.Default.RegistrationRefused,
            StatusCodes.Status422UnprocessableEntity);
    }
}
