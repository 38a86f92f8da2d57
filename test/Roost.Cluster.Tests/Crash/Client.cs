using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>A whole answer.</summary>
/// <param name="Next">Target of the link <c>rel="next"</c>, or null.</param>
internal sealed record Reply(HttpStatusCode Status, string Text, string? ContentType, TimeSpan? RetryAfter, Uri? Next)
{
    private JsonElement? _json;

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>Whether nobody knows if it was done: the machine has so much to do that it was not answered in time.
    /// </summary>
    public bool IsUnknown => Status == HttpStatusCode.ServiceUnavailable
        && Text.Contains("did not answer within", StringComparison.Ordinal);

    public JsonElement Json => _json ??= JsonDocument.Parse(Text).RootElement;

    /// <summary>What the error says; every refusal must be JSON with one.</summary>
    public string ErrorText => Json.GetProperty("error").GetString()!;

    public override string ToString() => $"HTTP {(int)Status}: {(Text.Length > 300 ? Text[..300] + "…" : Text)}";
}

/// <summary>
/// Speaks the client API to one server. A request is sent once: whether it is sent again is what these tests are about.
/// Thread-safe.
/// </summary>
internal sealed class Client : IDisposable
{
    private readonly HttpClient _http;

    public Client(Uri server)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };
    }

    public Task<Reply> GetAsync(string path, string? token, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, path, token, null, null, ct);

    public Task<Reply> PostAsync(
        string path, string? token, object? body, CancellationToken ct, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, token, body ?? new { }, idempotencyKey, ct);

    public Task<Reply> DeleteAsync(string path, string? token, CancellationToken ct) =>
        SendAsync(HttpMethod.Delete, path, token, null, null, ct);

    /// <summary>As <see cref="SendAsync"/>, but null when the server went away before it had answered.</summary>
    public async Task<Reply?> TrySendAsync(
        HttpMethod method, string path, string? token, object? body, string? idempotencyKey, CancellationToken ct)
    {
        try
        {
            return await SendAsync(method, path, token, body, idempotencyKey, ct);
        }
        catch (Exception gone) when (gone is HttpRequestException or SocketException)
        {
            // The latter when it went at the very moment of connecting.
            return null;
        }
    }

    /// <exception cref="HttpRequestException">The server cannot be reached, or went away before it had
    /// answered.</exception>
    public async Task<Reply> SendAsync(
        HttpMethod method, string path, string? token, object? body, string? idempotencyKey, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var reply = await _http.SendAsync(request, ct);
        return new Reply(
            reply.StatusCode, await reply.Content.ReadAsStringAsync(ct), reply.Content.Headers.ContentType?.MediaType,
            reply.Headers.RetryAfter?.Delta, NextOf(reply));
    }

    /// <summary>All pages of a list, by its links.</summary>
    /// <param name="visit">Called with each page.</param>
    public async Task PageAsync(string path, string? token, Action<JsonElement> visit, CancellationToken ct)
    {
        for (var next = path; next is not null;)
        {
            var reply = await GetAsync(next, token, ct);
            Assert.True(reply.IsSuccess, $"GET {next} answered {reply}");
            visit(reply.Json);
            next = reply.Next?.PathAndQuery;
        }
    }

    /// <summary>Registers an app of its own; the reply is the app's token.</summary>
    public Task<string> AppTokenAsync(CancellationToken ct) =>
        TokenAsync(new() { ["grant_type"] = "client_credentials" }, ct);

    /// <summary>Asks for an account; a success has its token.</summary>
    public Task<Reply> RegisterAsync(string appToken, string username, CancellationToken ct) => PostAsync(
        "/api/v1/accounts", appToken,
        new { username, email = $"{username}@example.org", password = PasswordOf(username), agreement = true }, ct);

    /// <summary>Registers an app and an account; the reply is the account's token.</summary>
    public async Task<string> JoinAsync(string username, CancellationToken ct) =>
        (await JoinAsync(await AppTokenAsync(ct), username, ct)).Token;

    /// <summary>Registers an account and finds out its id.</summary>
    public async Task<Person> JoinAsync(string appToken, string username, CancellationToken ct)
    {
        var reply = await RegisterAsync(appToken, username, ct);
        var wasUnknown = reply.IsUnknown;
        while (reply.IsUnknown) reply = await RegisterAsync(appToken, username, ct);
        // It was made, and nobody was there any more to be told.
        var isTaken = wasUnknown && reply.Status == HttpStatusCode.UnprocessableEntity;
        Assert.True(reply.IsSuccess || isTaken, $"The registration of {username} was answered {reply}");
        var token = isTaken
            ? await TokenAsync(new()
            {
                ["grant_type"] = "password",
                ["username"] = username,
                ["password"] = PasswordOf(username),
            }, ct)
            : reply.Json.GetProperty("access_token").GetString()!;
        var account = await GetAsync("/api/v1/accounts/verify_credentials", token, ct);
        Assert.True(account.IsSuccess, $"verify_credentials of {username} was answered {account}");
        return new Person(username, account.Json.LongOf("id"), token);
    }

    private static string PasswordOf(string username) => $"secret of {username}";

    private async Task<string> TokenAsync(Dictionary<string, string> grant, CancellationToken ct)
    {
        const string Scopes = "read write follow push";
        var app = await RequireAsync("/api/v1/apps", new
        {
            client_name = "crash tests",
            redirect_uris = "urn:ietf:wg:oauth:2.0:oob",
            scopes = Scopes,
        }, ct);
        grant["client_id"] = app.GetProperty("client_id").GetString()!;
        grant["client_secret"] = app.GetProperty("client_secret").GetString()!;
        grant["scope"] = Scopes;
        return (await RequireAsync("/oauth/token", grant, ct)).GetProperty("access_token").GetString()!;
    }

    private async Task<JsonElement> RequireAsync(string path, object body, CancellationToken ct)
    {
        var reply = await PostAsync(path, null, body, ct);
        while (reply.IsUnknown) reply = await PostAsync(path, null, body, ct);
        Assert.True(reply.IsSuccess, $"POST {path} answered {reply}");
        return reply.Json;
    }

    public void Dispose() => _http.Dispose();

    private static Uri? NextOf(HttpResponseMessage reply)
    {
        if (!reply.Headers.TryGetValues("Link", out var links)) return null;
        foreach (var link in string.Join(",", links).Split(',', StringSplitOptions.TrimEntries))
        {
            if (link.EndsWith("; rel=\"next\"", StringComparison.Ordinal))
                return new Uri(link[1..link.IndexOf('>', StringComparison.Ordinal)]);
        }
        return null;
    }
}

/// <summary>Somebody who is registered.</summary>
internal sealed record Person(string Username, long Id, string Token);
