using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Roost.Replay;
using Roost.Replay.Online;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Replay;

public sealed class OnlinePlayerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public async Task Every_author_posts_in_order_and_every_target_is_there_before_it_is_needed(int seed)
    {
        var network = Networks.Random(seed, 12, 30, 400);
        using var server = new FakeServer();

        var report = await PlayAsync(server, network);

        Assert.True(report.Failed == 0, $"seed {seed}: {string.Join(", ", report.Errors)}");
        Assert.Equal(network.Follows.Length, server.Follows);
        foreach (var posts in server.Posts.GroupBy(p => p.Token))
        {
            var author = Array.IndexOf(network.Usernames, posts.Key["token of ".Length..]);
            var expected = Enumerable.Range(0, network.Activities.Length)
                .Where(i => network.Activities[i].Actor == author && network.Activities[i].Kind != ActivityKind.Boost)
                .Select(network.TextOf);
            Assert.Equal(expected,
                posts.Select(p => p.Text).Where(t => !t.StartsWith("Stands", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task An_account_that_exists_is_signed_in_to_with_the_same_secret()
    {
        using var server = new FakeServer();
        var network = Networks.Parse(2, "ab", "bP");
        await PlayAsync(server, network);

        await PlayAsync(server, network);

        var error = await Assert.ThrowsAsync<ServiceException>(() => PlayAsync(server, network, secret: "another"));
        Assert.Equal(ErrorCode.Forbidden, error.Code);
        Assert.Contains("--secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_with_the_same_key()
    {
        using var server = new FakeServer { BusyEvery = 3 };

        var report = await PlayAsync(server, Networks.Random(23, 5, 10, 60));

        Assert.Equal(0, report.Failed);
        Assert.Equal(server.Posts.Count, server.Posts.Select(p => p.Key).Distinct().Count());
        Assert.True(report.Errors["retried: HTTP 503"] > 10);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up_on_and_what_needed_the_post_is_not_sent()
    {
        using var server = new FakeServer { RefusedText = "post 1" };

        var report = await PlayAsync(server, Networks.Parse(3, "ab", "aP bBa cRa bP"));

        Assert.Equal(3, report.Failed);
        Assert.Equal(2, report.Errors["not sent: its target failed"]);
        Assert.Equal("post 4", Assert.Single(server.Posts).Text);
    }

    [Fact]
    public void The_beginning_of_a_network_keeps_names_texts_and_the_follows_within()
    {
        var whole = Networks.Parse(5, "ab bc cd de ea", "cP eBc aP");

        var slice = NetworkSlice.First(whole, 2);

        Assert.Equal(["c", "e"], slice.Usernames);
        Assert.Empty(slice.Follows);
        Assert.Equal(new Activity(1, 0, Networks.Announcement + 1_000, ActivityKind.Boost), slice.Activities[1]);
        Assert.Equal(whole.TextOf(0), slice.TextOf(0));
        Assert.Equal(whole.Follows, NetworkSlice.First(Networks.Parse(5, "ab bc cd de ea", "aMb cMd eP"), 99).Follows);
    }

    private static async Task<OnlineReport> PlayAsync(FakeServer server, Network network, string secret = "secret")
    {
        var options = new OnlineOptions
        {
            Server = new Uri("http://roost.example"),
            Speed = double.PositiveInfinity,
            Secret = secret,
            Concurrency = 8,
            // One request in three meets a busy server: six in a row would, in some runs.
            Attempts = 12,
            FirstRetryAfter = TimeSpan.Zero,
        };
        using var http = new HttpClient(server, disposeHandler: false) { BaseAddress = options.Server };
        var errors = new OnlineErrors();
        var api = new ClientApi(http, options, TimeProvider.System, errors);
        var opener = new OnlineAccounts(api, options);
        var accounts = await opener.OpenAsync(network.Usernames, null, Ct);
        await opener.FollowAsync(accounts, network.Follows, null, Ct);
        var player = new OnlinePlayer(network, accounts, api, options, TimeProvider.System, errors);
        return await player.PlayAsync(network.Fingerprint, Ct);
    }

    /// <summary>As much of the client API as playing needs, in memory. Answers come late and out of order.</summary>
    private sealed class FakeServer : HttpMessageHandler
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, string> _passwords = [];
        private readonly HashSet<string> _ids = [];
        private int _requests;

        public int BusyEvery { get; init; } = int.MaxValue;
        public string? RefusedText { get; init; }
        public int Follows { get; private set; }
        public ConcurrentQueue<(string Token, string Text, string Key)> Posts { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var text = request.Content is null ? "{}" : await request.Content.ReadAsStringAsync(ct);
            await Task.Yield();
            lock (_lock)
            {
                return ++_requests % BusyEvery == 0
                    ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
                    : Answer_NeedsLock(request, JsonNode.Parse(text)!);
            }
        }

        private HttpResponseMessage Answer_NeedsLock(HttpRequestMessage request, JsonNode body)
        {
            var path = request.RequestUri!.AbsolutePath;
            var token = request.Headers.Authorization?.Parameter ?? "";
            return path switch
            {
                "/api/v1/apps" => Json(new() { ["client_id"] = "id", ["client_secret"] = "secret" }),
                "/oauth/token" => Token_NeedsLock(body),
                "/api/v1/accounts" => Register_NeedsLock(body),
                "/api/v1/accounts/verify_credentials" => Json(new() { ["id"] = token }),
                "/api/v1/statuses" => Post_NeedsLock(request, token, body),
                _ when path.EndsWith("/follow", StringComparison.Ordinal) =>
                    Json(new() { ["following"] = Follows++ >= 0 }),
                _ => Json(new() { ["id"] = "boost" }, _ids.Contains(path.Split('/')[^2]) ? HttpStatusCode.OK
                    : HttpStatusCode.NotFound),
            };
        }

        private HttpResponseMessage Token_NeedsLock(JsonNode body)
        {
            if ((string)body["grant_type"]! == "client_credentials") return Json(new() { ["access_token"] = "app" });
            var username = (string)body["username"]!;
            return _passwords[username] == (string)body["password"]!
                ? Json(new() { ["access_token"] = $"token of {username}" })
                : Json(new() { ["error"] = "invalid_grant" }, HttpStatusCode.BadRequest);
        }

        private HttpResponseMessage Register_NeedsLock(JsonNode body)
        {
            var username = (string)body["username"]!;
            return _passwords.TryAdd(username, (string)body["password"]!)
                ? Json(new() { ["access_token"] = $"token of {username}" })
                : Json(new() { ["error"] = "taken" }, HttpStatusCode.UnprocessableEntity);
        }

        private HttpResponseMessage Post_NeedsLock(HttpRequestMessage request, string token, JsonNode body)
        {
            var text = (string)body["status"]!;
            if (text == RefusedText) return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            if ((string?)body["in_reply_to_id"] is { } target && !_ids.Contains(target))
                return new HttpResponseMessage(HttpStatusCode.NotFound);
            var key = request.Headers.GetValues("Idempotency-Key").Single();
            _ids.Add(key);
            Posts.Enqueue((token, text, key));
            return Json(new() { ["id"] = key });
        }

        private static HttpResponseMessage Json(JsonObject json, HttpStatusCode status = HttpStatusCode.OK) =>
            new(status) { Content = JsonContent.Create(json) };
    }
}
