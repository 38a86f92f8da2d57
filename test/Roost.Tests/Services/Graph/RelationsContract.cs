using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Graph;

public sealed class RelationsTests() : RelationsContract(GraphPlace.Here);

public sealed class RelationsReplicaTests() : RelationsContract(GraphPlace.Replica);

public sealed class RelationsElsewhereTests() : RelationsContract(GraphPlace.Elsewhere);

/// <summary>What holds wherever the Graph service runs.</summary>
public abstract class RelationsContract : IAsyncLifetime
{
    private readonly GraphPlace _place;
    private readonly Scratch _scratch = new();
    private readonly FakeTime _time = new();
    private DataDirectory _data = null!;
    private GraphUnderTest _service = null!;

    private protected RelationsContract(GraphPlace place) => _place = place;

    private GraphApi Graph => _service.Graph;
    private RelationsApi Relations => _service.Relations;
    private ListsApi Lists => _service.Lists;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = new GraphUnderTest(_place, _data, _time, _scratch.Meters);
        await _service.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        Assert.Empty(GraphCheck.Run(_data, repair: false, ct: TestContext.Current.CancellationToken).Findings);
        _data.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_block_ends_follows_requests_endorsements_and_places_on_lists_both_ways()
    {
        await Graph.Follow(new Follow(new(1), new(2), new ChangeTerms(Boosts: false)), Call);
        await Graph.Follow(new Follow(new(2), new(1), ByRequest: true), Call);
        await Relations.Endorse(new Endorse(new(1), new(2), true), Call);
        var list = await Lists.Make(new MakeList(new(1), "some"), Call);
        await Lists.Members(new ChangeMembers(new(1), list.Id, [new(2)], true), Call);

        Assert.True(await Relations.Block(new Block(new(1), new(2)), Call));
        Assert.False(await Relations.Block(new Block(new(1), new(2)), Call));

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(new(new(2), false, false) { Blocking = true }, await RelationshipAsync(1, 2));
            Assert.Equal(new(new(1), false, false) { BlockedBy = true }, await RelationshipAsync(2, 1));
            Assert.Equal(0, (await Lists.Get(new GetList(new(1), list.Id), Call))!.Members.Count);
            await _service.ReopenAsync();
        }
        Assert.Equal(ErrorCode.Forbidden, (await RefusedAsync(() => Graph.Follow(new Follow(new(2), new(1)), Call)))
            .Code);
        Assert.Equal(0, await Graph.Import(new ImportFollows([(new(2), new(1))], _time.GetUtcNow()), Call));
        await Relations.Unblock(new Unblock(new(1), new(2)), Call);
        Assert.Null(await Graph.Rules(new GetRules(new(2)), Call));
        Assert.True(await Graph.Follow(new Follow(new(2), new(1)), Call));
    }

    [Fact]
    public async Task A_timed_mute_ends_by_itself_everywhere()
    {
        await Relations.Mute(new Mute(new(1), new(2), For: TimeSpan.FromMinutes(1)), Call);
        await Relations.Mute(new Mute(new(1), new(3), Notifications: false), Call);
        Assert.Equal([3, 2], await MutedAsync());

        _time.Advance(TimeSpan.FromMinutes(1));

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal([3], await MutedAsync());
            Assert.Null((await RelationshipAsync(1, 2)).Muting);
            Assert.Equal(new MuteTerms(false, null), (await RelationshipAsync(1, 3)).Muting);
            Assert.False((await Graph.Rules(new GetRules(new(1)), Call))!.Avoids(new(2)));
            await _service.ReopenAsync();
        }
        await Relations.Unmute(new Unmute(new(1), new(3)), Call);
        Assert.Null(await Graph.Rules(new GetRules(new(1)), Call));
    }

    [Fact]
    public async Task A_request_becomes_a_follow_on_its_own_terms_or_is_gone()
    {
        await Graph.Follow(new Follow(new(1), new(2), new ChangeTerms(false, true, ["en"]), ByRequest: true), Call);
        await Graph.Follow(new Follow(new(3), new(2), ByRequest: true), Call);
        Assert.True((await RelationshipAsync(1, 2)).Requested);
        Assert.Equal(2, await Relations.CountRequests(new CountRequests(new(2)), Call));

        Assert.True(await Relations.Answer(new AnswerRequest(new(2), new(1), true), Call));
        Assert.True(await Relations.Answer(new AnswerRequest(new(2), new(3), false), Call));
        Assert.False(await Relations.Answer(new AnswerRequest(new(2), new(3), true), Call));

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(
                new(new(2), true, false) { Terms = new FollowTerms(false, true, "en") }, await RelationshipAsync(1, 2));
            Assert.Equal(new(new(2), false, false), await RelationshipAsync(3, 2));
            await _service.ReopenAsync();
        }
        await Graph.Unfollow(new Unfollow(new(1), new(2)), Call);
        await Graph.Follow(new Follow(new(1), new(2)), Call);
        Assert.Equal(new(new(2), true, false), await RelationshipAsync(1, 2));
    }

    [Fact]
    public async Task An_import_accepts_the_requests_that_it_makes_follows()
    {
        await Graph.Follow(new Follow(new(1), new(2), ByRequest: true), Call);

        Assert.Equal(1, await Graph.Import(new ImportFollows([(new(1), new(2))], _time.GetUtcNow()), Call));

        Assert.Equal(new(new(2), true, false), await RelationshipAsync(1, 2));
    }

    [Fact]
    public async Task Lists_keep_what_they_are_told_and_only_followed_members()
    {
        await Graph.Import(new ImportFollows([(new(1), new(2)), (new(1), new(3))], _time.GetUtcNow()), Call);
        var list = await Lists.Make(new MakeList(new(1), " some ", ListReplies.None, true), Call);
        await Lists.Members(new ChangeMembers(new(1), list.Id, [new(2), new(3)], true), Call);
        await Graph.Unfollow(new Unfollow(new(1), new(3)), Call);
        await Lists.Change(new ChangeList(new(1), list.Id, "others", null, null), Call);

        for (var round = 0; round < 2; round++)
        {
            var found = Assert.Single(await Lists.All(new GetLists(new(1), new(2)), Call));
            Assert.Equal(("others", ListReplies.None, true), (found.Title, found.Replies, found.IsExclusive));
            Assert.Equal((int[])[2], found.Members.ToArray());
            Assert.Empty(await Lists.All(new GetLists(new(1), new(3)), Call));
            Assert.Null(await Lists.Get(new GetList(new(2), list.Id), Call));
            await _service.ReopenAsync();
        }
        Assert.Equal(ErrorCode.NotFound, (await RefusedAsync(
            () => Lists.Members(new ChangeMembers(new(1), list.Id, [new(3)], true), Call))).Code);
        Assert.True(await Lists.End(new EndList(new(1), list.Id), Call));
        Assert.Empty(await Lists.All(new GetLists(new(1)), Call));
    }

    [Fact]
    public async Task An_account_has_so_many_lists_and_no_more()
    {
        for (var i = 0; i < 50; i++)
            await Lists.Make(new MakeList(new(1), $"list {i}"), Call);

        Assert.Equal(
            ErrorCode.Invalid, (await RefusedAsync(async () => await Lists.Make(new MakeList(new(1), "one more"), Call)))
                .Code);
    }

    [Fact]
    public async Task Followers_you_know_are_those_whom_you_follow_and_who_follow_them()
    {
        await Graph.Import(
            new ImportFollows(
                [(new(1), new(2)), (new(1), new(3)), (new(2), new(9)), (new(4), new(9))], _time.GetUtcNow()), Call);

        var familiar = await Relations.Familiar(new GetFamiliar(new(1), [new(9), new(2)]), Call);

        Assert.Equal((int[])[2], familiar[0].ToArray());
        Assert.Equal(0, familiar[1].Count);
    }

    [Fact]
    public async Task Notes_and_blocked_domains_are_kept_and_told()
    {
        await Relations.Note(new SetNote(new(1), new(2), "old"), Call);
        await Relations.Note(new SetNote(new(1), new(2), "new"), Call);
        await Relations.BlockDomain(new BlockDomain(new(1), "Far.Example", true), Call);
        await Relations.BlockDomain(new BlockDomain(new(1), "far.example", true), Call);
        await _service.ReopenAsync();

        Assert.Equal("new", (await RelationshipAsync(1, 2)).Note);
        Assert.Null((await RelationshipAsync(2, 1)).Note);
        var domains = await Relations.Domains(new ListDomainBlocks(new(1), new RelationRange()), Call);
        Assert.Equal("far.example", Assert.Single(domains.Items).Domain);
        await Relations.BlockDomain(new BlockDomain(new(1), "far.example", false), Call);
        await Relations.Note(new SetNote(new(1), new(2), ""), Call);
        Assert.Empty((await Relations.Domains(new ListDomainBlocks(new(1), new RelationRange()), Call)).Items);
        Assert.Null((await RelationshipAsync(1, 2)).Note);
    }

    private async Task<IEnumerable<int>> MutedAsync() => (await Relations.List(
        new ListRelations(new(1), RelationKind.Mutes, new RelationRange()), Call)).Items.Select(i => i.Account.Value);

    private async Task<Relationship> RelationshipAsync(int account, int other) =>
        (await Graph.Relationships(new GetRelationships(new(account), [new(other)]), Call))[0];

    private static Task<ServiceException> RefusedAsync<T>(Func<ValueTask<T>> action) =>
        Assert.ThrowsAsync<ServiceException>(() => action().AsTask());
}
