using System.Net;
using System.Text.RegularExpressions;
using Roost.Engine.Ids;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>What Roost's own pages hear of, by the session in the cookie.</summary>
public sealed partial class LivePageTests
{
    [Fact]
    public async Task A_page_hears_of_every_post_since_it_was_made_and_of_nothing_but_ids()
    {
        await using var server = await StreamServer.StartAsync(2);
        await server.FollowAsync(1, 2);
        await server.PostAsync(2, "on the page");
        var page = await (await GetAsync(server, "/", 1)).Content.ReadAsStringAsync(StreamServer.Ct);
        var between = await server.PostAsync(2, "while the page was on its way");

        using var stream = await EventReader.OpenAsync(await GetAsync(server, LiveOf(page), 1), StreamServer.Ct);
        var live = await server.PostAsync(2, "later");

        foreach (var post in (Post[])[between, live])
        {
            var told = (await stream.NextAsync())!;
            Assert.Equal(("update", post.Id.ToString()), (told.Name, told.Data));
        }
    }

    [Theory]
    [InlineData("/local")]
    [InlineData("/@u2")]
    [InlineData("/@u2/POST")]
    public async Task Strangers_hear_of_what_everybody_may_see_and_of_nothing_else(string path)
    {
        await using var server = await StreamServer.StartAsync(3);
        var first = await server.PostAsync(2, "first");
        var reply = await GetAsync(server, path.Replace("POST", first.Id.ToString(), StringComparison.Ordinal), 0);
        var page = await reply.Content.ReadAsStringAsync(StreamServer.Ct);
        using var stream = await EventReader.OpenAsync(await GetAsync(server, LiveOf(page), 0), StreamServer.Ct);

        await server.PostAsync(2, "for followers", first.Id, Visibility.Followers);
        await server.PostAsync(3, "elsewhere", visibility: Visibility.Unlisted);
        var post = await server.PostAsync(2, "goes on", first.Id);

        Assert.Equal(post.Id.ToString(), (await stream.NextAsync())!.Data);
    }

    [Fact]
    public async Task A_thread_hears_of_answers_to_answers()
    {
        await using var server = await StreamServer.StartAsync(3);
        var first = await server.PostAsync(2, "first");
        using var stream = await EventReader.OpenAsync(
            await GetAsync(server, $"/live/posts/{first.Id}", 1), StreamServer.Ct);

        var answer = await server.PostAsync(3, "answer", first.Id);
        await server.PostAsync(3, "something else");
        var further = await server.PostAsync(1, "answer to the answer", answer.Id);

        Assert.Equal(answer.Id.ToString(), (await stream.NextAsync())!.Data);
        Assert.Equal(further.Id.ToString(), (await stream.NextAsync())!.Data);
    }

    [Fact]
    public async Task Other_sites_cannot_listen_with_a_session()
    {
        await using var server = await StreamServer.StartAsync(1);

        using var ours = await GetAsync(server, "/live/home", 1, ("Sec-Fetch-Site", "same-origin"));
        using var crossSite = await GetAsync(server, "/live/home", 1, ("Sec-Fetch-Site", "cross-site"));
        using var sameSite = await GetAsync(server, "/live/home", 1, ("Sec-Fetch-Site", "same-site"));
        using var origin = await GetAsync(server, "/live/home", 1, ("Origin", "https://evil.example"));
        using var api = await GetAsync(server, "/api/v1/streaming/user", 1);

        Assert.Equal(HttpStatusCode.OK, ours.StatusCode);
        Assert.False(ours.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal("same-origin", ours.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Equal(HttpStatusCode.Forbidden, crossSite.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, sameSite.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, origin.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Fact]
    public async Task Only_a_first_page_listens_and_its_script_is_a_file_of_ours()
    {
        await using var server = await StreamServer.StartAsync(1);
        await server.PostAsync(1);

        var first = await GetAsync(server, "/", 1);
        var older = await GetAsync(server, $"/?max_id={new PostId(long.MaxValue)}", 1);

        var page = await first.Content.ReadAsStringAsync(StreamServer.Ct);
        var script = Script().Match(page).Groups["url"].Value;
        using var file = await GetAsync(server, script, 0);
        Assert.Equal("text/javascript", file.Content.Headers.ContentType!.MediaType);
        Assert.Contains("script-src 'self'", first.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("data-live", await older.Content.ReadAsStringAsync(StreamServer.Ct),
            StringComparison.Ordinal);
        using var stranger = await GetAsync(server, "/live/home", 0);
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
    }

    [Fact]
    public async Task Pages_of_hashtags_and_lists_hear_of_what_they_show_and_of_nobody_elses_list()
    {
        await using var server = await StreamServer.StartAsync(3);
        var list = await MakeListAsync(server, owner: 1, member: 2);
        using var tag = await ListenAsync(server, "/tags/Cats", 0);
        using var friends = await ListenAsync(server, $"/lists/{list}", 1);

        await server.PostAsync(3, "about nothing");
        var tagged = await server.PostAsync(3, "my #càts");
        var friend = await server.PostAsync(2, "hello");

        Assert.Equal(("update", tagged.Id.ToString()), await NextAsync(tag));
        Assert.Equal(("update", friend.Id.ToString()), await NextAsync(friends));
        (string, int)[] others =
            [($"/live/lists/{list}", 2), ($"/live/lists/{list}", 0), ("/live/lists/x", 1), ("/live/tags/a%20b", 1)];
        foreach (var (path, account) in others)
        {
            using var refused = await GetAsync(server, path, account);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
    }

    [Fact]
    public async Task The_page_of_notifications_hears_of_later_ones_but_of_none_that_it_would_not_show()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.Node.Moderation.Change(
            new ChangeStanding(new AccountId(1), Role: AccountRole.Moderator), StreamServer.Call);
        await server.FollowAsync(2, 1);
        await server.CaughtAsync();
        using var stream = await ListenAsync(server, "/notifications", 1);

        await server.Node.Users.Create(
            new CreateAccount("dora", "dora@example.org", "a long password"), StreamServer.Call);
        await server.Node.Notifications.Caught(new AwaitNotices(), StreamServer.Call);
        await server.FollowAsync(3, 1);
        var told = await NextAsync(stream);

        var page = await server.Node.Notifications.List(
            new ListNotices(new AccountId(1), new NoticeRange(), NoticeChoice.Personal), StreamServer.Call);
        Assert.Equal(("notification", page.Items[0].Id.ToString()), told);
        Assert.Equal([new AccountId(3), new AccountId(2)], page.Items.Select(notice => notice.Sender));
        using var stranger = await GetAsync(server, "/live/notifications", 0);
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
    }

    [Fact]
    public async Task A_page_that_comes_back_hears_of_the_notifications_that_it_missed()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.CaughtAsync();
        var page = await (await GetAsync(server, "/notifications", 1)).Content.ReadAsStringAsync(StreamServer.Ct);
        await server.Node.Users.Create(
            new CreateAccount("dora", "dora@example.org", "a long password"), StreamServer.Call);
        await server.FollowAsync(2, 1);
        await server.FollowAsync(3, 1);
        await server.CaughtAsync();

        using var stream = await EventReader.OpenAsync(await GetAsync(server, LiveOf(page), 1), StreamServer.Ct);

        Assert.Equal("notification", (await NextAsync(stream)).Name);
        var last = await NextAsync(stream);
        var notices = await server.Node.Notifications.List(
            new ListNotices(new AccountId(1), new NoticeRange(), NoticeChoice.Personal), StreamServer.Call);
        Assert.Equal(("notification", notices.Items[0].Id.ToString()), last);
    }

    [Theory]
    [InlineData("/", 1)]
    [InlineData("/local", 0)]
    [InlineData("/tags/cats", 0)]
    [InlineData("/lists/LIST", 1)]
    [InlineData("/@u2", 0)]
    [InlineData("/@u2/POST", 3)]
    [InlineData("/notifications", 1)]
    public async Task Every_live_page_hears_of_an_edit_and_can_have_the_post_as_it_is_now(string path, int account)
    {
        await using var server = await StreamServer.StartAsync(3);
        var list = await MakeListAsync(server, owner: 1, member: 2);
        var post = await server.PostAsync(2, "my #cats, @u1", mentions: [1]);
        await server.Node.Posts.Favourite(new FavouritePost(new AccountId(1), post.Id), StreamServer.Call);
        await server.CaughtAsync();
        path = path.Replace("LIST", list.ToString(), StringComparison.Ordinal)
            .Replace("POST", post.Id.ToString(), StringComparison.Ordinal);
        using var stream = await ListenAsync(server, path, account);

        await server.Node.Posts.Edit(
            new EditPost(new AccountId(2), post.Id, "my two #cats, @u1", "", false, null, [new AccountId(1)]),
            StreamServer.Call);

        Assert.Equal(("status.update", post.Id.ToString()), await NextAsync(stream));
        var reply = await GetAsync(server, $"/posts/{post.Id}/card?on={Uri.EscapeDataString(path)}&in=home", account);
        var card = await reply.Content.ReadAsStringAsync(StreamServer.Ct);
        Assert.StartsWith($"<article class=\"card post \" id=\"post-{post.Id}\"", card.Trim(), StringComparison.Ordinal);
        Assert.Contains("my two ", card, StringComparison.Ordinal);
        Assert.Equal(account > 0, card.Contains("return_to=" + Uri.EscapeDataString(path), StringComparison.Ordinal));
        Assert.Equal(account == 1, card.Contains("/unfavourite\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_hears_how_often_the_posts_that_it_shows_are_answered_boosted_and_favourited()
    {
        await using var server = await StreamServer.StartAsync(4);
        var post = await server.PostAsync(2);
        var other = await server.PostAsync(2);
        using var stream = await OpenAsync(server, $"/live/local?posts={post.Id}", 1);

        await FavouriteAsync(server, 3, other);
        await FavouriteAsync(server, 3, post);
        await FavouriteAsync(server, 4, post);
        await server.Node.Posts.Boost(new BoostPost(new AccountId(3), post.Id), StreamServer.Call);
        await server.PostAsync(4, "an answer", post.Id);
        await HearsAsync(stream, post, "1 1 2");
        await server.Node.Posts.Unfavourite(new UnfavouritePost(new AccountId(3), post.Id), StreamServer.Call);
        await HearsAsync(stream, post, "1 1 1");
    }

    [Theory]
    [InlineData(false, " 3 2 2", " 4 3 2")]
    [InlineData(true, " 3", " 4")]
    public async Task A_page_hears_how_votes_stand_and_its_reader_alone_of_votes_of_its_own(
        bool hidesTotals, string before, string after)
    {
        await using var server = await StreamServer.StartAsync(5);
        var poll = new Poll(["tea", "coffee"], true, hidesTotals, TimeProvider.System.GetUtcNow().AddHours(1));
        var post = await server.Node.Posts.Create(
            new CreatePost(new AccountId(2), "Which?") { Poll = poll }, StreamServer.Call);
        var path = $"/live/local?posts={post.Id}";
        using var own = await OpenAsync(server, path, 1);
        using var other = await OpenAsync(server, path, 2);

        await VoteAsync(server, 3, post, 0);
        await VoteAsync(server, 4, post, 0, 1);
        await VoteAsync(server, 5, post, 1);
        await HearsAsync(own, post, "0 0 0" + before);
        await VoteAsync(server, 1, post, 0);
        await HearsAsync(own, post, "0 0 0" + after);
        Assert.Equal(("voted", post.Id.ToString()), await NextAsync(own));
        await HearsAsync(other, post, "0 0 0" + after);
        await FavouriteAsync(server, 3, post);
        await HearsAsync(own, post, "0 0 1" + after);
        await HearsAsync(other, post, "0 0 1" + after);
    }

    [Fact]
    public async Task A_page_that_comes_back_hears_of_the_counters_that_have_changed_meanwhile()
    {
        await using var server = await StreamServer.StartAsync(3);
        var post = await server.PostAsync(2);
        var same = await server.PostAsync(2);
        var page = await (await GetAsync(server, "/local", 1)).Content.ReadAsStringAsync(StreamServer.Ct);
        await FavouriteAsync(server, 3, post);

        using var stream = await OpenAsync(server, LiveOf(page) + $"&posts={same.Id},{post.Id}", 1);

        Assert.Equal(("counts", $"{post.Id} 0 0 1"), await NextAsync(stream));
    }

    [Fact]
    public async Task Counters_are_told_to_those_only_who_see_the_post()
    {
        await using var server = await StreamServer.StartAsync(4);
        await server.FollowAsync(1, 2);
        var post = await server.PostAsync(2, visibility: Visibility.Followers);
        var open = await server.PostAsync(2);
        var shows = $"?posts={post.Id},{open.Id}";
        using var follower = await OpenAsync(server, "/live/local" + shows, 1);
        using var other = await OpenAsync(server, "/live/local" + shows, 3);
        using var blocked = await OpenAsync(server, "/live/local" + shows, 4);
        await server.Node.Relations.Block(new Block(new AccountId(2), new AccountId(4)), StreamServer.Call);

        await FavouriteAsync(server, 1, post);
        await HearsAsync(follower, post, "0 0 1");
        await FavouriteAsync(server, 1, open);
        await HearsAsync(follower, open, "0 0 1");
        await HearsAsync(other, open, "0 0 1");
        var end = await server.PostAsync(3, "the end");

        Assert.Equal(("update", end.Id.ToString()), await NextAsync(blocked));
    }

    [Fact]
    public async Task A_page_hears_that_what_it_shows_was_edited_or_deleted_wherever_it_stands_there()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.FollowAsync(1, 3);
        var post = await server.PostAsync(2, "somebody's whom one does not follow");
        await server.Node.Posts.Boost(new BoostPost(new AccountId(3), post.Id), StreamServer.Call);
        using var stream = await OpenAsync(server, $"/live/home?posts={post.Id}", 1);

        await server.Node.Posts.Edit(
            new EditPost(new AccountId(2), post.Id, "edited", "", false, null, []), StreamServer.Call);
        // Of what is gone already nobody hears that it was edited.
        Assert.Equal(("status.update", post.Id.ToString()), await NextAsync(stream));
        await server.Node.Posts.Delete(new DeletePost(new AccountId(2), post.Id), StreamServer.Call);
        Assert.Equal(("delete", post.Id.ToString()), await NextAsync(stream));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1,2;3")]
    [InlineData(null)]
    public async Task What_is_no_list_of_posts_is_refused(string? posts)
    {
        await using var server = await StreamServer.StartAsync(1);
        posts ??= string.Join(',', Enumerable.Range(1, 101));

        using var refused = await GetAsync(server, "/live/home?posts=" + posts, 1);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
    }

    [Fact]
    public async Task A_card_is_folded_by_the_filters_of_its_page_and_is_for_those_only_who_see_the_post()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.FollowAsync(1, 2);
        await server.Node.Filters.Make(
            new MakeFilter(
                new AccountId(1), "no spiders", FilterContexts.Home, FilterAction.Warn, null,
                [new(0, "spider", true)]), StreamServer.Call);
        var post = await server.PostAsync(2, "a spider", visibility: Visibility.Followers);
        var path = $"/posts/{post.Id}/card";

        var home = await (await GetAsync(server, path + "?in=home", 1)).Content.ReadAsStringAsync(StreamServer.Ct);
        var list = await (await GetAsync(server, path + "?in=account&on=//evil.example", 1)).Content
            .ReadAsStringAsync(StreamServer.Ct);
        using var other = await GetAsync(server, path, 3);
        using var stranger = await GetAsync(server, path, 0);

        Assert.Contains("no spiders", home, StringComparison.Ordinal);
        Assert.DoesNotContain("no spiders", list, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", list, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
    }

    private static async Task<EventReader> OpenAsync(StreamServer server, string path, int account)
    {
        var reply = await GetAsync(server, path, account);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return await EventReader.OpenAsync(reply, StreamServer.Ct);
    }

    private static async Task FavouriteAsync(StreamServer server, int account, Post post) =>
        await server.Node.Posts.Favourite(new FavouritePost(new AccountId(account), post.Id), StreamServer.Call);

    private static async Task VoteAsync(StreamServer server, int account, Post post, params int[] choices) =>
        Assert.True(await server.Node.Polls.Vote(
            new VoteInPoll(new AccountId(account), post.Id, choices), StreamServer.Call));

    /// <summary>Reads what is told of a post until its counters are these; nothing else may be told.</summary>
    private static async Task HearsAsync(EventReader stream, Post post, string counters)
    {
        (string Name, string Data) told;
        do
        {
            told = await NextAsync(stream);
            Assert.Equal("counts", told.Name);
            Assert.StartsWith(post.Id + " ", told.Data, StringComparison.Ordinal);
        }
        while (told.Data != $"{post.Id} {counters}");
    }

    private static async Task<long> MakeListAsync(StreamServer server, int owner, int member)
    {
        var id = new AccountId(owner);
        await server.FollowAsync(owner, member);
        var list = await server.Node.Lists.Make(new MakeList(id, "Friends"), StreamServer.Call);
        await server.Node.Lists.Members(
            new ChangeMembers(id, list.Id, [new AccountId(member)], true), StreamServer.Call);
        return list.Id;
    }

    /// <summary>Opens a page, and then what it listens to.</summary>
    private static async Task<EventReader> ListenAsync(StreamServer server, string path, int account)
    {
        var page = await (await GetAsync(server, path, account)).Content.ReadAsStringAsync(StreamServer.Ct);
        return await EventReader.OpenAsync(await GetAsync(server, LiveOf(page), account), StreamServer.Ct);
    }

    private static async Task<(string Name, string Data)> NextAsync(EventReader stream)
    {
        var told = (await stream.NextAsync())!;
        return (told.Name, told.Data);
    }

    /// <param name="account">Who is signed in; 0 for nobody.</param>
    private static async Task<HttpResponseMessage> GetAsync(
        StreamServer server, string path, int account, params (string Name, string Value)[] headers)
    {
        (string, string)[] session = account > 0 ? [("Cookie", "roost_session=" + server.TokenOf(account))] : [];
        return await server.GetPageAsync(path, [.. headers, .. session]);
    }

    private static string LiveOf(string page)
    {
        var found = Live().Match(page);
        Assert.True(found.Success, page);
        return $"{found.Groups["path"].Value}?after={found.Groups["after"].Value}";
    }

    [GeneratedRegex("data-live=\"(?<path>[^\"]+)\" data-after=\"(?<after>[0-9-]+)\"")]
    private static partial Regex Live();

    [GeneratedRegex("<script type=\"module\" src=\"(?<url>/assets/[^\"]+)\">")]
    private static partial Regex Script();
}
