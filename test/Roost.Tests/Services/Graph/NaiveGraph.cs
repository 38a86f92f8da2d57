using Roost.Engine.Ids;
using Roost.Services.Graph;

namespace Roost.Tests.Services.Graph;

/// <summary>What the Graph service should answer, as plainly as can be: one list of follows.</summary>
internal sealed class NaiveGraph
{
    private readonly List<(long Id, int Follower, int Followee)> _follows = [];
    private long _lastEvent;

    public bool Follow(int follower, int followee)
    {
        if (_follows.Exists(follow => follow.Follower == follower && follow.Followee == followee)) return false;
        _follows.Add((++_lastEvent, follower, followee));
        return true;
    }

    public bool Unfollow(int follower, int followee)
    {
        if (_follows.RemoveAll(follow => follow.Follower == follower && follow.Followee == followee) == 0) return false;
        _lastEvent++;
        return true;
    }

    /// <summary>Newest first.</summary>
    public List<(long FollowId, AccountId Account)> Side(int account, FollowSide side) =>
        [.. _follows.Where(follow => (side == FollowSide.Followers ? follow.Followee : follow.Follower) == account)
            .OrderByDescending(follow => follow.Id)
            .Select(follow => (
                follow.Id, new AccountId(side == FollowSide.Followers ? follow.Follower : follow.Followee)))];

    public (List<(long FollowId, AccountId Account)> Items, bool HasMore) List(ListFollows request)
    {
        var all = Side(request.Account.Value, request.Side);
        var before = request.Before == 0 ? long.MaxValue : request.Before;
        var within = all.Where(item => item.FollowId < before && item.FollowId > request.After).ToList();
        var items = request.Ascending ? within.TakeLast(request.Limit).ToList() : within.Take(request.Limit).ToList();
        // An empty page stands at its lower bound; what is older lies below that.
        var end = items.Count > 0 ? items[^1].FollowId : Math.Min(before, request.After + 1);
        return (items, all.Exists(item => item.FollowId < end));
    }
}
