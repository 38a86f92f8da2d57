using Roost.Engine.Graph;
using Roost.Engine.Ids;

namespace Roost.Services.Graph;

/// <summary>What is answered from memory alone, be it the service's own or a replica's.</summary>
/// <remarks>Thread-safe, without locks. A read costs some 50 ns an account.</remarks>
internal sealed class GraphReads(FollowGraph graph, TiesTable ties)
{
    public FollowCounts[] Counts(CountFollows request)
    {
        var counts = new FollowCounts[request.Accounts.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            GraphService.RequireAccount(request.Accounts[i]);
            graph.PrefetchCounts(request.Accounts[i]);
        }
        for (var i = 0; i < counts.Length; i++)
        {
            var account = request.Accounts[i];
            counts[i] = new FollowCounts(graph.FollowersCount(account), graph.FolloweesCount(account));
        }
        return counts;
    }

    public Followees Followees(GetFollowees request)
    {
        GraphService.RequireAccount(request.Account);
        var (ids, version) = graph.FolloweesWithVersion(request.Account);
        var others = ties.Of(request.Account);
        return new Followees(ids, version, others.Rules) { Tags = others.TagKeys };
    }

    public SortedIds Followers(GetFollowers request)
    {
        GraphService.RequireAccount(request.Account);
        return graph.Followers(request.Account);
    }

    public SortedIds[] FollowersOfMany(GetFollowersOfMany request)
    {
        var accounts = request.Accounts.Span;
        foreach (var account in accounts)
            GraphService.RequireAccount(account);
        var followers = new SortedIds[accounts.Length];
        graph.Followers(accounts, followers);
        return followers;
    }

    public ViewerRules? Rules(GetRules request) => ties.Of(request.Viewer).Rules;

    public ViewerRules?[] RulesOfMany(GetRulesOfMany request) =>
        RareReplies.Of(request.Viewers.Span, viewer => ties.Of(viewer).Rules);

    public SortedIds[] Subscribers(GetSubscribers request)
    {
        var subscribers = new SortedIds[request.Accounts.Count];
        for (var i = 0; i < subscribers.Length; i++)
            subscribers[i] = ties.Of(request.Accounts[i]).Subscribers;
        return subscribers;
    }

    /// <param name="note">Fetches an account's note about another.</param>
    public Relationship[] Relationships(GetRelationships request, Func<AccountId, AccountId, string?> note)
    {
        GraphService.RequireAccount(request.Account);
        var following = graph.Followees(request.Account);
        var followers = graph.Followers(request.Account);
        var own = ties.Of(request.Account);
        var relationships = new Relationship[request.Others.Count];
        for (var i = 0; i < relationships.Length; i++)
        {
            var other = request.Others[i];
            var bare = new Relationship(other, following.Contains(other), followers.Contains(other));
            relationships[i] = own.IsEmpty
                ? bare
                : With(bare, own, own.Noted.Contains(other) ? note(request.Account, other) : null);
        }
        return relationships;
    }

    /// <summary>Whether the account has noted something about one of the others, which memory does not hold.</summary>
    public bool HasNotes(GetRelationships request)
    {
        var noted = ties.Of(request.Account).Noted;
        return noted.Count > 0 && request.Others.Any(noted.Contains);
    }

    private static Relationship With(Relationship bare, Ties ties, string? note)
    {
        var other = bare.Other;
        return bare with
        {
            Terms = ties.Terms.GetValueOrDefault(other.Value),
            Blocking = ties.Blocking.Contains(other),
            BlockedBy = ties.BlockedBy.Contains(other),
            Muting = ties.Mutes.GetValueOrDefault(other.Value),
            Requested = ties.Requested.Contains(other),
            RequestedBy = ties.RequestedBy.Contains(other),
            Endorsed = ties.Endorsed.Contains(other),
            Note = note,
        };
    }
}
