using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Notifications;

public sealed class NotificationsTests() : NotificationsContract(isApart: false);

/// <summary>The same of notifications in a process of their own.</summary>
public sealed class NotificationsApartTests() : NotificationsContract(isApart: true);

public abstract class NotificationsContract(bool isApart)
{
    private static Call Call => TestNetwork.Call;

    [Fact]
    public async Task Everybody_is_told_of_what_others_did_to_them_and_nobody_of_what_they_did_themself()
    {
        await using var network = await TestNetwork.StartAsync(4, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1, "hello u2 and myself", mentions: [2, 1]);
        await network.PostAsync(2, "an answer without a name", inReplyTo: post.Id);
        await network.Posts.Favourite(new FavouritePost(new(3), post.Id), Call);
        await network.Posts.Favourite(new FavouritePost(new(1), post.Id), Call);
        await network.Posts.Boost(new BoostPost(new(4), post.Id), Call);
        await network.FollowAsync(3, 1);
        await network.Posts.Edit(new EditPost(new(1), post.Id, "hello all", "", false, null, [new(2), new(3)]), Call);

        Assert.Equal("mention by 2, favourite by 3, boost by 4, follow by 3", await ToldAsync(network, 1));
        Assert.Equal("mention by 1", await ToldAsync(network, 2));
        Assert.Equal("mention by 1", await ToldAsync(network, 3));
        Assert.Equal("edit by 1", await ToldAsync(network, 4));
    }

    [Fact]
    public async Task What_is_undone_takes_its_notification_away()
    {
        await using var network = await TestNetwork.StartAsync(4, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1);
        var mention = await network.PostAsync(2, "u1", mentions: [1]);
        await network.Posts.Favourite(new FavouritePost(new(3), post.Id), Call);
        await network.Posts.Boost(new BoostPost(new(3), post.Id), Call);
        await network.FollowAsync(3, 1);
        await network.Graph.Follow(new Follow(new(4), new(1), ByRequest: true), Call);
        Assert.Equal(
            "mention by 2, favourite by 3, boost by 3, follow by 3, followrequest by 4", await ToldAsync(network, 1));

        await network.Posts.Unfavourite(new UnfavouritePost(new(3), post.Id), Call);
        Assert.Equal("mention by 2, boost by 3, follow by 3, followrequest by 4", await ToldAsync(network, 1));
        await network.Posts.Unboost(new UnboostPost(new(3), post.Id), Call);
        await network.Posts.Delete(new DeletePost(new(2), mention.Id), Call);
        Assert.Equal("follow by 3, followrequest by 4", await ToldAsync(network, 1));
        await network.UnfollowAsync(3, 1);
        await network.UnfollowAsync(4, 1);
        Assert.Equal("", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task A_request_that_is_accepted_becomes_a_follow()
    {
        await using var network = await TestNetwork.StartAsync(2, hasNotificationsElsewhere: isApart);
        await network.Graph.Follow(new Follow(new(2), new(1), ByRequest: true), Call);
        Assert.Equal("followrequest by 2", await ToldAsync(network, 1));

        await network.Relations.Answer(new AnswerRequest(new(1), new(2), true), Call);

        Assert.Equal("follow by 2", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task Who_wants_to_hear_of_every_post_is_told_of_those_that_are_for_all()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        await network.Graph.Follow(new Follow(new(1), new(2), new ChangeTerms(Notify: true)), Call);
        var other = await network.PostAsync(3);
        await network.PostAsync(2, "one");
        await network.PostAsync(2, "for followers", visibility: Visibility.Followers);
        await network.PostAsync(2, "to another", inReplyTo: other.Id);
        await network.Posts.Boost(new BoostPost(new(2), other.Id), Call);
        Assert.Equal("post by 2, post by 2", await ToldAsync(network, 1));

        await network.UnfollowAsync(1, 2);
        await network.PostAsync(2, "unheard");

        Assert.Equal("post by 2, post by 2", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task Blocks_and_mutes_keep_notifications_away_and_mutes_may_end_or_spare_them()
    {
        var time = FakeTime.Ahead();
        await using var network = await TestNetwork.StartAsync(5, time: time, hasNotificationsElsewhere: isApart);
        foreach (var sender in (int[])[2, 3, 4, 5])
            await network.PostAsync(sender, "first", mentions: [1]);
        // What is muted before it is told is not told.
        await network.Notifications.Caught(new AwaitNotices(), Call);
        await network.Relations.Block(new Block(new(1), new(2)), Call);
        await network.Relations.Block(new Block(new(3), new(1)), Call);
        await network.Relations.Mute(new Mute(new(1), new(4), For: TimeSpan.FromHours(1)), Call);
        await network.Relations.Mute(new Mute(new(1), new(5), Notifications: false), Call);
        foreach (var sender in (int[])[2, 3, 4, 5])
            await network.PostAsync(sender, "second", mentions: [1]);
        Assert.Equal("mention by 5, mention by 5", await ToldAsync(network, 1));

        time.Advance(TimeSpan.FromHours(2));

        // What came while they were muted was not told.
        Assert.Equal("mention by 4, mention by 5, mention by 5", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task A_muted_thread_is_silent()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1);
        await network.Marks.Mark(new MarkPost(new(1), post.Id, PostMark.Mute, IsSet: true), Call);
        var answer = await network.PostAsync(2, "u1", inReplyTo: post.Id, mentions: [1]);
        await network.PostAsync(3, "u1", inReplyTo: answer.Id, mentions: [1]);
        await network.Posts.Favourite(new FavouritePost(new(2), post.Id), Call);
        await network.PostAsync(3, "elsewhere", mentions: [1]);

        Assert.Equal("mention by 3", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task An_answer_that_its_addressee_may_not_see_is_not_told()
    {
        await using var network = await TestNetwork.StartAsync(2, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1);
        await network.PostAsync(2, "behind the back", inReplyTo: post.Id, visibility: Visibility.Followers);
        await network.PostAsync(2, "u1 for you", mentions: [1], visibility: Visibility.Followers);

        Assert.Equal("mention by 2", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task Imports_of_the_past_are_nobodys_news()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        await network.Graph.Import(new ImportFollows([(new(2), new(1)), (new(3), new(1))], DateTimeOffset.UnixEpoch), Call);
        await network.FollowAsync(1, 2);
        await network.Graph.Import(new ImportFollows([(new(3), new(2))], DateTimeOffset.UnixEpoch), Call);
        await network.Posts.Import(
            new ImportPosts(
            [
                new(new(1_000), DateTimeOffset.UnixEpoch, new(2), PostKind.Post, "u1", default, default, [new(1)], 7),
                new(new(2_000), DateTimeOffset.UnixEpoch, new(3), PostKind.Boost, "", new(1_000), default, [], 8),
            ]), Call);

        Assert.Equal("", await ToldAsync(network, 1));
        Assert.Equal("follow by 1", await ToldAsync(network, 2));
    }

    [Fact]
    public async Task A_restart_loses_none_and_doubles_none()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1);
        await network.Posts.Favourite(new FavouritePost(new(2), post.Id), Call);
        await network.FollowAsync(2, 1);
        await network.RestartAsync();
        await network.Posts.Favourite(new FavouritePost(new(3), post.Id), Call);
        await network.Relations.Block(new Block(new(3), new(2)), Call);
        await network.RestartAsync();

        Assert.Equal("favourite by 2, favourite by 3, follow by 2", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task An_account_keeps_the_newest_of_each_kind()
    {
        var options = new NotificationsOptions { KeptOfKind = 10, TrimEvery = 5 };
        await using var network = await TestNetwork.StartAsync(40, notifications: options, hasNotificationsElsewhere: isApart);
        await network.PostAsync(2, "not to be pushed out", mentions: [1]);
        var post = await network.PostAsync(1);
        for (var i = 2; i <= 40; i++)
            await network.Posts.Favourite(new FavouritePost(new(i), post.Id), Call);

        var told = await ToldAsync(network, 1);

        Assert.StartsWith("mention by 2, ", told, StringComparison.Ordinal);
        Assert.EndsWith("favourite by 40", told, StringComparison.Ordinal);
        Assert.InRange(told.Split(',').Length, 11, 11 + 5);
    }

    [Fact]
    public async Task Favourites_of_a_post_are_a_group_until_half_a_day_has_passed()
    {
        var time = FakeTime.Ahead();
        await using var network = await TestNetwork.StartAsync(20, time: time, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1);
        for (var i = 2; i <= 13; i++)
            await network.Posts.Favourite(new FavouritePost(new(i), post.Id), Call);
        // Posts and ties are told of side by side; what has its turn before the other must be told first.
        await network.Notifications.Caught(new AwaitNotices(), Call);
        await network.FollowAsync(2, 1);
        await network.Notifications.Caught(new AwaitNotices(), Call);
        time.Advance(TimeSpan.FromHours(12));
        await network.FollowAsync(3, 1);
        await network.Posts.Favourite(new FavouritePost(new(14), post.Id), Call);
        await network.Notifications.Caught(new AwaitNotices(), Call);

        var page = await network.Notifications.Groups(
            new ListGroups(new(1), new NoticeRange(Limit: 3), NoticeChoice.Usual, NoticeKinds.Groupable), Call);
        var apart = await network.Notifications.Groups(
            new ListGroups(new(1), new NoticeRange(Limit: 5), NoticeChoice.Usual, NoticeKinds.None), Call);

        Assert.Equal(
            ["Favourite 1", "Follow 1", "Follow 1"], page.Groups.Select(group => $"{group.Newest.Kind} {group.Count}").Order());
        Assert.True(page.HasOlder);
        Assert.Equal([1, 1, 1, 1, 1], apart.Groups.Select(group => group.Count));
        var next = await network.Notifications.Groups(
            new ListGroups(
                new(1), new NoticeRange(Before: page.Oldest, Limit: 3), NoticeChoice.Usual, NoticeKinds.Groupable), Call);
        var favourites = Assert.Single(next.Groups);
        Assert.Equal(12, favourites.Count);
        Assert.Equal([13, 12, 11, 10, 9, 8, 7, 6], favourites.Senders.Select(sender => sender.Value));

        await network.Notifications.DismissGroup(new DismissGroup(new(1), favourites.Key), Call);

        Assert.Null(await network.Notifications.Group(new GetGroup(new(1), favourites.Key), Call));
        Assert.Equal(3, (await network.Notifications.List(
            new ListNotices(new(1), new NoticeRange(), NoticeChoice.Usual), Call)).Items.Count);
    }

    [Fact]
    public async Task A_policy_keeps_back_or_drops_and_an_accepted_sender_is_let_in()
    {
        await using var network = await TestNetwork.StartAsync(4, hasNotificationsElsewhere: isApart);
        await network.FollowAsync(1, 2);
        await network.NoticePolicy.Set(new SetPolicy(new(1), NotFollowing: PolicyChoice.Filter), Call);
        await network.PostAsync(2, "friend", mentions: [1]);
        await network.PostAsync(3, "stranger", mentions: [1]);
        await network.PostAsync(3, "stranger again", mentions: [1]);
        Assert.Equal("mention by 2", await ToldAsync(network, 1));
        var all = await network.Notifications.List(
            new ListNotices(new(1), new NoticeRange(), new NoticeChoice(NoticeKinds.All, WithFiltered: true)), Call);
        Assert.Equal(3, all.Items.Count);
        var summary = await network.NoticePolicy.Get(new GetPolicy(new(1)), Call);
        Assert.Equal((1, 2), (summary.Requests, summary.Filtered));
        await network.RestartAsync();
        var request = Assert.Single(
            (await network.NoticePolicy.Requests(new ListRequests(new(1), new NoticeRange()), Call)).Items);

        await network.NoticePolicy.Answer(new AnswerRequests(new(1), [request.Id], IsAccepted: true), Call);
        await network.PostAsync(3, "let in", mentions: [1]);
        await network.NoticePolicy.Set(new SetPolicy(new(1), NotFollowing: PolicyChoice.Drop), Call);
        await network.PostAsync(4, "unheard", mentions: [1]);

        Assert.Equal("mention by 2, mention by 3, mention by 3, mention by 3", await ToldAsync(network, 1));
        Assert.Empty((await network.NoticePolicy.Requests(new ListRequests(new(1), new NoticeRange()), Call)).Items);
    }

    [Fact]
    public async Task Accounts_that_moderators_have_limited_are_kept_back_unless_followed_or_wanted()
    {
        // A month on, nobody is new.
        var time = FakeTime.Ahead();
        await using var network = await TestNetwork.StartAsync(3, time: time, hasNotificationsElsewhere: isApart);
        time.Advance(TimeSpan.FromDays(40));
        await network.Moderation.Change(new ChangeStanding(new(2), Silenced: true), Call);
        await network.Moderation.Change(new ChangeStanding(new(3), Silenced: true), Call);
        await network.FollowAsync(1, 3);
        await network.PostAsync(2, "kept back", mentions: [1]);
        await network.PostAsync(3, "heard", mentions: [1]);
        Assert.Equal("mention by 3", await ToldAsync(network, 1));

        await network.NoticePolicy.Set(new SetPolicy(new(1), LimitedAccounts: PolicyChoice.Accept), Call);
        await network.PostAsync(2, "heard now", mentions: [1]);

        Assert.Equal("mention by 3, mention by 2", await ToldAsync(network, 1));
        Assert.Equal(1, (await network.NoticePolicy.Get(new GetPolicy(new(1)), Call)).Filtered);
    }

    [Fact]
    public async Task Markers_move_forward_only_and_what_lies_before_them_is_read()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(1);
        await network.Posts.Favourite(new FavouritePost(new(2), post.Id), Call);
        var read = await network.Notifications.Caught(new AwaitNotices(), Call);
        await network.Posts.Favourite(new FavouritePost(new(3), post.Id), Call);
        await network.Notifications.Caught(new AwaitNotices(), Call);
        var unread = new CountUnread(new(1), NoticeChoice.Usual);
        Assert.Equal(2, await network.Notifications.Unread(unread, Call));

        await network.Notifications.SetMarker(new SetMarker(new(1), MarkedTimeline.Notifications, read), Call);
        var marker = await network.Notifications.SetMarker(
            new SetMarker(new(1), MarkedTimeline.Notifications, read - 1), Call);

        Assert.Equal((read, 0), (marker.LastReadId, marker.Version));
        Assert.Equal(1, await network.Notifications.Unread(unread, Call));
        Assert.Equal(1, await network.Notifications.Unread(unread with { Grouped = NoticeKinds.Groupable }, Call));
    }

    [Fact]
    public async Task Who_follows_the_feed_hears_what_is_told_from_then_on()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        await network.FollowAsync(2, 1);
        await network.Notifications.Caught(new AwaitNotices(), Call);
        var ct = TestContext.Current.CancellationToken;
        await using var feed = network.Notifications.Feed(-1, ct).GetAsyncEnumerator(ct);
        var next = feed.MoveNextAsync();

        await network.FollowAsync(3, 1);

        Assert.True(await next);
        var heard = Assert.Single(feed.Current);
        Assert.Equal((NoticeKind.Follow, 3, 1), (heard.Kind, heard.Sender.Value, heard.Account.Value));
    }

    /// <summary>What an account is shown, oldest first.</summary>
    internal static async Task<string> ToldAsync(TestNetwork network, int account)
    {
        await network.Notifications.Caught(new AwaitNotices(), Call);
        var page = await network.Notifications.List(
            new ListNotices(new(account), new NoticeRange(Limit: 80), NoticeChoice.Usual), Call);
        // Follows come by a feed of their own, so that they may be told before or after what posts tell: here, last.
        return string.Join(
            ", ", page.Items.Reverse().OrderBy(notice => notice.Kind is NoticeKind.Follow or NoticeKind.FollowRequest)
                .Select(notice => $"{notice.Kind.ToString().ToLowerInvariant()} by {notice.Sender.Value}"));
    }
}
