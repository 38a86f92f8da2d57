using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Limits;

namespace Roost.Web.Http;

/// <summary>
/// Where the client API's endpoints are mapped, and the one place where bearer tokens are checked. Handlers are plain
/// request
/// delegates: nothing is reflected over at start-up.
/// </summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder routes, Site site)
{
    private const string Scheme = "Bearer ";
    private static readonly string[] _reads = ["GET", "HEAD"];
    private static readonly string[] _gets = ["GET"];
    private static readonly string[] _posts = ["POST"];
    private static readonly string[] _puts = ["PUT"];
    private static readonly string[] _patches = ["PATCH"];
    private static readonly string[] _deletes = ["DELETE"];

    public Site Site { get; } = site;

    public void Get(string pattern, Access access, Func<ApiCall, Task> handler) =>
        Map(_reads, pattern, access, handler);
    public void Post(string pattern, Access access, Func<ApiCall, Task> handler) =>
        Map(_posts, pattern, access, handler);
    public void Put(string pattern, Access access, Func<ApiCall, Task> handler) => Map(_puts, pattern, access, handler);
    public void Patch(string pattern, Access access, Func<ApiCall, Task> handler) =>
        Map(_patches, pattern, access, handler);
    public void Delete(string pattern, Access access, Func<ApiCall, Task> handler) =>
        Map(_deletes, pattern, access, handler);

    /// <summary>
    /// Streams, for tokens that act for an account; the handler gets the token's secret, too, and looks at its scopes,
    /// which depend on the stream. Browsers can open a stream with no header of their own, hence here, and here alone,
    /// the token may be in the query or stand for a WebSocket's protocol.
    /// </summary>
    public void Stream(string pattern, Func<ApiCall, string, Task> handler) => routes.MapMethods(
        pattern, _gets, new RequestDelegate(http =>
        {
            var bearer = BearerOf(http.Request) ?? StreamBearerOf(http.Request);
            return bearer is null
                ? AskForTokenAsync(http)
                : RunAsync(http, bearer, new Route(Access.AnyUser, call => handler(call, bearer)));
        }));

    private void Map(string[] methods, string pattern, Access access, Func<ApiCall, Task> handler)
    {
        var route = new Route(access, handler)
        {
            IsCounted = RequestGate.Counts(pattern),
            Extra = RouteLimits.Of(methods[0], pattern),
        };
        routes.MapMethods(pattern, methods, new RequestDelegate(http => RunAsync(http, route)));
    }

    // Tokens are answered from memory, so the common path completes without a state machine.
    private Task RunAsync(HttpContext http, Route route)
    {
        var bearer = BearerOf(http.Request);
        if (bearer is not null) return RunAsync(http, bearer, route);
        if (route.IsCounted && Site.Gate.Refuses(http, null, route.Extra) is { } refusal)
            return Site.Gate.AnswerAsync(http, refusal);
        return route.Access.Who == AccessKind.Anyone
            ? route.Handler(new ApiCall(Site, http, null))
            : AskForTokenAsync(http);
    }

    private Task RunAsync(HttpContext http, string bearer, Route route)
    {
        var found = Site.Services.Users.FindToken(new FindToken(bearer), Call.Until(http.RequestAborted));
        return found.IsCompletedSuccessfully
            ? Authorised(http, route, found.Result)
            : AwaitedAsync(http, route, found);
    }

    private async Task AwaitedAsync(HttpContext http, Route route, ValueTask<Token?> found) =>
        await Authorised(http, route, await found);

    private Task Authorised(HttpContext http, Route route, Token? token)
    {
        if (route.IsCounted && Site.Gate.Refuses(http, token, route.Extra) is { } refusal)
            return Site.Gate.AnswerAsync(http, refusal);
        if (token is null) return RefuseAsync(http);
        var access = route.Access;
        if (token.Standing != Standing.Active && access.Who != AccessKind.AnyToken)
            return ErrorReplies.WriteJsonAsync(http, StatusCodes.Status403Forbidden, InWords(token.Standing));
        if (!access.IsCovered(token.Scopes))
            return ErrorReplies.WriteJsonAsync(http, StatusCodes.Status403Forbidden,
                "This action is outside the authorized scopes");
        if (access.Who == AccessKind.User && token.Account.IsNone)
        {
            return ErrorReplies.WriteJsonAsync(
                http, StatusCodes.Status422UnprocessableEntity, "This method requires an authenticated user");
        }
        var call = new ApiCall(Site, http, token);
        return RequestGate.IsForWhatIsMade(route.Extra) ? Counted(route, call) : route.Handler(call);
    }

    // Apart, so that no other request pays for the closure.
    private Task Counted(Route route, ApiCall call) =>
        Site.Gate.RunAsync(call.Http, call.Viewer, route.Extra, () => route.Handler(call));

    // As clients know it.
    private static string InWords(Standing standing) => standing == Standing.Pending
        ? "Your login is currently pending approval"
        : "Your login is currently disabled";

    // Without an error in the header, for nothing was wrong (RFC 6750 §3.1).
    private static Task AskForTokenAsync(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer realm=\"Roost\"";
        return ErrorReplies.WriteJsonAsync(
            http, StatusCodes.Status401Unauthorized,
            "This needs an access token: send \"Authorization: Bearer TOKEN\"");
    }

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer realm=\"Roost\", error=\"invalid_token\"";
        return ErrorReplies.WriteJsonAsync(http, StatusCodes.Status401Unauthorized, "The access token is invalid");
    }

    private static string? StreamBearerOf(HttpRequest request) =>
        request.Query["access_token"] is [{ Length: > 0 } token] ? token
            : request.Headers.SecWebSocketProtocol is [{ Length: > 0 } protocol] ? protocol.Split(',')[0].Trim()
            : null;

    /// <summary>The token's secret. The header only: a token in a URL ends up in logs and histories, and a cookie would
    /// open the API to forged requests.</summary>
    public static string? BearerOf(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value) return null;
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var token = value.AsSpan(Scheme.Length).Trim();
        return token.IsEmpty ? null : token.ToString();
    }

    /// <summary>What a request to a route meets.</summary>
    private sealed record Route(Access Access, Func<ApiCall, Task> Handler)
    {
        /// <summary>Whether rate limits hold.</summary>
        public bool IsCounted { get; init; }

        /// <summary>What it counts as beside a request.</summary>
        public LimitKind Extra { get; init; }
    }
}
