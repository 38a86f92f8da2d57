using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.OAuth;

/// <summary>
/// A checked authorization request (RFC 6749 §4.1.1): it names a known app and goes back to where that app lives.
/// </summary>
internal sealed record AuthorizeRequest(App App, string RedirectUri, string Scopes, string? State,
    string? CodeChallenge)
{
    /// <summary>As the parameters that it was made from.</summary>
    public IReadOnlyList<(string Name, string Value)> Parameters
    {
        get
        {
            var parameters = new List<(string, string)>
            {
                ("response_type", "code"), ("client_id", App.ClientId), ("redirect_uri", RedirectUri),
                ("scope", Scopes),
            };
            if (State is not null) parameters.Add(("state", State));
            if (CodeChallenge is not null)
            {
                parameters.Add(("code_challenge", CodeChallenge));
                parameters.Add(("code_challenge_method", Pkce.Method));
            }
            return parameters;
        }
    }

    /// <summary>Either a request or what is wrong with it.</summary>
    public static async ValueTask<(AuthorizeRequest? Request, AuthorizeProblem? Problem)> ReadAsync(
        UsersApi users, Parameters parameters, Call call)
    {
        // Until app and redirect URI are known to belong together, nothing may be sent to that URI (§4.1.2.1).
        var app = parameters.Text("client_id") is { Length: > 0 } id
            ? await users.FindApp(new FindApp(id), call) : null;
        if (app is null)
        {
            return (null, new AuthorizeProblem(
                "invalid_client", "The app is not known here. Let it register again, then retry."));
        }
        var redirect = parameters.Text("redirect_uri");
        if (redirect is null || !app.RedirectUris.Contains(redirect, StringComparer.Ordinal))
        {
            return (null, new AuthorizeProblem(
                "invalid_request",
                $"{app.Name} asked to be answered at an address that it has not registered (redirect_uri)."));
        }
        return Read(app, redirect, parameters);
    }

    private static (AuthorizeRequest? Request, AuthorizeProblem? Problem) Read(App app, string redirect,
        Parameters parameters)
    {
        var state = parameters.Text("state");
        if (parameters.Text("response_type") != "code")
            return Refuse("unsupported_response_type", "Only response_type=code is supported.");

        var scopes = OAuth.Scopes.Normalise(parameters.Text("scope"));
        if (scopes is null || !OAuth.Scopes.CoversAll(app.Scopes, scopes))
            return Refuse("invalid_scope", "The requested scope is unknown, or more than the app was registered with.");

        var challenge = parameters.Text("code_challenge") is { Length: > 0 } text ? text : null;
        if (challenge is not null && parameters.Text("code_challenge_method") != Pkce.Method)
            return Refuse("invalid_request", "Only code_challenge_method=S256 is supported.");
        if (challenge is not null && !Pkce.IsChallenge(challenge))
            return Refuse("invalid_request", "code_challenge is no SHA-256 in base64url.");
        return (new AuthorizeRequest(app, redirect, scopes, state, challenge), null);

        (AuthorizeRequest?, AuthorizeProblem?) Refuse(string error, string description) =>
            (null, new AuthorizeProblem(error, description, redirect, state));
    }
}

/// <param name="RedirectUri">Where to tell the app, or null when it is not to be trusted.</param>
internal sealed record AuthorizeProblem(string Error, string Description, string? RedirectUri = null,
    string? State = null)
{
    /// <summary>The redirect that tells the app, or null when the person must be told instead.</summary>
    public string? Url => RedirectUri is null or RedirectUris.OutOfBand
        ? null
        : RedirectUris.With(RedirectUri, ("error", Error), ("error_description", Description), ("state", State));
}
