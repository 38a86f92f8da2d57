using System.Globalization;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Notifications;

namespace Roost.Web.OAuth;

internal sealed record AppReply(
    string Id, string Name, string? Website, string RedirectUri, IReadOnlyList<string> RedirectUris,
    IReadOnlyList<string> Scopes, string ClientId, string ClientSecret, long ClientSecretExpiresAt, string VapidKey);

/// <summary>
/// <c>POST /api/v1/apps</c>: a client introduces itself. Anyone may; the answer's secret is told this once.
/// </summary>
internal static class RegisterApp
{
    private const int NameLengthMax = 60;
    private const int RedirectUrisMax = 20;

    public static void Map(ApiRoutes routes) => routes.Post("/api/v1/apps", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var app = await call.Services.Users.CreateApp(Read(parameters), call.Rpc);
        await call.ReplyAsync(
            new AppReply(
                app.Id.ToString(CultureInfo.InvariantCulture), app.Name, app.Website,
                string.Join('\n', app.RedirectUris),
                app.RedirectUris, app.Scopes.Split(' '), app.ClientId, app.Secret ?? "", 0,
                await KeepPushSubscription.ServerKeyAsync(call.Services.WebPush, call.Rpc)),
            WebJson.Default.AppReply);
    }

    private static CreateApp Read(Parameters parameters)
    {
        var name = parameters.Text("client_name")?.Trim();
        if (string.IsNullOrEmpty(name)) throw Faults.Invalid("Validation failed: client_name can't be blank");
        if (name.Length > NameLengthMax)
            throw Faults.Invalid(
                $"Validation failed: client_name has {name.Length} characters; the most is {NameLengthMax}");

        var asked = parameters.List("scopes") is { Count: > 1 } list
            ? string.Join(' ', list.ToArray()) : parameters.Text("scopes");
        var scopes = Scopes.Normalise(asked ?? parameters.List("scopes").ToString())
            ?? throw Faults.Invalid("Validation failed: scopes has one that does not exist; see scopes_supported in "
                + "/.well-known/oauth-authorization-server");
        return new CreateApp(name, WebsiteOf(parameters), RedirectUrisOf(parameters), scopes);
    }

    private static string? WebsiteOf(Parameters parameters)
    {
        var website = parameters.Text("website")?.Trim();
        if (string.IsNullOrEmpty(website)) return null;
        var isWeb = Uri.TryCreate(website, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        if (!isWeb || website.Length > RedirectUris.LengthMax)
            throw Faults.Invalid("Validation failed: website must be an http or https URL of at most 2,000 characters");
        return website;
    }

    // A text with one URI a line, or an array.
    private static List<string> RedirectUrisOf(Parameters parameters)
    {
        var uris = parameters.List("redirect_uris")
            .SelectMany(l =>
                (l ?? "").Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Distinct().ToList();
        if (uris.Count == 0) throw Faults.Invalid("Validation failed: redirect_uris can't be blank");
        if (uris.Count > RedirectUrisMax)
            throw Faults.Invalid(
                $"Validation failed: redirect_uris has {uris.Count} URIs; the most is {RedirectUrisMax}");
        foreach (var uri in uris)
        {
            if (uri.Contains(' ', StringComparison.Ordinal))
                throw Faults.Invalid(
                    "Validation failed: redirect_uris has spaces: send several as an array, or one a line");
            if (RedirectUris.Problem(uri) is { } problem)
                throw Faults.Invalid($"Validation failed: redirect_uris: '{Parameters.Shortened(uri)}' {problem}");
        }
        return uris;
    }
}
