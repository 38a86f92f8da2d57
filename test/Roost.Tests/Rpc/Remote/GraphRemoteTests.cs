using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Storage;
using Roost.Tests.Services.Graph;
using Roost.Tests.Services.Storage;
using Xunit;
using Proto = Roost.Graph.V1;

namespace Roost.Tests.Rpc.Remote;

/// <summary>The Graph service over real HTTP/2 connections: what its replicas do not ask, too.</summary>
public sealed class GraphRemoteTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private DataDirectory _data = null!;
    private GraphService _service = null!;
    private RemoteHost _host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Call Call => Call.Until(Ct);

    public async ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = GraphService.Open(_data, TimeProvider.System, NullLoggerFactory.Instance, _scratch.Meters);
        _host = await GraphUnderTest.HostAsync(_service);
        await _service.Api.Follow(new Follow(new(1), new(2), new ChangeTerms(false, true, ["de", "en"])), Call);
        await _service.Api.Follow(new Follow(new(1), new(3)), Call);
        await _service.Api.Follow(new Follow(new(4), new(1)), Call);
        await _service.Relations.Block(new Block(new(1), new(5)), Call);
        await _service.Relations.Mute(new Mute(new(1), new(6), false, TimeSpan.FromDays(1)), Call);
        await _service.Tags.Follow(new FollowTag(new(1), "Owls", true), Call);
        var list = await _service.Lists.Make(new MakeList(new(1), "friends", ListReplies.None, true), Call);
        await _service.Lists.Members(new ChangeMembers(new(1), list.Id, [new(2), new(3)], true), Call);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Sets_rules_and_pages_arrive_as_they_were()
    {
        using var client = GraphUnderTest.ClientOf(_host.Address, _scratch.Meters);
        var far = GraphUnderTest.Over(client);
        var near = GraphUnderTest.SourceOf(_service);

        var (followees, expected) = (
            await far.Graph.Followees(new GetFollowees(new(1)), Call), await near.Graph.Followees(new GetFollowees(new(1)), Call));
        Assert.True(followees.Ids.SetEquals(expected.Ids));
        Assert.Equal(expected.Version, followees.Version);
        Assert.Equal(["owls"], followees.Tags!);
        Assert.True(followees.Rules!.Blocking.SetEquals(expected.Rules!.Blocking));
        Assert.True(followees.Rules.Exclusive.SetEquals(expected.Rules.Exclusive));
        Assert.Equal(expected.Rules.Terms.OrderBy(one => one.Key), followees.Rules.Terms.OrderBy(one => one.Key));
        Assert.False(followees.Rules.Wants(new(2), "fr"));
        Assert.Null((await far.Graph.Followees(new GetFollowees(new(9)), Call)).Tags);
        var rules = await far.Graph.RulesOfMany(new GetRulesOfMany(new AccountId[] { new(9), new(5) }), Call);
        Assert.Null(rules[0]);
        Assert.True(rules[1]!.Avoids(new(1)));
        Assert.Null(await far.Graph.Rules(new GetRules(new(9)), Call));
        Assert.Equal(
            [[4], []],
            (await far.Graph.FollowersOfMany(new GetFollowersOfMany(new AccountId[] { new(1), new(9) }), Call))
                .Select(set => set.ToArray()));
        var others = new GetRelationships(new(1), [new(2), new(6), new(9)]);
        Assert.Equal(await near.Graph.Relationships(others, Call), await far.Graph.Relationships(others, Call));
        Assert.Equal(
            (await near.Graph.List(new ListFollows(new(1), FollowSide.Following), Call)).Items,
            (await far.Graph.List(new ListFollows(new(1), FollowSide.Following), Call)).Items);
        var list = Assert.Single(await far.Lists.All(new GetLists(new(1)), Call));
        Assert.Equal((int[])[2, 3], list.Members.ToArray());
        Assert.Null(await far.Lists.Get(new GetList(new(1), 999), Call));
        Assert.Equal(
            (await near.Graph.NewFollows(new CountNewFollows(new(1), 2026), Call)).Following,
            (await far.Graph.NewFollows(new CountNewFollows(new(1), 2026), Call)).Following);
        var refused = await Assert.ThrowsAsync<ServiceException>(
            async () => await far.Graph.Follow(new Follow(new(5), new(1)), Call));
        Assert.Equal(ErrorCode.Forbidden, refused.Code);
    }

    [Fact]
    public async Task A_client_made_by_protoc_follows_and_hears_of_it()
    {
        using var channel = GrpcChannel.ForAddress(_host.Address);
        var feeds = new Proto.Feeds.FeedsClient(channel);
        var newest = await _service.Api.NewestTie(new GetNewestTie(), Call);
        using var heard = feeds.StepsAsync(
            new Proto.AwaitSteps { After = newest, Wait = new() { Seconds = 3 } }, cancellationToken: Ct);

        var followed = await new Proto.Graph.GraphClient(channel).FollowAsync(
            new Proto.Follow { Follower = 7, Followee = 8 }, cancellationToken: Ct);
        var steps = await heard;

        Assert.True(followed.Value);
        var step = Assert.Single(steps.Items);
        Assert.Equal((Proto.GraphEventKind.Followed, 7, 8), (step.Kind, step.A, step.B));
        Assert.Equal((newest + 1, newest + 1), (steps.Last, steps.Newest));
    }
}
