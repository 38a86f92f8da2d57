using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Graph.Replicas;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Graph;

/// <summary>What a replica of the graph does when the service changes, goes away, and comes back.</summary>
public sealed class GraphReplicaTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Accounts = 40;

    private readonly Scratch _scratch = new();
    private DataDirectory _data = null!;
    private GraphService _service = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Call Call => Call.Until(Ct);

    public ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_replica_that_begins_while_all_changes_is_in_the_end_the_same()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "7");
        output.WriteLine($"ROOST_SEED={seed}");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ChangeAsync(new Random(seed + i), 60)));

        var changing = Task.WhenAll(Enumerable.Range(8, 8).Select(i => ChangeAsync(new Random(seed + i), 120)));
        await using var first = await OpenReplicaAsync(GraphUnderTest.SourceOf(_service));
        await changing;
        await using var second = await OpenReplicaAsync(GraphUnderTest.SourceOf(_service));
        // Its answer comes when it has all that was before.
        await first.Relations.Note(new SetNote(new(1), new(2), "the end"), Call);
        await second.Relations.Note(new SetNote(new(1), new(2), "the end"), Call);

        await AssertSameAsync(first);
        await AssertSameAsync(second);
    }

    [Fact]
    public async Task A_replica_in_parts_has_everybody()
    {
        var follows = Enumerable.Range(1, 70_000).Select(i => (new AccountId(i), new AccountId(i + 1)))
            .Concat(Enumerable.Range(2, 70_000).Select(i => (new AccountId(i + 5), new AccountId(1))));
        await _service.Api.Import(new ImportFollows([.. follows], DateTimeOffset.UnixEpoch), Call);
        await _service.Relations.Block(new Block(new(90_000), new(3)), Call);

        await using var replica = await OpenReplicaAsync(GraphUnderTest.SourceOf(_service));

        var counts = await replica.Api.Counts(new CountFollows([new(1), new(2), new(70_001)]), Call);
        Assert.Equal([new(70_000, 1), new(1, 1), new(1, 1)], counts);
        Assert.True((await replica.Api.Rules(new GetRules(new(3)), Call))!.Avoids(new(90_000)));
        Assert.Equal(
            (await _service.Api.Followers(new GetFollowers(new(1)), Call)).ToArray(),
            (await replica.Api.Followers(new GetFollowers(new(1)), Call)).ToArray());
    }

    [Fact]
    public async Task What_another_process_changes_is_there_when_its_event_is()
    {
        var source = GraphUnderTest.SourceOf(_service);
        await using var one = await OpenReplicaAsync(source);
        await using var other = await OpenReplicaAsync(source);

        await one.Api.Follow(new Follow(new(1), new(2)), Call);
        await _service.Relations.Mute(new Mute(new(1), new(3)), Call);
        var followees = await UntilAsync(
            other, replica => replica.Api.Followees(new GetFollowees(new(1)), Call),
            followees => followees.Ids.Count == 1 && followees.Rules is not null);

        Assert.True(followees.Ids.Contains(new(2)));
        Assert.True(followees.Rules!.Avoids(new(3)));
    }

    [Fact]
    public async Task A_change_of_many_follows_at_once_comes_over_and_one_version_follows_another()
    {
        await using var replica = await OpenReplicaAsync(GraphUnderTest.SourceOf(_service));
        var versions = new List<int> { (await replica.Api.Followees(new GetFollowees(new(1)), Call)).Version };

        var follows = Enumerable.Range(2, 50_000).Select(i => (new AccountId(1), new AccountId(i)));
        Assert.Equal(50_000, await replica.Api.Import(new ImportFollows([.. follows], DateTimeOffset.UnixEpoch), Call));
        versions.Add((await replica.Api.Followees(new GetFollowees(new(1)), Call)).Version);
        await replica.Api.Unfollow(new Unfollow(new(1), new(2)), Call);
        var after = await replica.Api.Followees(new GetFollowees(new(1)), Call);
        versions.Add(after.Version);

        Assert.Equal(49_999, after.Ids.Count);
        Assert.Equal(versions.Distinct().Order(), versions);
    }

    [Fact]
    public async Task While_the_service_is_away_reads_go_on_and_changes_are_refused_and_afterwards_nothing_is_missed()
    {
        var host = await GraphUnderTest.HostAsync(_service);
        var address = host.Address;
        using var client = GraphUnderTest.ClientOf(address, _scratch.Meters);
        await using var replica = await OpenReplicaAsync(GraphUnderTest.Over(client));
        await replica.Api.Follow(new Follow(new(1), new(2)), Call);

        await host.KillAsync();
        var refused = await Assert.ThrowsAsync<ServiceException>(
            async () => await replica.Api.Follow(new Follow(new(1), new(3)), Call));
        var stale = await replica.Api.Followees(new GetFollowees(new(1)), Call);
        await host.DisposeAsync();
        await _service.DisposeAsync();
        _service = Open();
        await _service.Api.Follow(new Follow(new(1), new(4)), Call);
        await using var again = await GraphUnderTest.HostAsync(_service, address);
        var caught = await UntilAsync(
            replica, one => one.Api.Followees(new GetFollowees(new(1)), Call), followees => followees.Ids.Count == 2);

        Assert.Equal(ErrorCode.Unavailable, refused.Code);
        Assert.Equal((int[])[2], stale.Ids.ToArray());
        Assert.Equal((int[])[2, 4], caught.Ids.ToArray());
        Assert.True(caught.Version > stale.Version);
        Assert.True(await replica.Api.Follow(new Follow(new(1), new(5)), Call));
        Assert.True((await replica.Api.Followees(new GetFollowees(new(1)), Call)).Ids.Contains(new(5)));
    }

    [Fact]
    public async Task A_service_with_another_history_is_not_followed_and_said_to_have_one()
    {
        using var log = new LogLines();
        var source = GraphUnderTest.SourceOf(_service);
        var now = source;
        await using var replica = await GraphReplica.OpenAsync(
            source with
            {
                Graph = source.Graph with { NewestTie = (request, call) => now.Graph.NewestTie(request, call) },
                Feeds = source.Feeds with { Steps = (request, call) => now.Feeds.Steps(request, call) },
            },
            TimeProvider.System, log, _scratch.Meters, Ct);
        await replica.Api.Follow(new Follow(new(1), new(2)), Call);

        using var otherData = DataDirectory.Open(_scratch.File("other"));
        await using var other = GraphService.Open(
            otherData, TimeProvider.System, NullLoggerFactory.Instance, _scratch.Meters);
        await other.Api.Follow(new Follow(new(3), new(4)), Call);
        await other.Api.Follow(new Follow(new(3), new(5)), Call);
        now = GraphUnderTest.SourceOf(other);
        while (!log.All.Any(line => line.Contains("'graph replica' failed", StringComparison.Ordinal)))
        {
            Ct.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(
            [new(0, 1), new(0, 0)],
            await replica.Api.Counts(new CountFollows([new(1), new(3)]), Call));
    }

    [Fact]
    public async Task News_of_ties_go_on_where_they_were_over_a_restart_of_the_service()
    {
        var host = await GraphUnderTest.HostAsync(_service);
        var address = host.Address;
        using var client = GraphUnderTest.ClientOf(address, _scratch.Meters);
        var source = GraphUnderTest.Over(client);
        await using var feed = source.Graph.Feed(0, Ct).GetAsyncEnumerator(Ct);
        await source.Graph.Follow(new Follow(new(1), new(2)), Call);
        Assert.True(await feed.MoveNextAsync());
        var first = Assert.Single(feed.Current.Events);

        await host.KillAsync();
        await host.DisposeAsync();
        var next = feed.MoveNextAsync();
        await using var again = await GraphUnderTest.HostAsync(_service, address);
        await _service.Relations.Block(new Block(new(3), new(1)), Call);

        Assert.True(await next);
        Assert.Equal((TieEventKind.Followed, 1, 2), (first.Kind, first.Account.Value, first.Other.Value));
        var second = Assert.Single(feed.Current.Events);
        Assert.Equal((TieEventKind.Blocked, 3, 1), (second.Kind, second.Account.Value, second.Other.Value));
    }

    [Fact]
    public async Task Who_loses_the_service_between_a_change_and_its_sight_is_told_that_it_may_be_done()
    {
        var source = GraphUnderTest.SourceOf(_service);
        await using var replica = await OpenReplicaAsync(source with
        {
            Graph = source.Graph with
            {
                NewestTie = (_, _) => throw new ServiceException(ErrorCode.Unavailable, "gone"),
            },
        });

        var met = await Assert.ThrowsAsync<ServiceException>(
            async () => await replica.Api.Follow(new Follow(new(1), new(2)), Call));

        Assert.True(met.MayBeDone);
        Assert.False(met.CanRetry);
        Assert.Equal(1, (await _service.Api.Counts(new CountFollows([new(1)]), Call))[0].Following);
    }

    [Fact]
    public async Task Wrong_questions_are_answered_with_what_is_wrong()
    {
        var feeds = _service.Feeds;
        await _service.Api.Follow(new Follow(new(1), new(2)), Call);

        await RefusedAsync(ErrorCode.Conflict, () => feeds.Steps(new AwaitSteps(2, TimeSpan.Zero), Call));
        await RefusedAsync(
            ErrorCode.Conflict, () => feeds.Steps(new AwaitSteps(1, TimeSpan.Zero, DateTimeOffset.UnixEpoch), Call));
        await RefusedAsync(ErrorCode.Invalid, () => feeds.Steps(new AwaitSteps(-1, TimeSpan.Zero), Call));
        await RefusedAsync(ErrorCode.Invalid, () => feeds.Steps(new AwaitSteps(0, TimeSpan.Zero, Limit: 0), Call));
        await RefusedAsync(ErrorCode.Invalid, () => feeds.Steps(new AwaitSteps(0, TimeSpan.FromSeconds(4)), Call));
        await RefusedAsync(ErrorCode.Invalid, () => feeds.Ties(new AwaitTies(0, TimeSpan.FromSeconds(-1)), Call));
        await RefusedAsync(ErrorCode.Invalid, () => feeds.Part(new ListGraphPart(-1), Call));

        static async Task RefusedAsync<T>(ErrorCode code, Func<ValueTask<T>> ask) =>
            Assert.Equal(code, (await Assert.ThrowsAsync<ServiceException>(async () => await ask())).Code);
    }

    /// <summary>Some random changes, of all kinds; what cannot be done is not done.</summary>
    private async Task ChangeAsync(Random random, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var (a, b) = (new AccountId(1 + random.Next(Accounts)), new AccountId(1 + random.Next(Accounts)));
            try
            {
                await ChangeAsync(random, a, b);
            }
            catch (ServiceException refused) when (
                refused.Code is ErrorCode.Invalid or ErrorCode.Forbidden or ErrorCode.NotFound)
            {
                // Blocked, not followed, on the list already, themself: as users meet it.
            }
        }
    }

    private async Task ChangeAsync(Random random, AccountId a, AccountId b)
    {
        var isOn = random.Next(2) == 0;
        var list = (await _service.Lists.All(new GetLists(a), Call)).LastOrDefault();
        switch (random.Next(16))
        {
            case < 4: await _service.Api.Follow(new Follow(a, b), Call); break;
            case 4: await _service.Api.Follow(new Follow(a, b, new ChangeTerms(isOn, !isOn, ["en"])), Call); break;
            case 5: await _service.Api.Follow(new Follow(a, b, ByRequest: true), Call); break;
            case 6: await _service.Relations.Answer(new AnswerRequest(a, b, isOn), Call); break;
            case 7: await _service.Api.Unfollow(new Unfollow(a, b), Call); break;
            case 8 when isOn: await _service.Relations.Block(new Block(a, b), Call); break;
            case 8: await _service.Relations.Unblock(new Unblock(a, b), Call); break;
            case 9 when isOn: await _service.Relations.Mute(new Mute(a, b, Notifications: random.Next(2) == 0), Call); break;
            case 9: await _service.Relations.Unmute(new Unmute(a, b), Call); break;
            case 10: await _service.Relations.Note(new SetNote(a, b, isOn ? "known" : ""), Call); break;
            case 11: await _service.Relations.Endorse(new Endorse(a, b, isOn), Call); break;
            case 12 when list is null || isOn:
                await _service.Lists.Make(new MakeList(a, "list", ListReplies.None, IsExclusive: isOn), Call);
                break;
            case 12: await _service.Lists.End(new EndList(a, list.Id), Call); break;
            case 13 when list is not null:
                await _service.Lists.Change(new ChangeList(a, list.Id, $"list {b.Value}", null, isOn), Call);
                break;
            case 14 when list is not null:
                await _service.Lists.Members(new ChangeMembers(a, list.Id, [b], isOn), Call);
                break;
            case 15 when isOn: await _service.Tags.Follow(new FollowTag(a, $"tag{b.Value}", random.Next(2) == 0), Call); break;
            case 15: await _service.Tags.Feature(new FeatureTag(a, $"tag{b.Value}", random.Next(2) == 0), Call); break;
            default: await _service.Suggestions.Dismiss(new DismissSuggestion(a, b), Call); break;
        }
    }

    private async Task AssertSameAsync(GraphReplica replica)
    {
        AccountId[] all = [.. Enumerable.Range(1, Accounts).Select(id => new AccountId(id))];
        foreach (var account in all)
        {
            Assert.Equal(await ToldAsync(_service.Api, account, all), await ToldAsync(replica.Api, account, all));
            Assert.Equal(
                await ListsAsync(_service.Lists, account), await ListsAsync(replica.Lists, account));
            var (expected, tags) = (
                await _service.Tags.Of(new GetTagTies(account), Call), await replica.Tags.Of(new GetTagTies(account), Call));
            Assert.Equal(expected.Followed, tags.Followed);
            Assert.Equal(expected.Featured, tags.Featured);
            string[] names = [$"tag{account.Value}"];
            Assert.Equal(
                Numbers(await _service.Tags.Followers(new GetTagFollowers(names), Call)),
                Numbers(await replica.Tags.Followers(new GetTagFollowers(names), Call)));
            Assert.Equal(
                await _service.Relations.CountRequests(new CountRequests(account), Call),
                await replica.Relations.CountRequests(new CountRequests(account), Call));
        }
        Assert.Equal(
            Numbers(await _service.Tags.Followers(new GetTagFollowers(null), Call)),
            Numbers(await replica.Tags.Followers(new GetTagFollowers(null), Call)));
    }

    /// <summary>All that memory says about an account, as text.</summary>
    private static async Task<string> ToldAsync(GraphApi graph, AccountId account, AccountId[] all)
    {
        var followees = await graph.Followees(new GetFollowees(account), Call);
        var followers = await graph.FollowersOfMany(new GetFollowersOfMany(new[] { account }), Call);
        var subscribers = await graph.Subscribers(new GetSubscribers([account]), Call);
        var rules = (await graph.RulesOfMany(new GetRulesOfMany(new[] { account }), Call)).SingleOrDefault();
        return string.Join('\n', await graph.Relationships(new GetRelationships(account, all), Call))
            + $"\nfollowees {string.Join(',', followees.Ids.ToArray())}"
            + $"\nfollowers {string.Join(',', followers[0].ToArray())}"
            + $"\nsubscribers {string.Join(',', subscribers[0].ToArray())}"
            + $"\ntags {string.Join(',', followees.Tags ?? [])}"
            + $"\n{(await graph.Counts(new CountFollows([account]), Call))[0]}"
            + $"\nrules {string.Join(' ', Numbers(rules).Select(ids => string.Join(',', ids)))}";
    }

    private static async Task<string> ListsAsync(ListsApi lists, AccountId account) => string.Join(
        '\n', (await lists.All(new GetLists(account), Call)).Select(
            list => $"{list.Id} {list.Title} {list.Replies} {list.IsExclusive} {string.Join(',', list.Members.ToArray())}"));

    private static IEnumerable<int[]> Numbers(ViewerRules? rules) => rules is null ? [] :
    [
        .. Numbers(
            [rules.Blocking, rules.BlockedBy, rules.Muted, rules.WithoutBoosts, rules.InSomeLanguages, rules.Exclusive]),
        [.. rules.Terms.Keys.Order()],
    ];

    private static IEnumerable<int[]> Numbers(SortedIds[] sets) => sets.Select(set => set.ToArray());

    private static async Task<T> UntilAsync<T>(
        GraphReplica replica, Func<GraphReplica, ValueTask<T>> ask, Predicate<T> isSo)
    {
        while (true)
        {
            Ct.ThrowIfCancellationRequested();
            var found = await ask(replica);
            if (isSo(found))
                return found;
            await Task.Yield();
        }
    }

    private Task<GraphReplica> OpenReplicaAsync(GraphSource source) => GraphReplica.OpenAsync(
        source, TimeProvider.System, NullLoggerFactory.Instance, _scratch.Meters, Ct);

    private GraphService Open() =>
        GraphService.Open(_data, TimeProvider.System, NullLoggerFactory.Instance, _scratch.Meters);
}
