using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

public sealed class PollsTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private static readonly AccountId _cat = new(3);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task Votes_are_there_after_a_restart_and_each_knows_their_own()
    {
        await using var network = await TestNetwork.StartAsync(3, time: _time);
        var post = await CreateAsync(network, Poll(isMultiple: true));
        await VoteAsync(network, _ben, post.Id, 0, 2);
        await VoteAsync(network, _cat, post.Id, 2);

        await network.RestartAsync();

        Assert.Equal(post.Poll, (await ShowAsync(network, _ann, post.Id)).Post!.Poll);
        Assert.Equal(new PollTally(2, 1, 0, 2, 0, Own: 0), (await ShowAsync(network, _ann, post.Id)).Stats.Poll);
        Assert.Equal(5, (await ShowAsync(network, _ben, post.Id)).Stats.Poll!.Own);
        Assert.Equal(4, (await ShowAsync(network, _cat, post.Id)).Stats.Poll!.Own);
        var voters = await network.Polls.Voters(new ListVoters(post.Ref.Seq, 0, 10), TestNetwork.Call);
        Assert.Equal([_cat, _ben], voters.Select(voter => voter.Account));
        Assert.Null((await ShowAsync(network, _ann, (await network.PostAsync(1)).Id)).Stats.Poll);
    }

    [Fact]
    public async Task However_often_and_at_once_one_votes_it_counts_once()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time);
        var post = await CreateAsync(network, Poll());

        var votes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                return await network.Polls.Vote(new VoteInPoll(_ben, post.Id, [i % 3]), TestNetwork.Call);
            }
            catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
            {
                return false;
            }
        }));
        await network.RestartAsync();

        Assert.Single(votes, voted => voted);
        Assert.Equal(1, (await ShowAsync(network, _ben, post.Id)).Stats.Poll!.Total);
        await RefusedAsync(network, _ben, post.Id, 0);
    }

    [Fact]
    public async Task Nobody_votes_in_their_own_poll_after_its_end_for_what_is_not_there_or_for_two_of_one()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time);
        var post = await CreateAsync(network, Poll());

        await RefusedAsync(network, _ann, post.Id, 0);
        await RefusedAsync(network, _ben, post.Id);
        await RefusedAsync(network, _ben, post.Id, 3);
        await RefusedAsync(network, _ben, post.Id, 0, 1);
        _time.Advance(TimeSpan.FromHours(1));
        await RefusedAsync(network, _ben, post.Id, 0);
        var none = await network.PostAsync(1);
        Assert.False(await network.Polls.Vote(new VoteInPoll(_ben, none.Id, [0]), TestNetwork.Call));
        Assert.Equal(0, (await ShowAsync(network, _ben, post.Id)).Stats.Poll!.Voters);
    }

    [Fact]
    public async Task Other_options_void_all_votes_and_another_end_or_text_does_not()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time);
        var post = await CreateAsync(network, Poll());
        await VoteAsync(network, _ben, post.Id, 0);
        var edit = new EditPost(_ann, post.Id, "which, then?", "", false, null, []);

        await network.Posts.Edit(edit, TestNetwork.Call);
        var later = post.Poll! with { EndsAt = post.Poll.EndsAt.AddHours(1) };
        await network.Posts.Edit(edit with { Poll = later }, TestNetwork.Call);
        Assert.Equal(1, (await ShowAsync(network, _ben, post.Id)).Stats.Poll!.First);
        Assert.Equal(later, (await ShowAsync(network, _ben, post.Id)).Post!.Poll);

        await network.Posts.Edit(edit with { Poll = later with { Options = ["x", "y"] } }, TestNetwork.Call);
        Assert.Equal(new PollTally(0, 0, 0, 0, 0, 0), (await ShowAsync(network, _ben, post.Id)).Stats.Poll);
        await VoteAsync(network, _ben, post.Id, 1);
        await network.RestartAsync();

        Assert.Equal(new PollTally(1, 0, 1, 0, 0, Own: 2), (await ShowAsync(network, _ben, post.Id)).Stats.Poll);
        var versions = await network.Posts.History(new GetHistory(_ben, post.Id), TestNetwork.Call);
        Assert.Equal([3, 3, 3, 2], versions!.Select(version => version.Poll!.Options.Count));
    }

    [Fact]
    public async Task What_is_no_poll_is_refused()
    {
        await using var network = await TestNetwork.StartAsync(1, time: _time);
        var good = Poll();

        foreach (var bad in (Poll[])[
            good with { Options = ["a"] }, good with { Options = ["a", " "] }, good with { Options = ["a", "a"] },
            good with { Options = ["1", "2", "3", "4", "5"] }, good with { Options = ["a", new string('x', 201)] },
            good with { EndsAt = _time.GetUtcNow().AddMinutes(4) }, good with { EndsAt = _time.GetUtcNow().AddDays(40) }])
        {
            var refusal = await Assert.ThrowsAsync<ServiceException>(() => CreateAsync(network, bad));
            Assert.Equal(ErrorCode.Invalid, refusal.Code);
        }
        var batch = await network.Posts.CreateMany(
            new CreatePosts([BatchItem.Of(new CreatePost(_ann, "which?") { Poll = good })]), TestNetwork.Call);
        Assert.NotNull(batch[0].Refusal);
    }

    [Fact]
    public async Task Who_asks_is_told_of_polls_that_ended_since_in_the_order_of_their_ends()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time);
        var start = _time.GetUtcNow();
        var late = await CreateAsync(network, Poll(minutes: 60));
        var deleted = await CreateAsync(network, Poll(minutes: 20));
        await network.RestartAsync();
        Assert.Empty(await EndedAsync(start, start.AddMinutes(10)));
        var soon = await CreateAsync(network, Poll(minutes: 30));
        var moved = await CreateAsync(network, Poll(minutes: 40));
        await network.Posts.Edit(
            new EditPost(_ann, moved.Id, "which?", "", false, null, [])
            {
                Poll = moved.Poll! with { EndsAt = start.AddMinutes(90) },
            }, TestNetwork.Call);
        await network.Posts.Delete(new DeletePost(_ann, deleted.Id), TestNetwork.Call);

        Assert.Equal([soon.Id, late.Id], await EndedAsync(start, start.AddMinutes(61)));
        Assert.Equal([moved.Id], await EndedAsync(start.AddMinutes(61), start.AddMinutes(100)));

        async Task<IEnumerable<PostId>> EndedAsync(DateTimeOffset after, DateTimeOffset upTo) =>
            (await network.Polls.Ended(new FindEndedPolls(after, upTo), TestNetwork.Call)).Select(one => one.Post.Id);
    }

    private Poll Poll(bool isMultiple = false, int minutes = 60) =>
        new(["a", "b", "c"], isMultiple, HidesTotals: false, _time.GetUtcNow().AddMinutes(minutes));

    private static Task<Post> CreateAsync(TestNetwork network, Poll poll) =>
        network.Posts.Create(new CreatePost(_ann, "which?") { Poll = poll }, TestNetwork.Call).AsTask();

    private static async Task VoteAsync(TestNetwork network, AccountId account, PostId id, params int[] choices) =>
        Assert.True(await network.Polls.Vote(new VoteInPoll(account, id, choices), TestNetwork.Call));

    private static async Task RefusedAsync(TestNetwork network, AccountId account, PostId id, params int[] choices)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(
            () => network.Polls.Vote(new VoteInPoll(account, id, choices), TestNetwork.Call).AsTask());
        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    private static async Task<ShownPost> ShowAsync(TestNetwork network, AccountId viewer, PostId id) =>
        (await network.Posts.Show(new ShowPosts(viewer, GetPosts.One(viewer, id).Refs), TestNetwork.Call))[0];
}
