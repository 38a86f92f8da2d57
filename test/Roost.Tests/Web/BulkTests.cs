using System.Net;
using System.Net.Http.Headers;
using Roost.Engine.Ids;
using Roost.Replay.Online;
using Roost.Replay.Verifying;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Tests.Replay;
using Roost.Tests.Web.Conformance;
using Roost.Web.Bulk;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Many posts in one request, over a whole server.</summary>
public sealed class BulkTests : IAsyncLifetime
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private PopulatedServer _server = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        _http = new HttpClient { BaseAddress = _server.Url };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Posts_answers_and_boosts_of_many_authors_are_stored_in_order_and_answered_one_by_one()
    {
        var body = new BulkBody();
        var (alice, bob) = (body.AddAuthor(_server["alice"]), body.AddAuthor(_server["bob"]));
        body.AddPost(alice, "first, for @bob");
        body.AddPost(bob, "an answer", about: 0);
        body.Commit();
        body.AddBoost(alice, about: 1);
        body.AddPost(bob, "another answer", about: 0);

        var made = await SendAsync(body.ToArray());
        var context = await _server.GetAsync($"/api/v1/statuses/{made[0].Id}/context");
        var first = await _server.GetAsync($"/api/v1/statuses/{made[0].Id}");
        var boost = await _server.GetAsync($"/api/v1/statuses/{made[2].Id}");

        Assert.All(made, one => Assert.Equal(BulkCode.Made, one.Code));
        Assert.Equal(made.Select(one => one.Id).Order(), made.Select(one => one.Id));
        Assert.Equal(
            [$"{made[1].Id}", $"{made[3].Id}"],
            context.Json.GetProperty("descendants").EnumerateArray().Select(one => one.GetProperty("id").GetString()));
        Assert.Equal(_server["alice.id"], first.Json.GetProperty("account").GetProperty("id").GetString());
        Assert.Equal("bob", first.Json.GetProperty("mentions")[0].GetProperty("username").GetString());
        Assert.Equal($"{made[1].Id}", boost.Json.GetProperty("reblog").GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_refused_item_leaves_the_others_alone_and_takes_those_about_it_along()
    {
        var body = new BulkBody();
        var alice = body.AddAuthor(_server["alice"]);
        var nobody = body.AddAuthor("no token");
        var app = body.AddAuthor(_server["app"]);
        body.AddPost(alice, "good");
        body.AddPost(alice, "   ");
        body.AddPost(alice, new string('x', 501));
        body.AddPost(nobody, "by nobody");
        body.AddPost(app, "by an app");
        body.AddPost(7, "by an author who is not there");
        body.AddPost(alice, "about nothing", answers: 12345);
        body.AddPost(alice, "about a refused one", about: 1);
        body.Commit();
        body.AddBoost(alice, about: 1);
        body.AddBoost(alice, about: 99);
        body.AddPost(alice, "good, too", about: 0);

        var made = await SendAsync(body.ToArray());

        Assert.Equal(
            [
                BulkCode.Made, BulkCode.Invalid, BulkCode.Invalid, BulkCode.Forbidden, BulkCode.Forbidden,
                BulkCode.Invalid, BulkCode.NotFound, BulkCode.NotFound, BulkCode.NotFound, BulkCode.Invalid,
                BulkCode.Made,
            ],
            made.Select(one => one.Code));
        Assert.Contains("501 characters", made[2].Reason, StringComparison.Ordinal);
        Assert.Contains("author 7", made[5].Reason, StringComparison.Ordinal);
        Assert.Contains("Item 1", made[8].Reason, StringComparison.Ordinal);
        Assert.Equal(2, (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses"))
            .Json.GetArrayLength());
    }

    [Fact]
    public async Task What_is_sent_twice_with_the_same_keys_is_made_once()
    {
        var body = new BulkBody();
        var alice = body.AddAuthor(_server["alice"]);
        for (var i = 0; i < 50; i++) body.AddPost(alice, $"post {i}", about: i - 1, key: $"key {i}");
        body.AddBoost(alice, about: 3);

        var made = await SendAsync(body.ToArray());
        var again = await SendAsync(body.ToArray());

        Assert.Equal(made, again);
        Assert.All(made, one => Assert.Equal(BulkCode.Made, one.Code));
    }

    [Fact]
    public async Task More_than_a_group_is_stored_group_by_group()
    {
        var body = new BulkBody();
        var alice = body.AddAuthor(_server["alice"]);
        for (var i = 0; i < BulkFormat.CommitItems + 10; i++) body.AddPost(alice, $"post {i}");

        var made = await SendAsync(body.ToArray());

        Assert.Equal(BulkFormat.CommitItems + 10, made.Count(one => one.Code == BulkCode.Made));
        Assert.Equal(made.Count, made.Select(one => one.Id).Distinct().Count());
    }

    [Fact]
    public async Task Strangers_and_tokens_without_the_scope_are_refused()
    {
        var reader = await _server.Node.Users.CreateToken(
            new CreateToken(0, new AccountId(1), "read"), Call.Until(Ct));
        using var stranger = await AnswerAsync(new BulkBody().ToArray(), null);
        using var forbidden = await AnswerAsync(new BulkBody().ToArray(), reader.Value);
        using var empty = await AnswerAsync(new BulkBody().ToArray(), _server["alice"]);

        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Equal(HttpStatusCode.OK, empty.StatusCode);
        Assert.Empty(BulkBody.ReadAnswer(await empty.Content.ReadAsByteArrayAsync(Ct)));
    }

    [Theory]
    [InlineData("", "RoostPs1")]
    [InlineData("{\"status\":\"hello\"}", "RoostPs1")]
    [InlineData("RoostPs1\u0009\0\0\0\0", "kind 9")]
    [InlineData("RoostPs1\u0002\u007f\u007f\u007f\u007f", "the most is 65536")]
    [InlineData("RoostPs1\u0002\u0001", "ends within the frame at byte 8")]
    [InlineData("RoostPs1\u0002\u0005\0\0\0abcde", "Item 0, a post")]
    [InlineData("RoostPs1\u0003\u0005\0\0\0abcde", "Item 0, a boost")]
    public async Task What_cannot_be_read_is_refused_by_its_place(string body, string named)
    {
        using var reply = await AnswerAsync(System.Text.Encoding.Latin1.GetBytes(body), _server["alice"]);
        var text = await reply.Content.ReadAsStringAsync(Ct);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
        Assert.Contains("{\"error\":", text, StringComparison.Ordinal);
        Assert.Contains(named, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_read_after_some_was_stored_ends_the_answer()
    {
        var body = new BulkBody();
        var alice = body.AddAuthor(_server["alice"]);
        body.AddPost(alice, "stored");
        body.Commit();
        body.AddPost(alice, "not stored");

        var made = await SendAsync([.. body.ToArray(), 9, 0, 0, 0, 0]);

        Assert.Equal([BulkCode.Made, BulkCode.Unreadable], made.Select(one => one.Code));
        Assert.Contains("kind 9", made[1].Reason, StringComparison.Ordinal);
        Assert.Equal(1, (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses"))
            .Json.GetArrayLength());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_garbage_brings_the_server_to_anything_but_a_clear_answer(int seed)
    {
        var random = new Random(seed);
        var body = new BulkBody();
        var alice = body.AddAuthor(_server["alice"]);
        for (var i = 0; i < 20; i++) body.AddPost(alice, $"post {i}", about: random.Next(i) - 1);
        var whole = body.ToArray();
        for (var i = 0; i < 200; i++)
        {
            var damaged = whole[..random.Next(8, whole.Length)];
            damaged[random.Next(8, damaged.Length + 1) - 1] = (byte)random.Next(256);

            using var reply = await AnswerAsync(damaged, _server["alice"]);

            Assert.True(
                reply.StatusCode is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity,
                $"seed {seed}, {i}: {reply.StatusCode}");
        }
    }

    [Fact]
    public async Task A_network_that_is_played_in_bulk_is_the_one_that_the_source_tells()
    {
        var network = Networks.Random(31, 12, 40, 400);
        var options = new OnlineOptions { Server = _server.Url, Speed = double.PositiveInfinity, Secret = "secret" };
        var errors = new OnlineErrors();
        var api = new ClientApi(_http, options, TimeProvider.System, errors);
        var accounts = await new OnlineAccounts(api, options).OpenAsync(network.Usernames, null, Ct);
        await new OnlineAccounts(api, options).FollowAsync(accounts, network.Follows, null, Ct);

        var player = new BulkPlayer(network, accounts, api, TimeProvider.System, errors);
        var report = await player.PlayAsync(network.Fingerprint, Ct);
        var again = await player.PlayAsync(network.Fingerprint, Ct);
        var verified = await new HomeVerifier(
            network, new HomeModel(network), new WebHomeReader(api, accounts).ReadAsync, inSourceOrder: true,
            TimeProvider.System).VerifyAsync([.. Enumerable.Range(0, accounts.Length)], Ct);

        Assert.True(report.Failed == 0, string.Join(", ", report.Errors));
        Assert.Equal(0, again.Failed);
        Assert.Null(verified.Difference);
    }

    private async Task<List<(BulkCode Code, long Id, string Reason)>> SendAsync(byte[] body)
    {
        using var reply = await AnswerAsync(body, _server["alice"]);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(BulkFormat.ContentType, reply.Content.Headers.ContentType!.MediaType);
        return BulkBody.ReadAnswer(await reply.Content.ReadAsByteArrayAsync(Ct));
    }

    private async Task<HttpResponseMessage> AnswerAsync(byte[] body, string? token)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(BulkFormat.ContentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, BulkFormat.Path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request, Ct);
    }
}
