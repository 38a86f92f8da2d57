using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Users;
using Roost.Web;

namespace Roost.Composition;

/// <summary>
/// Has the process do once, over an empty directory that is thrown away, what it will have to do at a take-over and in
/// the second after: open all services, sign somebody up, post, read. A process that has just started is slow at
/// whatever it does for the first time, since it is only then made into machine code; that is some seconds, which are
/// spent while nobody waits.
/// </summary>
internal static partial class Rehearsal
{
    /// <summary>How often the runtime has something done before it takes the trouble to make it fast.</summary>
    private const int Times = 40;

    private const string Listen = "http://127.0.0.1:0";

    /// <summary>A PNG.</summary>
    private const string OnePixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    /// <summary>Of a whole node. Never fails: what cannot be rehearsed is only slow.</summary>
    public static Task RunAsync(ILogger log, CancellationToken ct) => TryAsync(
        async directory =>
        {
            await using var server = await Server.StartAsync(
                new NodeOptions(directory), Listen, Web, LogLevel.Critical, ct);
            using var http = new HttpClient { BaseAddress = server.Url };
            await PlayAsync(http, ct);
        },
        log, ct);

    /// <summary>Of a node without the client port, which calls it here. Never fails.</summary>
    public static Task RunApartAsync(ILogger log, CancellationToken ct) => TryAsync(
        async directory =>
        {
            await using var posts = await PostsServer.StartAsync(
                new PostsServerOptions(new NodeOptions(directory), Listen, Web, []), admin: null, ct);
            await using var server = await WebServer.StartAsync(
                new WebServerOptions(Listen, Web, new Elsewhere([posts.Url], [])), LogLevel.Critical, admin: null, ct);
            using var http = new HttpClient { BaseAddress = server.Url };
            await PlayAsync(http, ct);
        },
        log, ct);

    /// <summary>Of a role. Never fails.</summary>
    public static Task RunAsync(Role role, ILogger log, CancellationToken ct) => TryAsync(
        async directory =>
        {
            await using var server = await RoleServer.StartAsync(
                role, new ServeOptions(directory, Listen, []), admin: null, ct);
            if (role != Role.Users && role != Role.Media) return;
            await using var way = new RoleElsewhere(role.Name, new Elsewhere([server.Url], []), NodeTools.ForCommand());
            var client = way.Connect(role.Name);
            if (role == Role.Users) await PlayAsync(UsersRemote.ConnectUsers(client), ct);
            else await PlayAsync(MediaRemote.ConnectMedia(client, new MediaOptions().Limits), ct);
        },
        log, ct);

    private static WebOptions Web(Uri url) => new() { PublicUrl = url };

    private static async Task TryAsync(Func<string, Task> play, ILogger log, CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("roost-rehearsal-").FullName;
        try
        {
            await play(directory);
        }
        catch (Exception failure) when (failure is ServiceException or HttpRequestException or JsonException
            or IOException or KeyNotFoundException)
        {
            LogFailed(log, failure);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It is for real already.
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task PlayAsync(HttpClient http, CancellationToken ct)
    {
        var app = await PostAsync(
            http, "/api/v1/apps", ct, ("client_name", "rehearsal"), ("redirect_uris", "urn:ietf:wg:oauth:2.0:oob"),
            ("scopes", "read write"));
        http.DefaultRequestHeaders.Authorization = Bearer(await PostAsync(
            http, "/oauth/token", ct, ("grant_type", "client_credentials"), ("scope", "read write"),
            ("client_id", Text(app, "client_id")), ("client_secret", Text(app, "client_secret"))));
        http.DefaultRequestHeaders.Authorization = Bearer(await PostAsync(
            http, "/api/v1/accounts", ct, ("username", "rehearsal"), ("email", "rehearsal@example.org"),
            ("password", "it all happens once before"), ("agreement", "true"), ("locale", "en")));
        for (var i = 0; i < Times; i++)
        {
            await PostAsync(http, "/api/v1/statuses", ct, ("status", $"Rehearsal {i} of #all that is to come"));
            foreach (var path in (string[])["/api/v1/timelines/home", "/api/v1/timelines/public"])
                await http.GetByteArrayAsync(path, ct);
        }
        foreach (var path in (string[])["/", "/@rehearsal", "/api/v1/notifications", "/api/v2/search?q=rehearsal"])
            await http.GetByteArrayAsync(path, ct);
    }

    private static async Task PlayAsync(UsersApi users, CancellationToken ct)
    {
        var call = Call.Until(ct);
        var app = await users.CreateApp(new CreateApp("rehearsal", null, ["urn:ietf:wg:oauth:2.0:oob"], "read"), call);
        var made = await users.Create(
            new CreateAccount("rehearsal", "rehearsal@example.org", "it all happens once before"), call);
        if (made.Account is not { } account) return;
        var token = await users.CreateToken(new CreateToken(app.Id, account.Id, "read"), call);
        for (var i = 0; i < Times; i++)
        {
            await users.FindToken(new FindToken(token.Value), call);
            await users.Get(new GetAccounts([account.Id]), call);
            await users.Find(new FindAccounts(["rehearsal"]), call);
            await users.TokensVersion(new GetTokensVersion(), call);
        }
    }

    private static async Task PlayAsync(MediaApi media, CancellationToken ct)
    {
        var call = Call.Until(ct);
        var account = new AccountId(1);
        for (var i = 0; i < Times; i++)
        {
            var item = await media.Upload(
                new UploadMedia(account, MediaPurpose.Attachment, Convert.FromBase64String(OnePixel)), call);
            await media.Use(new UseMedia(account, [item.Id]), call);
            await media.Find(new FindMediaFile(item.FileKey, Small: true), call);
            await media.Part(new GetMediaPart(item.FileKey, Small: true, From: 0), call);
        }
    }

    private static AuthenticationHeaderValue Bearer(JsonElement reply) => new("Bearer", Text(reply, "access_token"));

    private static string Text(JsonElement reply, string name) => reply.GetProperty(name).GetString()!;

    private static async Task<JsonElement> PostAsync(
        HttpClient http, string path, CancellationToken ct, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value));
        using var reply = await http.PostAsync(new Uri(path, UriKind.Relative), form, ct);
        reply.EnsureSuccessStatusCode();
        return await reply.Content.ReadFromJsonAsync<JsonElement>(ct);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "What a take-over needs could not be tried beforehand; the first requests after one are slow")]
    private static partial void LogFailed(ILogger log, Exception failure);
}
