using Roost.Engine.Ids;

namespace Roost.Engine.Graph;

/// <summary>
/// Who follows whom, in both directions, in memory. Each account has an immutable sorted list of its followers and one
/// of those it follows; a change writes a new list and then stores where it is. So a reader has a list as it was at one
/// moment, for as long as it likes, and nobody waits for anybody.
/// </summary>
/// <remarks>
/// <para><b>Threads.</b> One writer at a time (the owner sees to that); readers on any thread, without locks; see
/// <see cref="AdjacencySide"/> for how. A follow changes two lists, first the followee's followers and then the
/// follower's followees: for that moment one side knows of it and the other does not. Who sees the new
/// <see cref="FolloweesVersion"/> sees both sides changed.</para>
/// <para><b>Versions.</b> The number is part of the list, hence always the number of the very ids it comes with. It
/// starts at 0 and grows with every call that changes the account's followees (one of <see cref="BulkFollow"/> counts
/// once), so equal numbers mean equal ids in the life of this object. It is not kept over restarts.</para>
/// <para><b>Memory.</b> 8 bytes an account and direction, 12 bytes and 4 an id for an account that has any; up to as
/// much again for lists that were replaced. An account of more than 1,024 has them in blocks (see
/// <see cref="IdBlocks"/>).
/// </para>
/// <para><b>Cost.</b> Reading a list: three loads, of which the first may be a cache miss. Follow, unfollow: a copy of
/// both lists when they are short, else of some 12 KB. Bulk: radix sort of the pairs, then one pass for each direction.
/// </para>
/// </remarks>
public sealed partial class FollowGraph
{
    private const int SlotsAhead = 16;

    private readonly AdjacencySide _followers;
    private readonly AdjacencySide _followees;
    private readonly ChangedFollowees _changed = new();
    private long _count;

    public FollowGraph() : this(new AdjacencySide(), new AdjacencySide(), 0)
    {
    }

    internal FollowGraph(AdjacencySide followers, AdjacencySide followees, long count) =>
        (_followers, _followees, _count) = (followers, followees, count);

    /// <summary>How many pairs there are.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>From now on keeps in mind whose followees change, for the one who asks. Any thread.</summary>
    public ChangedFollowees Watch()
    {
        _changed.Watch();
        return _changed;
    }

    /// <summary>Adds a pair. The writer only.</summary>
    /// <returns>Whether that changed anything.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One of them is nobody.</exception>
    /// <exception cref="ArgumentException">Both are the same: nobody follows themself.</exception>
    public bool Follow(AccountId follower, AccountId followee)
    {
        CheckPair(follower.Value, followee.Value);
        if (Follows(follower, followee))
            return false;
        using var noted = _changed.Enter(follower.Value);
        _followers.Add(followee.Value, follower.Value);
        _followees.Add(follower.Value, followee.Value);
        Interlocked.Increment(ref _count);
        return true;
    }

    /// <summary>Takes a pair away. The writer only.</summary>
    /// <returns>Whether that changed anything.</returns>
    public bool Unfollow(AccountId follower, AccountId followee)
    {
        if (!Follows(follower, followee))
            return false;
        using var noted = _changed.Enter(follower.Value);
        _followers.Remove(followee.Value, follower.Value);
        _followees.Remove(follower.Value, followee.Value);
        Interlocked.Decrement(ref _count);
        return true;
    }

    public bool Follows(AccountId follower, AccountId followee) =>
        _followees[follower.Value].Contains(followee);

    /// <summary>Those who follow the account; empty for one that is not known.</summary>
    public SortedIds Followers(AccountId account) => _followers[account.Value];

    /// <summary>
    /// The followers of many accounts at once. Who is asked for is mostly in no cache: here the misses of sixteen are
    /// under way at a time, and the lists themselves are asked for too, since they are read next. <b>Hot path.</b>
    /// </summary>
    /// <param name="sets">Gets one for each account, in order.</param>
    /// <exception cref="ArgumentException">There is room for fewer.</exception>
    public void Followers(ReadOnlySpan<AccountId> accounts, Span<SortedIds> sets)
    {
        if (sets.Length < accounts.Length)
            throw new ArgumentException($"There is room for {sets.Length} sets, not {accounts.Length}.", nameof(sets));
        for (var i = 0; i < accounts.Length; i++)
        {
            if (i + SlotsAhead < accounts.Length)
                _followers.Prefetch(accounts[i + SlotsAhead].Value);
            sets[i] = _followers[accounts[i].Value];
            sets[i].Prefetch();
        }
    }

    /// <summary>How many follow the account. Its slot tells, without a look at the list. <b>Hot path.</b></summary>
    public int FollowersCount(AccountId account) => _followers.Count(account.Value);

    /// <summary>How many the account follows.</summary>
    public int FolloweesCount(AccountId account) => _followees.Count(account.Value);

    /// <summary>Asks for what both counts of an account are read from.</summary>
    public void PrefetchCounts(AccountId account)
    {
        _followers.Prefetch(account.Value);
        _followees.Prefetch(account.Value);
    }

    /// <summary>The accounts with the most followers, those with the most first. Looks at every account: some
    /// nanoseconds each.</summary>
    public int[] MostFollowed(int limit)
    {
        var top = new PriorityQueue<int, int>(limit + 1);
        for (var account = 1; account < _followers.AccountsMax; account++)
        {
            var count = _followers.Count(account);
            if (count == 0 || (top.Count == limit && top.TryPeek(out _, out var least) && count <= least))
                continue;
            if (top.Count == limit)
                top.Dequeue();
            top.Enqueue(account, count);
        }
        var ascending = new List<int>(top.Count);
        while (top.TryDequeue(out var account, out _))
            ascending.Add(account);
        ascending.Reverse();
        return [.. ascending];
    }

    /// <summary>Above every account that follows anybody.</summary>
    public int FollowersEnd => _followees.AccountsMax;

    /// <summary>Those whom the account follows; empty for one that is not known.</summary>
    public SortedIds Followees(AccountId account) => _followees[account.Value];

    /// <summary>
    /// A number that changes with the account's followees. Who reads it and then <see cref="Followees"/> has ids at
    /// least as new.
    /// </summary>
    public int FolloweesVersion(AccountId account)
    {
        _followees.Read(account.Value, out var version);
        return version;
    }

    /// <summary>Those whom the account follows, and the version of exactly these ids.</summary>
    public (SortedIds Ids, int Version) FolloweesWithVersion(AccountId account)
    {
        var ids = _followees.Read(account.Value, out var version);
        return (ids, version);
    }

    /// <summary>The graph as it is now, for storing. The writer only.</summary>
    public GraphImage Freeze() => new(_followers.Freeze(), _followees.Freeze(), Count);

    private static void CheckPair(int follower, int followee)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(follower);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(followee);
        if (follower == followee)
            throw new ArgumentException($"Account {follower} cannot follow itself.", nameof(followee));
    }
}
