using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Network;
using Roost.Services.AnnualReports;
using Roost.Services.Cards;
using Roost.Services.Notifications;
using Roost.Services.Translation;
using Roost.Tests.Check;
using Roost.Tests.Services.Storage;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Web.Conformance;

/// <summary>
/// The whole of Roost on a real port over a directory of its own, spoken to by the client API only. Visits come in
/// order and leave what they made here for later ones.
/// </summary>
internal sealed class PopulatedServer : IAsyncDisposable
{
    private const string AllScopes = "read write follow push profile admin:read admin:write";

    private static readonly CommunityOptions _community = new()
    {
        Rules = [new CommunityRule("Be kind", "Always"), new CommunityRule("No spam")],
        PrivacyPolicy = "We keep nothing.",
        ExtendedDescription = "A place for tests.",
        TermsOfService = [new TermsVersion(new DateOnly(2026, 1, 1), "Behave.")],
    };

    private readonly RunningServer _server;
    private readonly string _directory;
    private readonly HttpClient _http;
    private readonly Dictionary<string, string> _kept = [];

    private PopulatedServer(RunningServer server, string directory)
    {
        (_server, _directory) = (server, directory);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = server.Url,
        };
    }

    /// <summary>Every route of the client port.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => _server.Routes;

    public Node Node => _server.Node;

    /// <inheritdoc cref="RunningServer.Web"/>
    public WebServices Web => _server.Web;

    public Uri Url => _server.Url;

    public MetricsHistory History => _server.History;

    /// <summary>The server's process, and what fails in it.</summary>
    public NetworkView Network => _server.Network;

    /// <summary>What an earlier visit kept under a name: an id, a token.</summary>
    public string this[string name]
    {
        get => _kept.TryGetValue(name, out var value)
            ? value
            : throw new InvalidOperationException($"No visit has kept '{name}' yet; it must come earlier.");
        set => _kept[name] = value;
    }

    /// <summary>
    /// Starts with an app, the accounts <c>alice</c>, <c>bob</c> and <c>carol</c>, and their tokens under these names;
    /// their ids are under <c>alice.id</c> and so on.
    /// </summary>
    public static async Task<PopulatedServer> StartAsync(
        Func<WebOptions, WebOptions>? change = null, CardsOptions? cards = null,
        TranslationOptions? translation = null, bool? isApart = null)
    {
        var ct = TestContext.Current.CancellationToken;
        var directory = TestDirectory.Make();
        var server = await RunningServer.StartAsync(
            // Hashing that costs a second a person is tested where it is made.
            new NodeOptions(directory)
            {
                Users = SampleData.CheapPasswords,
                Cards = cards ?? new CardsOptions(),
                // Whatever the day is.
                AnnualReports = new AnnualReportsOptions { FromMonth = 1, FromDay = 1 },
                Translation = translation ?? new TranslationOptions(),
            },
            url =>
            {
                var usual = new WebOptions { PublicUrl = url, Community = _community };
                return change?.Invoke(usual) ?? usual;
            },
            isApart);
        var populated = new PopulatedServer(server, directory);
        await populated.MakePeopleAsync();
        // What alice, the owner, was told of the others' coming.
        await populated.NoticesCaughtAsync();
        await populated.Node.Notifications.Clear(new ClearNotices(new AccountId(1)), Call.Until(ct));
        return populated;
    }

    /// <summary>Waits until everybody is told of all that happened.</summary>
    public async Task NoticesCaughtAsync() => await Node.Notifications.Caught(
        new AwaitNotices(), Call.Until(TestContext.Current.CancellationToken));

    public Task<Reply> GetAsync(string path, string? token = "alice") => SendAsync(HttpMethod.Get, path, token, null);

    public Task<Reply> PostAsync(string path, object? json = null, string? token = "alice") =>
        SendAsync(HttpMethod.Post, path, token, JsonOf(json));

    public Task<Reply> PutAsync(string path, object? json = null, string? token = "alice") =>
        SendAsync(HttpMethod.Put, path, token, JsonOf(json));

    public Task<Reply> PatchAsync(string path, object? json = null, string? token = "alice") =>
        SendAsync(HttpMethod.Patch, path, token, JsonOf(json));

    public Task<Reply> DeleteAsync(string path, object? json = null, string? token = "alice") =>
        SendAsync(HttpMethod.Delete, path, token, JsonOf(json));

    /// <param name="token">The name under which it is kept, or null for none.</param>
    public async Task<Reply> SendAsync(HttpMethod method, string path, string? token, HttpContent? content)
    {
        var ct = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", this[token]);
        using var response = await _http.SendAsync(request, ct);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(ct), headers);
    }

    /// <summary>Opens what never ends, and reads its first line.</summary>
    public async Task<Reply> OpenAsync(string path, string token = "alice")
    {
        var ct = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", this[token]);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
        var headers = response.Content.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
        return new Reply(response.StatusCode, await lines.ReadLineAsync(ct) ?? "", headers);
    }

    /// <summary>Posts as somebody and keeps the id under a name.</summary>
    public async Task<Reply> WriteAsync(string name, object post, string token = "alice") =>
        Keep(name, await PostAsync("/api/v1/statuses", post, token));

    /// <summary>Keeps a member of an answer, its <c>id</c> unless told, under a name; gives the answer on.</summary>
    public Reply Keep(string name, Reply reply, string member = "id")
    {
        Assert.True((int)reply.Status is >= 200 and < 300, $"'{name}' was not made: {reply.Status} {reply.Body}");
        this[name] = reply.Json.GetProperty(member).ToString();
        return reply;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static StringContent? JsonOf(object? json) =>
        json is null ? null : new StringContent(JsonSerializer.Serialize(json), Encoding.UTF8, "application/json");

    private async Task MakePeopleAsync()
    {
        var app = Keep("client_id", await PostAsync("/api/v1/apps", new
        {
            client_name = "Conformance",
            redirect_uris = "urn:ietf:wg:oauth:2.0:oob",
            scopes = AllScopes,
        }, token: null), "client_id");
        this["client_secret"] = app.Json.GetProperty("client_secret").GetString()!;
        Keep("app", await TokenAsync(new { grant_type = "client_credentials" }), "access_token");
        foreach (var name in (string[])["alice", "bob", "carol"]) await JoinAsync(name);
    }

    /// <summary>Makes an account; its token is kept under its name, its id under <c>name.id</c>.</summary>
    public async Task JoinAsync(string name)
    {
        Keep(name, await PostAsync("/api/v1/accounts", new
        {
            username = name,
            email = $"{name}@example.org",
            password = $"the password of {name}",
            agreement = true,
            locale = "en",
        }, "app"), "access_token");
        Keep($"{name}.id", await GetAsync("/api/v1/accounts/verify_credentials", name));
    }

    /// <summary>Asks for a token; the app's own credentials are added.</summary>
    public Task<Reply> TokenAsync(object grant)
    {
        var form = JsonSerializer.SerializeToElement(grant).EnumerateObject()
            .Select(member => KeyValuePair.Create(member.Name, member.Value.GetString()!))
            .Append(KeyValuePair.Create("client_id", this["client_id"]))
            .Append(KeyValuePair.Create("client_secret", this["client_secret"]))
            .Append(KeyValuePair.Create("scope", AllScopes));
        return SendAsync(HttpMethod.Post, "/oauth/token", null, new FormUrlEncodedContent(form));
    }
}
