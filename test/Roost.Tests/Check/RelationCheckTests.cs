using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Xunit;

namespace Roost.Tests.Check;

/// <summary>What <c>roost check</c> finds in the tables of relations: ann follows bob, whom cyd blocks.</summary>
public sealed class RelationCheckTests : IAsyncLifetime
{
    private SampleData _data = null!;

    public async ValueTask InitializeAsync()
    {
        _data = await SampleData.MakeAsync();
        await using var node = await _data.OpenAsync();
        var call = Call.Until(TestContext.Current.CancellationToken);
        var (ann, bob, cyd) = (new AccountId(1), new AccountId(2), new AccountId(3));
        await node.Graph.Follow(new Follow(ann, bob, new ChangeTerms(Boosts: false)), call);
        await node.Graph.Follow(new Follow(bob, new AccountId(4), ByRequest: true), call);
        await node.Relations.Block(new Block(cyd, bob), call);
        await node.Relations.Mute(new Mute(ann, cyd), call);
        await node.Relations.Endorse(new Endorse(ann, bob, true), call);
        await node.Relations.BlockDomain(new BlockDomain(ann, "far.example", true), call);
        await node.Relations.Note(new SetNote(ann, bob, "a friend"), call);
        var list = await node.Lists.Make(new MakeList(ann, "some"), call);
        await node.Lists.Members(new ChangeMembers(ann, list.Id, [bob], true), call);
    }

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public void All_that_the_service_wrote_is_sound()
    {
        Assert.Equal("", _data.Findings());
    }

    [Theory]
    [InlineData("DELETE FROM blocks", "blocks: The row", "is missing: no event ended it.")]
    [InlineData("DELETE FROM list_members", "list_members: The row", "is missing: no event ended it.")]
    [InlineData("UPDATE blocks SET target = 5", "blocks: No event upholds the row", "3 and 5.")]
    [InlineData("UPDATE mutes SET id = id + 100", "mutes: The row", "whose number it should have.")]
    [InlineData("DELETE FROM graph_events WHERE kind = 3", "blocks: No event upholds the row", "3 and 2.")]
    [InlineData("INSERT INTO follow_terms VALUES (2, 5, 0, 0, '')", "follow_terms:", "neither follows it nor asks to.")]
    [InlineData("UPDATE notes SET target = 77", "notes:", "Account 77 is named once by notes")]
    [InlineData("UPDATE follow_requests SET account = 1, target = 2", "follow_requests:", "1 asks to follow 2 and follows it.")]
    public async Task What_tables_and_events_tell_differently_is_damage(string sql, string where, string what)
    {
        await _data.ExecuteAsync("graph.db", sql);

        var found = _data.Findings();

        Assert.Contains($"Damage graph.db, {where}", found);
        Assert.Contains(what, found);
    }
}
