using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Graph;

public sealed class GraphServiceTests() : GraphContract(GraphPlace.Here);

public sealed class GraphReplicaContractTests() : GraphContract(GraphPlace.Replica);

public sealed class GraphElsewhereContractTests() : GraphContract(GraphPlace.Elsewhere);

/// <summary>What holds wherever the Graph service runs.</summary>
public abstract class GraphContract : IAsyncLifetime
{
    private readonly GraphPlace _place;
    private readonly Scratch _scratch = new();
    private readonly StandingClock _clock = new();
    private DataDirectory _data = null!;
    private GraphUnderTest _service = null!;

    private protected GraphContract(GraphPlace place) => _place = place;

    private GraphApi Graph => _service.Graph;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = new GraphUnderTest(_place, _data, _clock, _scratch.Meters);
        await _service.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_follow_is_seen_from_both_sides_and_survives_a_restart()
    {
        Assert.True(await FollowAsync(1, 2));
        Assert.False(await FollowAsync(1, 2));

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(
                [new(new(2), true, false), new(new(3), false, false)],
                await Graph.Relationships(new GetRelationships(new(1), [new(2), new(3)]), Call));
            Assert.Equal(
                [new(new(1), false, true)], await Graph.Relationships(new GetRelationships(new(2), [new(1)]), Call));
            Assert.Equal(
                [new(0, 1), new(1, 0), new(0, 0)], await Graph.Counts(
                    new CountFollows([new(1), new(2), new(3)]), Call));
            await _service.ReopenAsync();
        }
    }

    [Fact]
    public async Task An_unfollow_ends_a_follow_and_a_later_follow_has_a_new_id()
    {
        await FollowAsync(1, 2);
        var first = Assert.Single((await ListAsync(2, FollowSide.Followers)).Items).FollowId;

        Assert.True(await Graph.Unfollow(new Unfollow(new(1), new(2)), Call));
        Assert.False(await Graph.Unfollow(new Unfollow(new(1), new(2)), Call));
        Assert.Empty((await ListAsync(2, FollowSide.Followers)).Items);
        await FollowAsync(1, 2);

        Assert.True(Assert.Single((await ListAsync(2, FollowSide.Followers)).Items).FollowId > first);
    }

    [Fact]
    public async Task The_version_of_the_followees_grows_with_every_change_of_them()
    {
        var versions = new List<int>();
        await NoteAsync();
        await FollowAsync(1, 2);
        await NoteAsync();
        await FollowAsync(1, 3);
        await NoteAsync();
        await Graph.Unfollow(new Unfollow(new(1), new(3)), Call);
        await NoteAsync();
        await Graph.Import(new ImportFollows([(new(1), new(9))], _clock.Now), Call);
        await NoteAsync();

        Assert.Equal(versions.Distinct().Order(), versions);

        async Task NoteAsync() => versions.Add((await Graph.Followees(new GetFollowees(new(1)), Call)).Version);
    }

    [Fact]
    public async Task Nobody_follows_themself_and_nobody_is_no_account()
    {
        await RefusedAsync(() => Graph.Follow(new Follow(new(1), new(1)), Call).AsTask());
        await RefusedAsync(() => Graph.Follow(new Follow(default, new(1)), Call).AsTask());
        await RefusedAsync(() => Graph.Unfollow(new Unfollow(new(1), new(-1)), Call).AsTask());
        await RefusedAsync(() => Graph.List(new ListFollows(new(1), FollowSide.Followers, Limit: 81), Call).AsTask());
        await RefusedAsync(() => Graph.List(new ListFollows(new(1), FollowSide.Followers, Limit: 0), Call).AsTask());
        await RefusedAsync(() => Graph.List(new ListFollows(new(1), FollowSide.Followers, Before: -1), Call).AsTask());
        await RefusedAsync(() => Graph.Import(new ImportFollows([(new(1), default)], _clock.Now), Call).AsTask());

        static async Task RefusedAsync(Func<Task> action) =>
            Assert.Equal(ErrorCode.Invalid, (await Assert.ThrowsAsync<ServiceException>(action)).Code);
    }

    [Fact]
    public async Task An_import_counts_what_is_new_and_passes_over_the_rest()
    {
        await FollowAsync(1, 2);

        var added = await Graph.Import(
            new ImportFollows(
                [(new(3), new(2)), (new(1), new(2)), (new(3), new(2)), (new(4), new(4)), (new(2), new(1))], _clock.Now),
            Call);

        Assert.Equal(2, added);
        Assert.Equal([3, 1], (await ListAsync(2, FollowSide.Followers)).Items.Select(item => item.Account.Value));
        await _service.ReopenAsync();
        Assert.Equal((int[])[1, 3], (await Graph.Followers(new GetFollowers(new(2)), Call)).ToArray());
    }

    [Fact]
    public async Task A_large_import_pages_like_a_small_one()
    {
        await FollowAsync(7, 1);
        var pairs = Enumerable.Range(0, 12_000).Select(
            i => (new AccountId((i % 4_000) + 2), new AccountId((i / 4_000) + 1)));

        var added = await Graph.Import(new ImportFollows([.. pairs], _clock.Now), Call);

        Assert.Equal(11_997, added); // 7 follows 1 already, and 2 and 3 follow themselves
        var page = await Graph.List(new ListFollows(new(1), FollowSide.Followers, Limit: 3), Call);
        Assert.Equal([4001, 4000, 3999], page.Items.Select(item => item.Account.Value));
        await _service.CloseAsync();
        Assert.Empty(GraphCheck.Run(_data, repair: false, ct: TestContext.Current.CancellationToken).Findings);
        await _service.OpenAsync();
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing_and_double_nothing()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 400).Select(i =>
            Task.Run(
                async () => await FollowAsync((i % 20) + 1, 100 + (i % 10)), TestContext.Current.CancellationToken)));

        Assert.Equal(20, results.Count(isNew => isNew));
        await _service.CloseAsync();
        Assert.Empty(GraphCheck.Run(_data, repair: false, ct: TestContext.Current.CancellationToken).Findings);
        await _service.OpenAsync();
        Assert.Equal(2, (await Graph.Counts(new CountFollows([new(100)]), Call))[0].Followers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_random_history_matches_a_naive_model_page_by_page_and_after_reopening(int seed)
    {
        var random = new Random(seed);
        var model = new NaiveGraph();

        for (var step = 0; step < 600; step++)
        {
            var (a, b) = (random.Next(1, 13), random.Next(1, 13));
            if (a == b) continue;
            switch (random.Next(20))
            {
                case < 12:
                    Assert.Equal(model.Follow(a, b), await FollowAsync(a, b));
                    break;
                case < 18:
                    Assert.Equal(model.Unfollow(a, b), await Graph.Unfollow(new Unfollow(new(a), new(b)), Call));
                    break;
                case 18:
                    var pairs = Enumerable.Range(0, 10).Select(_ => (random.Next(1, 13), random.Next(1, 13))).ToArray();
                    var added = pairs.Count(pair => pair.Item1 != pair.Item2 && model.Follow(pair.Item1, pair.Item2));
                    Assert.Equal(added, await Graph.Import(new ImportFollows(
                        [.. pairs.Select(pair => (new AccountId(pair.Item1), new AccountId(pair.Item2)))], _clock.Now), Call));
                    break;
                default:
                    if (random.Next(4) == 0) await _service.ReopenAsync();
                    break;
            }
            if (step % 25 == 0) await CompareAsync(model, random);
        }

        await CompareAsync(model, random);
        await _service.CloseAsync();
        Assert.Empty(GraphCheck.Run(_data, repair: false, ct: TestContext.Current.CancellationToken).Findings);
        await _service.OpenAsync();
    }

    private async Task CompareAsync(NaiveGraph model, Random random)
    {
        for (var account = 1; account <= 12; account++)
        {
            var (followers, following) = (
                model.Side(account, FollowSide.Followers), model.Side(account, FollowSide.Following));
            Assert.Equal(
                followers.Select(item => item.Account.Value).Order(),
                (await Graph.Followers(new GetFollowers(new(account)), Call)).ToArray());
            Assert.Equal(
                following.Select(item => item.Account.Value).Order(),
                (await Graph.Followees(new GetFollowees(new(account)), Call)).Ids.ToArray());
            Assert.Equal(
                new FollowCounts(followers.Count, following.Count), (await Graph.Counts(new CountFollows([new(account)]), Call))[0]);
            foreach (var side in (FollowSide[])[FollowSide.Followers, FollowSide.Following])
            {
                var request = new ListFollows(new(account), side, random.Next(3) == 0 ? random.Next(1, 700) : 0,
                    random.Next(3) == 0 ? random.Next(1, 700) : 0, random.Next(2) == 0, random.Next(1, 6));
                var (expected, hasMore) = model.List(request);
                var page = await Graph.List(request, Call);
                Assert.Equal(expected, page.Items);
                Assert.True(hasMore == page.HasMore, $"HasMore of {request}");
            }
        }
    }

    private ValueTask<bool> FollowAsync(int follower, int followee) =>
        Graph.Follow(new Follow(new(follower), new(followee)), Call);

    private ValueTask<FollowPage> ListAsync(int account, FollowSide side) =>
        Graph.List(new ListFollows(new(account), side), Call);
}
