using Roost.Bench.Inbox;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Users;

namespace Roost.Bench.Pipeline;

/// <summary>
/// Who the posts are by and for: accounts and follows in memory only, since making a million accounts in SQL would take
/// longer than the benchmark. What answers is what answers in the product: a <see cref="FollowGraph"/>, and accounts in
/// an array.
/// </summary>
internal sealed class PipelineNetwork
{
    private readonly Account[] _accounts;

    private PipelineNetwork(RankedGraph ranked, int[] active, AccountId[] authors)
    {
        (Ranked, Active, Authors) = (ranked, active, authors);
        _accounts = new Account[ranked.Accounts + 1];
        for (var id = 1; id < _accounts.Length; id++)
        {
            _accounts[id] = new Account(
                new AccountId(id), $"u{id}", $"User {id}", "", false, false, DateTimeOffset.UnixEpoch)
            {
                // As Users gives each: without one nothing that is made of an account is kept.
                Stamp = id,
            };
        }
    }

    public RankedGraph Ranked { get; }

    /// <summary>Those who have an inbox, in random order.</summary>
    public int[] Active { get; }

    /// <summary>Of the posts, one after the other; begun again at its end.</summary>
    public AccountId[] Authors { get; }

    public double FollowersOnAverage => Authors.Average(author => Ranked.Graph.Followers(author).Count);

    public static PipelineNetwork Create(int accounts, int followers, int activePercent, int posts, int seed)
    {
        const int FollowsPerAccount = 20;
        var random = new Random(seed);
        var ranked = RankedGraph.Create(accounts, FollowsPerAccount, random);
        int[] active = [.. Enumerable.Range(1, accounts).Where(_ => random.Next(100) < activePercent)];
        random.Shuffle(active);
        var authors = ranked.Authors(random, posts, ranked.SkewFor(followers, seed));
        return new PipelineNetwork(ranked, active, authors);
    }

    /// <summary>The API of a service without data, answering from this network.</summary>
    public GraphApi Over(GraphApi graph) => graph with
    {
        Followees = (request, _) =>
        {
            var (ids, version) = Ranked.Graph.FolloweesWithVersion(request.Account);
            return new(new Followees(ids, version));
        },
        Followers = (request, _) => new(Ranked.Graph.Followers(request.Account)),
        FollowersOfMany = (request, _) => new(FollowersOf(request.Accounts.Span)),
        Counts = (request, _) => new(CountsOf(request.Accounts)),
    };

    /// <inheritdoc cref="Over(GraphApi)"/>
    public UsersApi Over(UsersApi users) => users with
    {
        Get = (request, _) =>
        {
            var found = new Account?[request.Ids.Count];
            for (var i = 0; i < found.Length; i++)
                found[i] = _accounts[request.Ids[i].Value];
            return new(found);
        },
    };

    private SortedIds[] FollowersOf(ReadOnlySpan<AccountId> accounts)
    {
        var followers = new SortedIds[accounts.Length];
        for (var i = 0; i < followers.Length; i++)
            followers[i] = Ranked.Graph.Followers(accounts[i]);
        return followers;
    }

    private FollowCounts[] CountsOf(IReadOnlyList<AccountId> accounts)
    {
        var counts = new FollowCounts[accounts.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = new FollowCounts(
                Ranked.Graph.Followers(accounts[i]).Count, Ranked.Graph.Followees(accounts[i]).Count);
        }
        return counts;
    }
}
