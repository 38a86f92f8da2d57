using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Notifications;

/// <summary>Who is told that a poll has ended.</summary>
public sealed class PollNewsTests() : PollNewsContract(isApart: false);

/// <summary>The same of notifications in a process of their own.</summary>
public sealed class PollNewsApartTests() : PollNewsContract(isApart: true);

public abstract class PollNewsContract(bool isApart)
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly FakeTime _time = FakeTime.Ahead();

    private static Call Call => TestNetwork.Call;

    [Fact]
    public async Task Who_asked_and_who_voted_are_told_once_when_the_poll_has_ended()
    {
        await using var network = await TestNetwork.StartAsync(4, time: _time, hasNotificationsElsewhere: isApart);
        var poll = await AskAsync(network, 1, _hour);
        await VoteAsync(network, 2, poll);
        await VoteAsync(network, 3, poll);
        _time.Advance(_hour - TimeSpan.FromSeconds(1));
        Assert.Equal("", await ToldAsync(network, 1));

        _time.Advance(TimeSpan.FromSeconds(1));

        for (var restarts = 0; restarts < 2; restarts++)
        {
            Assert.Equal("poll by 1", await ToldAsync(network, 1));
            Assert.Equal("poll by 1", await ToldAsync(network, 2));
            Assert.Equal("poll by 1", await ToldAsync(network, 3));
            Assert.Equal("", await ToldAsync(network, 4));
            await network.RestartAsync();
            _time.Advance(_hour);
        }
    }

    [Fact]
    public async Task A_poll_that_ends_while_no_server_runs_is_told_of_at_the_next_start()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time, hasNotificationsElsewhere: isApart);
        var poll = await AskAsync(network, 1, _hour);
        await VoteAsync(network, 2, poll);

        await network.RestartAsync(_ => _time.Advance(2 * _hour));

        Assert.Equal("poll by 1", await ToldAsync(network, 1));
        Assert.Equal("poll by 1", await ToldAsync(network, 2));
    }

    [Fact]
    public async Task A_poll_that_ends_sooner_than_the_one_that_is_waited_for_is_told_of_in_time()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time, hasNotificationsElsewhere: isApart);
        await AskAsync(network, 1, 20 * _hour);
        await AskAsync(network, 2, _hour);

        _time.Advance(_hour);

        Assert.Equal("poll by 2", await ToldAsync(network, 2));
        Assert.Equal("", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task Nobody_is_told_of_a_poll_that_was_deleted_and_nothing_is_left_of_one_deleted_afterwards()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time, hasNotificationsElsewhere: isApart);
        var (before, after) = (await AskAsync(network, 1, _hour), await AskAsync(network, 1, _hour));
        await VoteAsync(network, 2, before);
        await VoteAsync(network, 2, after);
        await network.Posts.Delete(new DeletePost(new AccountId(1), before.Id), Call);
        _time.Advance(_hour);
        Assert.Equal("poll by 1", await ToldAsync(network, 2));

        await network.Posts.Delete(new DeletePost(new AccountId(1), after.Id), Call);

        Assert.Equal("", await ToldAsync(network, 2));
        Assert.Equal("", await ToldAsync(network, 1));
    }

    [Fact]
    public async Task Who_blocks_the_one_who_asked_is_not_told()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time, hasNotificationsElsewhere: isApart);
        var poll = await AskAsync(network, 1, _hour);
        await VoteAsync(network, 2, poll);
        await network.Relations.Block(new(new AccountId(2), new AccountId(1)), Call);

        _time.Advance(_hour);

        Assert.Equal("poll by 1", await ToldAsync(network, 1));
        Assert.Equal("", await ToldAsync(network, 2));
    }

    private async Task<Post> AskAsync(TestNetwork network, int author, TimeSpan lasts) => await network.Posts.Create(
        new CreatePost(new AccountId(author), "Which?")
        {
            Poll = new Poll(["this", "that"], IsMultiple: false, HidesTotals: false, _time.GetUtcNow() + lasts),
        }, Call);

    private static async Task VoteAsync(TestNetwork network, int account, Post poll) =>
        Assert.True(await network.Polls.Vote(new VoteInPoll(new AccountId(account), poll.Id, [0]), Call));

    private static Task<string> ToldAsync(TestNetwork network, int account) =>
        NotificationsContract.ToldAsync(network, account);
}
