using System.Net.WebSockets;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>What streams tell a reader beside posts.</summary>
public sealed class PersonalStreamTests
{
    [Fact]
    public async Task Notifications_are_told_on_the_home_stream_and_on_one_of_their_own_as_the_page_shows_them()
    {
        await using var server = await StreamServer.StartAsync(3);
        using var home = await server.OpenAsync("user", 1);
        using var own = await server.OpenAsync("user/notification", 1);
        using var other = await server.OpenAsync("user/notification", 3);

        var mention = await server.PostAsync(2, "@u1 look", mentions: [1]);
        await server.FollowAsync(2, 1);
        await server.FollowAsync(2, 3);

        foreach (var stream in (EventReader[])[home, own])
        {
            var (first, second) = ((await stream.NextAsync())!, (await stream.NextAsync())!);
            Assert.Equal(("notification", "mention"), (first.Name, first.Json.GetProperty("type").GetString()));
            Assert.Equal("u2", first.Json.GetProperty("account").GetProperty("username").GetString());
            var status = first.Json.GetProperty("status");
            Assert.Equal(mention.Id.ToString(), status.GetProperty("id").GetString());
            Assert.False(status.GetProperty("favourited").GetBoolean());
            Assert.Equal(("notification", "follow"), (second.Name, second.Json.GetProperty("type").GetString()));
        }
        Assert.Equal("follow", (await other.NextAsync())!.Json.GetProperty("type").GetString());
    }

    [Fact]
    public async Task What_the_page_of_notifications_would_not_show_is_not_told()
    {
        await using var server = await StreamServer.StartAsync(4);
        var me = new AccountId(1);
        await server.Node.Relations.Block(new Block(me, new AccountId(3)), StreamServer.Call);
        await server.Node.Filters.Make(
            new MakeFilter(
                me, "spiders", FilterContexts.Notifications, FilterAction.Hide, null, [new(0, "spider", true)]),
            StreamServer.Call);
        using var stream = await server.OpenAsync("user/notification", 1);

        await server.PostAsync(3, "@u1 from one who is blocked", mentions: [1]);
        await server.PostAsync(2, "@u1 a spider", mentions: [1]);
        await server.PostAsync(4, "@u1 out of the blue", visibility: Visibility.Direct, mentions: [1]);
        var shown = await server.PostAsync(2, "@u1 a fly", mentions: [1]);

        var told = (await stream.NextAsync())!;
        Assert.Equal(shown.Id.ToString(), told.Json.GetProperty("status").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Who_may_not_read_notifications_hears_of_posts_alone()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var response = await server.SendAsync("user", await server.TokenAsync(1, "read:statuses"));
        using var stream = await EventReader.OpenAsync(response, StreamServer.Ct);

        await server.FollowAsync(2, 1);
        await server.Node.Notifications.Caught(new AwaitNotices(), StreamServer.Call);
        var post = await server.PostAsync(1);

        Assert.Equal(post.Id.ToString(), (await stream.NextAsync())!.PostId);
    }

    [Fact]
    public async Task A_stream_that_comes_back_is_told_the_notifications_that_it_missed_and_that_are_there_still()
    {
        await using var server = await StreamServer.StartAsync(4);
        string lastId;
        using (var stream = await server.OpenAsync("user", 1))
        {
            await server.FollowAsync(2, 1);
            lastId = (await stream.NextAsync())!.Id!;
        }

        var post = await server.PostAsync(1, "mine");
        await server.Node.Posts.Favourite(new FavouritePost(new AccountId(2), post.Id), StreamServer.Call);
        await server.FollowAsync(3, 1);
        await server.Node.Notifications.Caught(new AwaitNotices(), StreamServer.Call);
        await server.Node.Posts.Unfavourite(new UnfavouritePost(new AccountId(2), post.Id), StreamServer.Call);
        await server.Node.Notifications.Caught(new AwaitNotices(), StreamServer.Call);
        using var again = await server.OpenAsync("user", 1, lastId);
        var (missed, notice) = ((await again.NextAsync())!, (await again.NextAsync())!);
        using var third = await server.OpenAsync("user", 1, missed.Id);
        using var last = await server.OpenAsync("user", 1, notice.Id);
        await server.FollowAsync(4, 1);

        Assert.Equal(post.Id.ToString(), missed.PostId);
        Assert.Equal("u3", FollowerOf(notice));
        Assert.Equal("u3", FollowerOf((await third.NextAsync())!));
        Assert.Equal("u4", FollowerOf((await third.NextAsync())!));
        Assert.Equal("u4", FollowerOf((await last.NextAsync())!));
    }

    [Fact]
    public async Task Direct_posts_are_told_to_those_whom_they_name_as_conversations_and_to_nobodys_home()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.FollowAsync(1, 2);
        await server.FollowAsync(3, 2);
        using var home = await server.OpenAsync("user", 2);
        using var named = await server.OpenAsync("direct", 1);
        using var author = await server.OpenAsync("direct", 2);
        using var other = await server.OpenAsync("direct", 3);
        using var follower = await server.OpenAsync("user?", 3);

        var direct = await server.PostAsync(2, "@u1 psst", visibility: Visibility.Direct, mentions: [1]);
        var second = await server.PostAsync(2, "@u3 psst", visibility: Visibility.Direct, mentions: [3]);
        var open = await server.PostAsync(2, "hello all");

        foreach (var (stream, isUnread, post) in
            new[] { (named, true, direct), (author, false, direct), (other, true, second) })
        {
            var told = (await stream.NextAsync())!;
            Assert.Equal("conversation", told.Name);
            Assert.Equal(isUnread, told.Json.GetProperty("unread").GetBoolean());
            Assert.Equal(post.Id.ToString(), told.Json.GetProperty("last_status").GetProperty("id").GetString());
            Assert.Single(told.Json.GetProperty("accounts").EnumerateArray());
        }
        // As on the page of home: neither the author's nor that of one who follows and is named has them.
        Assert.Equal(open.Id.ToString(), (await UpdateAsync(home)).PostId);
        var heard = await UpdateAsync(follower);
        Assert.Equal(open.Id.ToString(), heard.PostId);
    }

    [Fact]
    public async Task Posts_with_followed_hashtags_are_told_on_the_home_stream_once()
    {
        await using var server = await StreamServer.StartAsync(3);
        var me = new AccountId(1);
        await server.FollowAsync(1, 2);
        foreach (var tag in (string[])["cats", "dogs"])
            await server.Node.Tags.Follow(new FollowTag(me, tag, true), StreamServer.Call);
        using var stream = await server.OpenAsync("user", 1);
        using var other = await server.OpenAsync("user", 3);

        var followed = await server.PostAsync(2, "#cats and #dogs");
        var stranger = await server.PostAsync(3, "#Càts");
        var first = await stream.NextAsync();
        var second = await stream.NextAsync();
        await server.PostAsync(3, "#cats for followers", visibility: Visibility.Followers);
        await server.PostAsync(3, "#mice");
        await server.Node.Posts.Delete(new DeletePost(new AccountId(3), stranger.Id), StreamServer.Call);
        // Who follows is looked at when it is told.
        var third = await stream.NextAsync();
        await server.Node.Tags.Follow(new FollowTag(me, "cats", false), StreamServer.Call);
        await server.PostAsync(3, "#cats again");
        var end = await server.PostAsync(2, "the end");

        Assert.Equal(
            [("update", followed.Id.ToString()), ("update", stranger.Id.ToString()), ("delete", stranger.Id.ToString())],
            new[] { first!, second!, third! }.Concat(await stream.UntilAsync(end.Id))
                .Select(told => (told.Name, told.PostId)));
        Assert.Equal(stranger.Id.ToString(), (await other.NextAsync())!.PostId);
    }

    [Fact]
    public async Task Changed_filters_merged_requests_and_announcements_are_told()
    {
        await using var server = await StreamServer.StartAsync(2);
        var (me, node) = (new AccountId(1), server.Node);
        await server.PostAsync(2, "@u1 psst", visibility: Visibility.Direct, mentions: [1]);
        await node.Notifications.Caught(new AwaitNotices(), StreamServer.Call);
        var requests = await node.NoticePolicy.Requests(
            new ListRequests(me, new NoticeRange()), StreamServer.Call);
        using var stream = await server.OpenAsync("user", 1);
        using var socket = await server.ConnectAsync("stream=user", header: server.TokenOf(1));
        using var other = await server.OpenAsync("user", 2);
        await server.OpenedAsync(3);

        await node.Filters.Make(
            new MakeFilter(me, "no", FilterContexts.Home, FilterAction.Warn, null, [new(0, "no", true)]),
            StreamServer.Call);
        Assert.Equal(("filters_changed", "{}"), await NameAndDataAsync(stream));
        await node.NoticePolicy.Answer(
            new AnswerRequests(me, [requests.Items[0].Id], IsAccepted: true), StreamServer.Call);
        Assert.Equal(("notifications_merged", "1"), await NameAndDataAsync(stream));
        var announced = await node.Community.AddAnnouncement(new AddAnnouncement("Tea at four"), StreamServer.Call);
        await node.Community.React(new ReactToAnnouncement(me, announced.Id, "🎉", true), StreamServer.Call);
        await node.Community.RemoveAnnouncement(new RemoveAnnouncement(announced.Id), StreamServer.Call);

        foreach (var reader in (EventReader[])[stream, other])
        {
            var announcement = (await reader.NextAsync())!;
            Assert.Equal("announcement", announcement.Name);
            Assert.Contains("Tea", announcement.Json.GetProperty("content").GetString(), StringComparison.Ordinal);
            var reaction = (await reader.NextAsync())!;
            Assert.Equal("announcement.reaction", reaction.Name);
            Assert.Equal(1, reaction.Json.GetProperty("count").GetInt32());
            Assert.Equal(announced.Id.ToString(), reaction.Json.GetProperty("announcement_id").GetString());
            Assert.Equal(("announcement.delete", announced.Id.ToString()), await NameAndDataAsync(reader));
        }
        var frame = (await StreamServer.HearAsync(socket))!.Value;
        Assert.Equal("filters_changed", frame.GetProperty("event").GetString());
        Assert.False(frame.TryGetProperty("payload", out _));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("user:notification")]
    [InlineData("public")]
    [InlineData("public:media")]
    [InlineData("public:local")]
    [InlineData("public:local:media")]
    [InlineData("public:remote")]
    [InlineData("public:remote:media")]
    [InlineData("hashtag&tag=cats")]
    [InlineData("hashtag:local&tag=cats")]
    [InlineData("list&list=LIST")]
    [InlineData("direct")]
    public async Task Every_stream_can_be_opened_on_a_socket_by_its_name_in_the_url(string name)
    {
        await using var server = await StreamServer.StartAsync(1);
        var list = await server.Node.Lists.Make(new MakeList(new AccountId(1), "Friends"), StreamServer.Call);

        using ClientWebSocket socket = await server.ConnectAsync(
            "stream=" + name.Replace("LIST", list.Id.ToString(), StringComparison.Ordinal), server.TokenOf(1));

        await server.OpenedAsync(1);
    }

    private static string FollowerOf(ServerEvent told)
    {
        Assert.Equal(("notification", "follow"), (told.Name, told.Json.GetProperty("type").GetString()));
        return told.Json.GetProperty("account").GetProperty("username").GetString()!;
    }

    private static async Task<(string Name, string Data)> NameAndDataAsync(EventReader reader)
    {
        var told = (await reader.NextAsync())!;
        return (told.Name, told.Data);
    }

    /// <summary>The next event that is about a post.</summary>
    private static async Task<ServerEvent> UpdateAsync(EventReader reader)
    {
        while (true)
        {
            var told = (await reader.NextAsync())!;
            if (told.Name == "update") return told;
        }
    }
}
