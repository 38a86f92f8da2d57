using System.Net;
using System.Text.Json;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Polls over the client API of a whole server.</summary>
public sealed class PollTests : IAsyncLifetime
{
    private static readonly string[] _options = ["Tea", "Cof\"fee"];

    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_poll_shows_what_its_reader_may_know_on_the_next_home_page()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["alice.id"]}/follow", token: "bob");
        await WriteAsync(hideTotals: false);
        Assert.Equal((0, false, "[]"), State(await AtHomeAsync("bob")));

        var voted = await VoteAsync("bob", 1);
        voted.Is(HttpStatusCode.OK);

        Assert.Equal((1, true, "[1]"), State(voted.Json));
        Assert.Equal((1, true, "[1]"), State(await AtHomeAsync("bob")));
        Assert.Equal((1, true, "[]"), State(await AtHomeAsync("alice")));
        Assert.Equal("Cof\"fee", voted.Json.GetProperty("options")[1].GetProperty("title").GetString());
        Assert.Equal(1, voted.Json.GetProperty("options")[1].GetProperty("votes_count").GetInt32());
        var strangers = (await _server.GetAsync($"/api/v1/polls/{_server["post"]}", null)).Json;
        Assert.False(strangers.TryGetProperty("voted", out _));
        Assert.Equal(1, strangers.GetProperty("voters_count").GetInt32());
        (await VoteAsync("bob", 0)).Is(HttpStatusCode.UnprocessableEntity);
        (await VoteAsync("alice", 0)).Is(HttpStatusCode.UnprocessableEntity);

        static (int, bool, string) State(JsonElement poll) => (
            poll.GetProperty("votes_count").GetInt32(), poll.GetProperty("voted").GetBoolean(),
            poll.GetProperty("own_votes").GetRawText());
    }

    [Fact]
    public async Task Hidden_totals_are_not_told_before_the_end()
    {
        await WriteAsync(hideTotals: true);
        await VoteAsync("bob", 0);

        var poll = (await _server.GetAsync($"/api/v1/polls/{_server["post"]}", "bob")).Json;

        Assert.Equal(1, poll.GetProperty("votes_count").GetInt32());
        Assert.All(poll.GetProperty("options").EnumerateArray(), option =>
            Assert.Equal(JsonValueKind.Null, option.GetProperty("votes_count").ValueKind));
    }

    [Fact]
    public async Task What_is_no_poll_is_refused_with_a_reason()
    {
        foreach (var form in (string[])[
            "status=x&poll[options][]=a&poll[expires_in]=600",
            "status=x&poll[options][]=a&poll[options][]=b",
            "status=x&poll[options][]=a&poll[options][]=b&poll[expires_in]=60",
            "status=x&poll[options][]=a&poll[options][]=b&poll[expires_in]=99999999",
            "status=x&poll[options][]=a&poll[options][]=a&poll[expires_in]=600",
            "status=x&poll[options][]=a&poll[options][]=b&poll[expires_in]=soon",
            "status=x&poll[expires_in]=600",
            "status=&poll[options][]=a&poll[options][]=b&poll[expires_in]=600"])
        {
            var reply = await _server.SendAsync(HttpMethod.Post, "/api/v1/statuses", "alice", new StringContent(
                form, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded")));

            reply.Is(HttpStatusCode.UnprocessableEntity);
            Assert.NotEmpty(reply.Json.GetProperty("error").GetString()!);
        }
    }

    [Fact]
    public async Task Who_cannot_see_a_post_cannot_see_its_poll_nor_vote()
    {
        await WriteAsync(hideTotals: false, visibility: "private");

        (await _server.GetAsync($"/api/v1/polls/{_server["post"]}", "bob")).Is(HttpStatusCode.NotFound);
        (await VoteAsync("bob", 0)).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync("/api/v1/polls/77", "bob")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"status":"Which, then?"}""")]
    [InlineData("""{"status":"Which, then?","poll":null}""")]
    public async Task An_edit_without_the_poll_takes_it_away_and_the_same_again_is_another(string body)
    {
        await WriteAsync(hideTotals: false);
        await VoteAsync("bob", 1);
        var path = $"/api/v1/statuses/{_server["post"]}";

        var edited = await _server.SendAsync(HttpMethod.Put, path, "alice", new StringContent(
            body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));

        edited.Is(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, edited.Json.GetProperty("poll").ValueKind);
        (await _server.GetAsync($"/api/v1/polls/{_server["post"]}", "bob")).Is(HttpStatusCode.NotFound);
        (await VoteAsync("bob", 0)).Is(HttpStatusCode.NotFound);
        var again = await _server.PutAsync(
            path, new { status = "Which?", poll = new { options = _options, expires_in = 600 } });
        Assert.Equal(0, again.Json.GetProperty("poll").GetProperty("votes_count").GetInt32());
        (await VoteAsync("bob", 0)).Is(HttpStatusCode.OK);
    }

    private Task<Reply> WriteAsync(bool hideTotals, string visibility = "public") => _server.WriteAsync("post", new
    {
        status = "Which?",
        visibility,
        poll = new { options = _options, expires_in = 600, hide_totals = hideTotals },
    });

    private Task<Reply> VoteAsync(string name, int choice) =>
        _server.PostAsync($"/api/v1/polls/{_server["post"]}/votes", new { choices = new[] { choice } }, name);

    private async Task<JsonElement> AtHomeAsync(string name) =>
        (await _server.GetAsync("/api/v1/timelines/home", name)).Json[0].GetProperty("poll");
}
