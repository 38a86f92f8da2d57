using System.Net;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>Server-sent events, by a real client over a real port.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task A_follower_is_told_of_a_post_its_edit_and_its_deletion()
    {
        await using var server = await StreamServer.StartAsync(2);
        await server.FollowAsync(1, 2);
        using var stream = await server.OpenAsync("user", 1);

        var post = await server.PostAsync(2, "Hello, follower!");
        var update = (await stream.NextAsync())!;
        await server.Node.Posts.Edit(
            new EditPost(new AccountId(2), post.Id, "Hello again", "", false, null, []), StreamServer.Call);
        var edit = (await stream.NextAsync())!;
        await server.Node.Posts.Delete(new DeletePost(new AccountId(2), post.Id), StreamServer.Call);
        var delete = (await stream.NextAsync())!;

        Assert.Equal([":)"], stream.Comments);
        Assert.Equal(("update", post.Id.ToString()), (update.Name, update.PostId));
        Assert.Equal("u2", update.Json.GetProperty("account").GetProperty("username").GetString());
        Assert.False(update.Json.GetProperty("favourited").GetBoolean());
        Assert.Equal(("status.update", post.Id.ToString()), (edit.Name, edit.PostId));
        Assert.Contains("Hello again", edit.Json.GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(("delete", post.Id.ToString()), (delete.Name, delete.Data));
        Assert.Equal([post.Ref.Seq.ToString(), (post.Ref.Seq + 1).ToString(), (post.Ref.Seq + 2).ToString()],
            ((string?[])[update.Id, edit.Id, delete.Id]).Select(id => id!.Split('-')[0]));
    }

    [Fact]
    public async Task An_author_is_told_of_its_own_posts_and_boosts()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var stream = await server.OpenAsync("user", 1);
        var other = await server.PostAsync(2);

        var own = await server.PostAsync(1);
        var boost = await server.Node.Posts.Boost(new BoostPost(new AccountId(1), other.Id), StreamServer.Call);

        Assert.Equal(own.Id.ToString(), (await stream.NextAsync())!.PostId);
        var told = (await stream.NextAsync())!;
        Assert.Equal(boost!.Id.ToString(), told.PostId);
        var within = told.Json.GetProperty("reblog");
        Assert.Equal(other.Id.ToString(), within.GetProperty("id").GetString());
        Assert.False(within.TryGetProperty("favourited", out _), "Whether it is a favourite differs by reader.");
    }

    [Fact]
    public async Task A_boost_of_ones_own_post_for_followers_is_told_to_followers_without_its_authors_marks()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.FollowAsync(2, 1);
        using var follower = await server.OpenAsync("user", 2);
        using var all = await server.OpenAsync("public", 3);
        var post = await server.PostAsync(1, "for followers", visibility: Visibility.Followers);

        var boost = await server.Node.Posts.Boost(new BoostPost(new AccountId(1), post.Id), StreamServer.Call);
        var end = await server.PostAsync(1, "for all");

        Assert.Equal(post.Id.ToString(), (await follower.NextAsync())!.PostId);
        var told = (await follower.NextAsync())!;
        Assert.Equal((boost!.Id.ToString(), "private"), (told.PostId, told.Json.GetProperty("visibility").GetString()));
        Assert.NotEqual("true", told.Json.GetProperty("reblog").TryGetProperty("reblogged", out var marked)
            ? marked.GetRawText()
            : "absent");
        Assert.Equal(end.Id.ToString(), (await all.NextAsync())!.PostId);
    }

    [Fact]
    public async Task Public_streams_have_public_posts_that_are_neither_boosts_nor_replies_to_others()
    {
        await using var server = await StreamServer.StartAsync(3);
        using var all = await server.OpenAsync("public", 1);
        using var local = await server.OpenAsync("public/local", 1);

        var first = await server.PostAsync(2);
        await server.PostAsync(3, "a reply", first.Id);
        await server.Node.Posts.Boost(new BoostPost(new AccountId(3), first.Id), StreamServer.Call);
        await server.PostAsync(2, "unlisted", visibility: Visibility.Unlisted);
        var own = await server.PostAsync(2, "goes on", first.Id);

        foreach (var stream in (EventReader[])[all, local])
        {
            var before = await stream.UntilAsync(own.Id);
            Assert.Equal([first.Id.ToString()], before.Select(one => one.PostId));
        }
    }

    [Fact]
    public async Task Hashtag_streams_have_posts_with_the_tag_whatever_its_case_and_all_others_asked_for()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var cats = await server.OpenAsync("hashtag?tag=Cats", 1);
        using var both = await server.OpenAsync("hashtag/local?tag=cats&all[]=dogs", 1);

        await server.PostAsync(2, "about nothing");
        var one = await server.PostAsync(2, "my #cats and #CATS");
        var two = await server.PostAsync(2, "#dogs and #càts");
        var end = await server.PostAsync(2, "#Cats #dogs");

        Assert.Equal([one.Id.ToString(), two.Id.ToString()],
            (await cats.UntilAsync(end.Id)).Select(told => told.PostId));
        Assert.Equal([two.Id.ToString()], (await both.UntilAsync(end.Id)).Select(told => told.PostId));
    }

    [Fact]
    public async Task Posts_of_one_commit_come_to_every_stream_in_order_each_once()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.FollowAsync(3, 2);
        using var first = await server.OpenAsync("public", 1);
        using var second = await server.OpenAsync("public", 3);
        using var home = await server.OpenAsync("user", 3);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        foreach (var name in (string[])["public", "public:local"])
            await StreamServer.SayAsync(socket, new { type = "subscribe", stream = name });
        await server.OpenedAsync(5);

        BatchItem[] posts =
        [
            .. Enumerable.Range(0, 40).Select(i => BatchItem.Of(new CreatePost(new AccountId(i < 30 ? 2 : 1), $"number {i}"))),
        ];
        await server.Node.Posts.CreateMany(new CreatePosts(posts), StreamServer.Call);

        var all = Enumerable.Range(0, 40).Select(i => $"<p>number {i}</p>").ToArray();
        Assert.Equal(all, await TextsAsync(first, 40));
        Assert.Equal(all, await TextsAsync(second, 40));
        Assert.Equal(all[..30], await TextsAsync(home, 30));
        Assert.Equal(first.LastId, second.LastId);
        var heard = new Dictionary<string, List<string>>();
        for (var i = 0; i < 80; i++)
        {
            var message = (await StreamServer.HearAsync(socket))!.Value;
            var name = message.GetProperty("stream")[0].GetString()!;
            if (!heard.TryGetValue(name, out var texts)) heard[name] = texts = [];
            texts.Add(JsonDocument.Parse(message.GetProperty("payload").GetString()!).RootElement.GetProperty("content").GetString()!);
        }
        Assert.Equal(["public", "public:local"], heard.Keys.Order());
        Assert.All(heard.Values, texts => Assert.Equal(all, texts));

        static async Task<List<string>> TextsAsync(EventReader reader, int count)
        {
            var texts = new List<string>();
            for (var i = 0; i < count; i++) texts.Add((await reader.NextAsync())!.Json.GetProperty("content").GetString()!);
            return texts;
        }
    }

    [Fact]
    public async Task A_list_stream_follows_the_list_as_it_changes()
    {
        await using var server = await StreamServer.StartAsync(3);
        var owner = new AccountId(1);
        await server.FollowAsync(1, 2);
        await server.FollowAsync(1, 3);
        var list = await server.Node.Lists.Make(new MakeList(owner, "Friends"), StreamServer.Call);
        await ChangeAsync(2, isAdded: true);
        using var stream = await server.OpenAsync($"list?list={list.Id}", 1);

        await server.PostAsync(3, "not on the list");
        var member = await server.PostAsync(2);
        Assert.Equal(member.Id.ToString(), (await stream.NextAsync())!.PostId);
        await ChangeAsync(2, isAdded: false);
        await ChangeAsync(3, isAdded: true);
        await server.PostAsync(2, "not any more");
        var other = await server.PostAsync(3);
        Assert.Equal(other.Id.ToString(), (await stream.NextAsync())!.PostId);

        Task ChangeAsync(int member, bool isAdded) => server.Node.Lists.Members(
            new ChangeMembers(owner, list.Id, [new AccountId(member)], isAdded), StreamServer.Call).AsTask();
    }

    [Theory]
    [InlineData("nothing", HttpStatusCode.BadRequest, "Unknown stream type")]
    [InlineData("hashtag", HttpStatusCode.BadRequest, "Missing tag name parameter")]
    [InlineData("list?list=x", HttpStatusCode.BadRequest, "Missing list name parameter")]
    [InlineData("list?list=7", HttpStatusCode.NotFound, "Record not found")]
    public async Task What_cannot_be_streamed_is_refused_in_words(string path, HttpStatusCode status, string error)
    {
        await using var server = await StreamServer.StartAsync(1);

        using var response = await server.SendAsync(path, server.TokenOf(1));

        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(StreamServer.Ct)).RootElement;
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(error, body.GetProperty("error").GetString());
        if (status == HttpStatusCode.BadRequest) Assert.Equal(400, body.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_stream_needs_a_token_of_its_scope_which_may_stand_in_the_query()
    {
        await using var server = await StreamServer.StartAsync(1);
        var narrow = await server.TokenAsync(1, "read:notifications");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("user", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("user?access_token=nonsense", null));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("user", narrow));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("user/notification", narrow));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("user?access_token=" + server.TokenOf(1), null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("health", null));

        async Task<HttpStatusCode> StatusAsync(string path, string? token)
        {
            using var response = await server.SendAsync(path, token);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_revoked_token_ends_its_streams_and_no_other()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var stream = await server.OpenAsync("user", 1);
        var other = await server.TokenAsync(1, "read");
        using var response = await server.SendAsync("user", other);
        using var ending = await EventReader.OpenAsync(response, StreamServer.Ct);

        await server.Node.Users.RevokeToken(new RevokeToken(other), StreamServer.Call);

        Assert.Equal("closed", (await ending.NextAsync())!.Name);
        Assert.Null(await ending.NextAsync());
        var post = await server.PostAsync(1);
        Assert.Equal(post.Id.ToString(), (await stream.NextAsync())!.PostId);
    }

    [Fact]
    public async Task Who_may_not_sign_in_any_more_gets_nothing_more()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var stream = await server.OpenAsync("user", 2);

        await server.Node.Moderation.Change(new ChangeStanding(new(2), Disabled: true), StreamServer.Call);

        Assert.Equal("closed", (await stream.NextAsync())!.Name);
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task A_reader_that_comes_back_gets_what_it_missed_and_then_what_comes()
    {
        await using var server = await StreamServer.StartAsync(2);
        await server.FollowAsync(1, 2);
        string lastId;
        using (var stream = await server.OpenAsync("user", 1))
        {
            await server.PostAsync(2);
            lastId = (await stream.NextAsync())!.Id!;
        }

        var missed = await server.PostAsync(2, "missed");
        var gone = await server.PostAsync(2, "gone before it was read");
        await server.Node.Posts.Delete(new DeletePost(new AccountId(2), gone.Id), StreamServer.Call);
        using var again = await server.OpenAsync("user", 1, lastId);
        var live = await server.PostAsync(2, "live");

        var before = await again.UntilAsync(live.Id);
        Assert.Equal([("update", missed.Id.ToString()), ("delete", gone.Id.ToString())],
            before.Select(told => (told.Name, told.PostId)));
    }

    [Fact]
    public async Task Ids_are_for_those_who_ask_for_an_event_stream_and_others_get_events_of_two_lines()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var response = await server.SendAsync("user", server.TokenOf(1), accept: "*/*");
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(StreamServer.Ct));
        // Some take an empty line after a comment for an event without a name.
        Assert.Equal(":)", await ReadAsync());

        var post = await server.PostAsync(1);

        Assert.Equal("event: update", await ReadAsync());
        Assert.Contains($"\"id\":\"{post.Id}\"", await ReadAsync(), StringComparison.Ordinal);
        Assert.Equal("", await ReadAsync());

        async Task<string?> ReadAsync() => await lines.ReadLineAsync(StreamServer.Ct);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("4294967295")]
    [InlineData("yesterday")]
    public async Task Who_was_away_for_too_long_is_told_so_once_and_goes_on_from_now(string lastId)
    {
        await using var server = await StreamServer.StartAsync(1, push: new PushOptions { ReplayRecordsMax = 3 });
        for (var i = 0; i < 5; i++) await server.PostAsync(1);

        using var stream = await server.OpenAsync("user", 1, lastId);
        var missed = (await stream.NextAsync())!;
        var live = await server.PostAsync(1);

        Assert.Equal("missed", missed.Name);
        Assert.Equal(live.Id.ToString(), (await stream.NextAsync())!.PostId);
        using var again = await server.OpenAsync("user", 1, missed.Id);
        Assert.Equal(live.Id.ToString(), (await again.NextAsync())!.PostId);
    }

    [Fact]
    public async Task When_all_streams_are_taken_the_next_is_refused_until_one_ends()
    {
        await using var server = await StreamServer.StartAsync(1, push: new PushOptions { StreamsMax = 1 });
        using (await server.OpenAsync("user", 1))
        {
            using var refused = await server.SendAsync("user", server.TokenOf(1));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }
        await server.OpenedAsync(0);
        using var taken = await server.OpenAsync("user", 1);
    }

    [Fact]
    public async Task Stopping_ends_streams_without_waiting_for_their_readers()
    {
        var server = await StreamServer.StartAsync(1);
        using var stream = await server.OpenAsync("user", 1);

        await server.DisposeAsync();

        Assert.Null(await stream.NextAsync());
    }
}
