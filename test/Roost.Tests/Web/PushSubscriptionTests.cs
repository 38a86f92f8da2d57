using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Outbound;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Services.WebPush;
using Roost.Tests.Services.WebPush;
using Roost.Tests.Web.Streaming;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Push messages as apps see them: subscribed to over HTTP, read by the keys that were sent.</summary>
public sealed class PushSubscriptionTests
{
    private const string Path = "/api/v1/push/subscription";

    private static readonly WebPushOptions _loopback =
        new() { Schemes = ["http"], Guard = new OutboundGuard(IPAddress.IsLoopback) };

    [Fact]
    public async Task An_app_subscribes_by_form_or_json_is_told_and_ends_it()
    {
        await using var service = await TestPushService.StartAsync();
        await using var server = await StreamServer.StartAsync(2, webPush: _loopback);
        using var device = new Device();
        var token = await server.TokenAsync(1, "read push");
        using var http = ClientOf(server, token);

        var none = await http.GetAsync(Path, StreamServer.Ct);
        var made = await ReadAsync(await http.PostAsync(Path, FormOf(device, service.EndpointOf("me")), StreamServer.Ct));
        var post = await server.PostAsync(1, "My first post");
        await server.Node.Posts.Favourite(new FavouritePost(new AccountId(2), post.Id), StreamServer.Call);
        var alert = JsonDocument.Parse(device.Read(await service.NextAsync())).RootElement;
        var changed = await ReadAsync(await http.PutAsJsonAsync(
            Path, new { data = new { alerts = new { follow = "true" }, policy = "followed" } }, StreamServer.Ct));
        var got = await ReadAsync(await http.GetAsync(Path, StreamServer.Ct));
        var ended = await http.DeleteAsync(Path, StreamServer.Ct);

        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Equal(service.EndpointOf("me"), made.GetProperty("endpoint").GetString());
        Assert.True(made.GetProperty("standard").GetBoolean());
        Assert.True(made.GetProperty("alerts").GetProperty("favourite").GetBoolean());
        Assert.False(made.GetProperty("alerts").GetProperty("follow").GetBoolean());
        Assert.Equal(await ServerKeyAsync(http), made.GetProperty("server_key").GetString());
        Assert.Equal(token, alert.GetProperty("access_token").GetString());
        Assert.Equal("favourite", alert.GetProperty("notification_type").GetString());
        Assert.Equal("User 2 favourited your post", alert.GetProperty("title").GetString());
        Assert.Equal("My first post", alert.GetProperty("body").GetString());
        Assert.EndsWith("/assets/avatar.png", alert.GetProperty("icon").GetString(), StringComparison.Ordinal);
        Assert.Equal("en", alert.GetProperty("preferred_locale").GetString());
        var notice = await http.GetAsync(
            "/api/v1/notifications/" + alert.GetProperty("notification_id").GetInt64(), StreamServer.Ct);
        Assert.Equal(HttpStatusCode.OK, notice.StatusCode);
        Assert.Equal(changed.ToString(), got.ToString());
        Assert.Equal("followed", got.GetProperty("policy").GetString());
        Assert.False(got.GetProperty("alerts").GetProperty("favourite").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(Path, StreamServer.Ct)).StatusCode);
    }

    [Fact]
    public async Task An_alert_speaks_the_language_that_its_reader_has_chosen()
    {
        await using var service = await TestPushService.StartAsync();
        await using var server = await StreamServer.StartAsync(2, webPush: _loopback);
        using var device = new Device();
        using var http = ClientOf(server, await server.TokenAsync(1, "read push"));
        await ReadAsync(await http.PostAsync(Path, FormOf(device, service.EndpointOf("me")), StreamServer.Ct));
        await server.Node.Users.Change(
            new ChangeAccount(new AccountId(1), Profile: new ProfileChange { Reading = new ReadingDefaults(PagesLanguage: "fr") }),
            StreamServer.Call);

        var post = await server.PostAsync(1, "Mon premier");
        await server.Node.Posts.Favourite(new FavouritePost(new AccountId(2), post.Id), StreamServer.Call);
        var alert = JsonDocument.Parse(device.Read(await service.NextAsync())).RootElement;

        Assert.Equal("User 2 a mis votre message en favori", alert.GetProperty("title").GetString());
        Assert.Equal("fr", alert.GetProperty("preferred_locale").GetString());
    }

    [Fact]
    public async Task A_subscription_needs_the_scope_push_and_keys_and_an_endpoint_that_are_such()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var device = new Device();
        using var without = ClientOf(server, await server.TokenAsync(1, "read write"));
        using var http = ClientOf(server, await server.TokenAsync(1, "push"));
        var (key, auth) = (Convert.ToBase64String(device.PublicKey), Convert.ToBase64String(device.Auth));

        Assert.Equal(HttpStatusCode.Forbidden, (await without.GetAsync(Path, StreamServer.Ct)).StatusCode);
        Assert.Contains("can't be blank", await RefusedAsync("", key, auth), StringComparison.Ordinal);
        Assert.Contains("private", await RefusedAsync("https://127.0.0.1/x", key, auth), StringComparison.Ordinal);
        Assert.Contains("P-256", await RefusedAsync("https://push.example/x", auth, auth), StringComparison.Ordinal);
        Assert.Contains("16 bytes", await RefusedAsync("https://push.example/x", key, key), StringComparison.Ordinal);
        Assert.Contains("not Base64", await RefusedAsync("https://push.example/x", "!", auth), StringComparison.Ordinal);

        async Task<string> RefusedAsync(string endpoint, string p256dh, string auth)
        {
            var body = new { subscription = new { endpoint, keys = new { p256dh, auth } } };
            using var reply = await http.PostAsJsonAsync(Path, body, StreamServer.Ct);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
            return (await ReadAsync(reply)).GetProperty("error").GetString()!;
        }
    }

    private static HttpClient ClientOf(StreamServer server, string token)
    {
        var http = new HttpClient { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static FormUrlEncodedContent FormOf(Device device, string endpoint) => new(new Dictionary<string, string>
    {
        ["subscription[endpoint]"] = endpoint,
        ["subscription[keys][p256dh]"] = Convert.ToBase64String(device.PublicKey).Replace('+', '-').Replace('/', '_'),
        ["subscription[keys][auth]"] = Convert.ToBase64String(device.Auth).TrimEnd('='),
        ["subscription[standard]"] = "true",
        ["data[alerts][favourite]"] = "1",
        ["data[alerts][mention]"] = "true",
    });

    private static async Task<string?> ServerKeyAsync(HttpClient http)
    {
        var instance = await ReadAsync(await http.GetAsync("/api/v2/instance", StreamServer.Ct));
        return instance.GetProperty("configuration").GetProperty("vapid").GetProperty("public_key").GetString();
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage reply) =>
        JsonDocument.Parse(await reply.Content.ReadAsStringAsync(StreamServer.Ct)).RootElement;
}
