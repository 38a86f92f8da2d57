using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>What people do to each other.</summary>
internal sealed partial class Story
{
    private static readonly string[][] _wishes = [[], ["en"], ["de", "en"]];

    private async Task FollowAsync(int account, int other)
    {
        var terms = random.Next(3) != 0 ? null
            : new ChangeTerms(random.Next(2) == 0, Languages: _wishes[random.Next(_wishes.Length)]);
        var follow = new Follow(new AccountId(account), new AccountId(other), terms);
        if (_model.Blocks(account, other) || _model.Blocks(other, account))
        {
            var refusal = await Assert.ThrowsAsync<ServiceException>(
                () => network.Graph.Follow(follow, TestNetwork.Call).AsTask());
            Assert.Equal(ErrorCode.Forbidden, refusal.Code);
            return;
        }
        await network.Graph.Follow(follow, TestNetwork.Call);
        _model.Follow(
            account, other, terms is null ? null
                : new FollowTerms(terms.Boosts!.Value, false, string.Join(',', terms.Languages!)));
    }

    private async Task UnfollowAsync(int account, int other)
    {
        await network.UnfollowAsync(account, other);
        _model.Unfollow(account, other);
    }

    private async Task FollowTagAsync(int account)
    {
        var (tag, isFollowed) = (Tag(), random.Next(3) > 0);
        await network.Tags.Follow(new FollowTag(new AccountId(account), tag, isFollowed), TestNetwork.Call);
        _model.FollowTag(account, tag, isFollowed);
    }

    private async Task BlockAsync(int account, int other)
    {
        await network.Relations.Block(new Block(new AccountId(account), new AccountId(other)), TestNetwork.Call);
        _model.Block(account, other);
    }

    /// <summary>Ends some block, lest everybody blocks everybody.</summary>
    private async Task UnblockAsync()
    {
        var pairs = Enumerable.Range(1, Accounts).SelectMany(a => Enumerable.Range(1, Accounts).Select(b => (a, b)))
            .Where(pair => _model.Blocks(pair.a, pair.b)).ToList();
        if (pairs.Count == 0)
            return;
        var (account, other) = pairs[random.Next(pairs.Count)];
        await network.Relations.Unblock(new Unblock(new AccountId(account), new AccountId(other)), TestNetwork.Call);
        _model.Unblock(account, other);
    }

    private async Task MuteAsync(int account, int other)
    {
        TimeSpan? duration = random.Next(2) == 0 ? null : TimeSpan.FromSeconds(1 + random.Next(20));
        await network.Relations.Mute(
            new Mute(new AccountId(account), new AccountId(other), random.Next(2) == 0, duration), TestNetwork.Call);
        _model.Mute(account, other, duration);
    }

    private async Task UnmuteAsync(int account, int other)
    {
        await network.Relations.Unmute(new Unmute(new AccountId(account), new AccountId(other)), TestNetwork.Call);
        _model.Unmute(account, other);
    }

    private async Task ChangeListAsync(int account)
    {
        var owner = new AccountId(account);
        var (replies, isExclusive) = ((ListReplies)random.Next(3), random.Next(4) == 0);
        var list = _model.Lists.Find(list => list.Owner == account);
        if (list is null)
        {
            var made = await network.Lists.Make(new MakeList(owner, "some", replies, isExclusive), TestNetwork.Call);
            _model.Lists.Add(new NaiveList(made.Id, account, replies, isExclusive));
        }
        else if (random.Next(6) == 0)
        {
            Assert.True(await network.Lists.End(new EndList(owner, list.Id), TestNetwork.Call));
            _model.Lists.Remove(list);
        }
        else
        {
            await network.Lists.Change(new ChangeList(owner, list.Id, null, replies, isExclusive), TestNetwork.Call);
            (list.Replies, list.IsExclusive) = (replies, isExclusive);
        }
    }

    private async Task ChangeMemberAsync(int account, int other)
    {
        if (_model.Lists.Find(list => list.Owner == account) is not { } list || !_model.Follows(account, other))
            return;
        var isAdded = !list.Members.Contains(other);
        Assert.True(await network.Lists.Members(
            new ChangeMembers(new AccountId(account), list.Id, [new AccountId(other)], isAdded), TestNetwork.Call));
        if (isAdded)
            list.Members.Add(other);
        else
            list.Members.Remove(other);
    }
}
