using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc;
using Roost.Services.Users;

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
                ? RefuseAsync(http)
                : RunAsync(http, bearer, Access.AnyUser, call => handler(call, bearer));
        }));

    private void Map(string[] methods, string pattern, Access access, Func<ApiCall, Task> handler) =>
        routes.MapMethods(pattern, methods, new RequestDelegate(http => RunAsync(http, access, handler)));

    // Tokens are answered from memory, so the common path completes without a state machine.
    private Task RunAsync(HttpContext http, Access access, Func<ApiCall, Task> handler)
    {
        var bearer = BearerOf(http.Request);
        if (bearer is null)
            return access.Who == AccessKind.Anyone ? handler(new ApiCall(Site, http, null)) : RefuseAsync(http);
        return RunAsync(http, bearer, access, handler);
    }

    private Task RunAsync(HttpContext http, string bearer, Access access, Func<ApiCall, Task> handler)
    {
        var found = Site.Services.Users.FindToken(new FindToken(bearer), Call.Until(http.RequestAborted));
        return found.IsCompletedSuccessfully
            ? Authorised(http, access, handler, found.Result)
            : AwaitedAsync(http, access, handler, found);
    }

    private async Task AwaitedAsync(
        HttpContext http, Access access, Func<ApiCall, Task> handler, ValueTask<Token?> found) =>
        await Authorised(http, access, handler, await found);

    private Task Authorised(HttpContext http, Access access, Func<ApiCall, Task> handler, Token? token)
    {
        if (token is null) return RefuseAsync(http);
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
        return handler(new ApiCall(Site, http, token));
    }

    // As clients know it.
    private static string InWords(Standing standing) => standing == Standing.Pending
        ? "Your login is currently pending approval"
        : "Your login is currently disabled";

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer realm=\"Roost\", error=\"invalid_token\"";
        return ErrorReplies.WriteJsonAsync(http, StatusCodes.Status401Unauthorized, "The access token is invalid");
    }

    private static string? StreamBearerOf(HttpRequest request) =>
        request.Query["access_token"] is [{ Length: > 0 } token] ? token
            : request.Headers.SecWebSocketProtocol is [{ Length: > 0 } protocol] ? protocol.Split(',')[0].Trim()
            : null;

    // The header only. A token in a URL ends up in logs and histories, and a cookie would open the API to forged
    // requests.
    private static string? BearerOf(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value) return null;
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var token = value.AsSpan(Scheme.Length).Trim();
        return token.IsEmpty ? null : token.ToString();
    }
}
