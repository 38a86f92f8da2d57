using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Graph;

public sealed class SuggestionsTests
{
    [Fact]
    public async Task Friends_of_friends_come_first_by_how_many_follow_them_then_those_with_the_most_followers()
    {
        await using var network = await TestNetwork.StartAsync(12);
        foreach (var (a, b) in ((int, int)[])
            [(1, 2), (1, 3), (2, 4), (3, 4), (2, 5), (3, 1), (2, 3), (6, 7), (8, 7), (9, 7), (6, 10)])
        {
            await network.FollowAsync(a, b);
        }

        Assert.Equal([(4, 2), (5, 1), (7, 0), (10, 0)], await SuggestedAsync(network, 1));
        Assert.Equal([(4, 2), (5, 1)], await SuggestedAsync(network, 1, limit: 2));
        Assert.Equal(7, (await SuggestedAsync(network, 12))[0].Account);
    }

    [Fact]
    public async Task Nobody_is_suggested_who_is_blocked_muted_asked_already_or_dismissed()
    {
        await using var network = await TestNetwork.StartAsync(8);
        await network.FollowAsync(1, 2);
        foreach (var account in Enumerable.Range(3, 6))
            await network.FollowAsync(2, account);
        var me = new AccountId(1);
        await network.Relations.Block(new Block(me, new AccountId(3)), TestNetwork.Call);
        await network.Relations.Block(new Block(new AccountId(4), me), TestNetwork.Call);
        await network.Relations.Mute(new Mute(me, new AccountId(5)), TestNetwork.Call);
        await network.Graph.Follow(new Follow(me, new AccountId(6), ByRequest: true), TestNetwork.Call);
        Assert.True(await network.Suggestions.Dismiss(new DismissSuggestion(me, new AccountId(7)), TestNetwork.Call));
        Assert.False(await network.Suggestions.Dismiss(new DismissSuggestion(me, new AccountId(7)), TestNetwork.Call));

        for (var start = 0; start < 2; start++)
        {
            Assert.Equal([(8, 1)], await SuggestedAsync(network, 1));
            await network.RestartAsync();
        }
    }

    private static async Task<(int Account, int Familiar)[]> SuggestedAsync(
        TestNetwork network, int account, int limit = 40)
    {
        var friends = await network.Suggestions.Friends(new ListFriends(new AccountId(account)), TestNetwork.Call);
        var suggested = await network.Suggestions.Suggest(
            new SuggestAccounts(new AccountId(account), friends, limit), TestNetwork.Call);
        return [.. suggested.Select(one => (one.Account.Value, one.Familiar))];
    }
}
