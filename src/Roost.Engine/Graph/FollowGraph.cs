using Roost.Engine.Ids;

namespace Roost.Engine.Graph;

/// <summary>
/// Who follows whom, in both directions, in memory. Each account has an immutable sorted list of its followers and one
/// of those it follows; a change makes a new list and stores its reference. So a reader has a list as it was at one
/// moment, for as long as it likes, and nobody waits for anybody.
/// </summary>
/// <remarks>
/// <para><b>Threads.</b> One writer at a time (the owner sees to that); readers on any thread, without locks. The
/// reference is stored with release and read with acquire semantics, so on every memory model who sees a list sees its
/// ids. A follow changes two lists, first the followee's followers and then the follower's followees: for that moment
/// one side knows of it and the other does not. Who sees the new <see cref="FolloweesVersion"/> sees both sides
/// changed.</para>
/// <para><b>Versions.</b> The number is part of the list, hence always the number of the very ids it comes with. It
/// starts at 0 and grows with every call that changes the account's followees (one of <see cref="BulkFollow"/> counts
/// once), so equal numbers mean equal ids in the life of this object. It is not kept over restarts.</para>
/// <para><b>Memory.</b> 8 bytes an account and direction, 28 bytes and 4 an id for an account that has any. An account
/// of more than 1,024 has them in blocks (see <see cref="IdBlocks"/>).</para>
/// <para><b>Cost.</b> Reading a list: two loads. Follow, unfollow: a copy of both lists when they are short, else of
/// some 12 KB; they allocate. Bulk: radix sort of the pairs, then one pass for each direction.</para>
/// </remarks>
public sealed partial class FollowGraph
{
    private readonly AdjacencySide _followers = new();
    private readonly AdjacencySide _followees = new();
    private long _count;

    /// <summary>How many pairs there are.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds a pair. The writer only.</summary>
    /// <returns>Whether that changed anything.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One of them is nobody.</exception>
    /// <exception cref="ArgumentException">Both are the same: nobody follows themself.</exception>
    public bool Follow(AccountId follower, AccountId followee)
    {
        CheckPair(follower.Value, followee.Value);
        var before = _followees[follower.Value];
        var after = IdList.With(before, followee.Value);
        if (ReferenceEquals(before, after))
            return false;

        _followers[followee.Value] = IdList.With(_followers[followee.Value], follower.Value);
        _followees[follower.Value] = after;
        Interlocked.Increment(ref _count);
        return true;
    }

    /// <summary>Takes a pair away. The writer only.</summary>
    /// <returns>Whether that changed anything.</returns>
    public bool Unfollow(AccountId follower, AccountId followee)
    {
        var before = _followees[follower.Value];
        var after = IdList.Without(before, followee.Value);
        if (ReferenceEquals(before, after))
            return false;

        _followers[followee.Value] = IdList.Without(_followers[followee.Value], follower.Value);
        _followees[follower.Value] = after;
        Interlocked.Decrement(ref _count);
        return true;
    }

    public bool Follows(AccountId follower, AccountId followee) =>
        IdList.Contains(_followees[follower.Value], followee.Value);

    /// <summary>Those who follow the account; empty for one that is not known.</summary>
    public SortedIds Followers(AccountId account) => new(_followers[account.Value]);

    /// <summary>Those whom the account follows; empty for one that is not known.</summary>
    public SortedIds Followees(AccountId account) => new(_followees[account.Value]);

    /// <summary>
    /// A number that changes with the account's followees. Who reads it and then <see cref="Followees"/> has ids at
    /// least as new.
    /// </summary>
    public int FolloweesVersion(AccountId account) => IdList.Version(_followees[account.Value]);

    /// <summary>Those whom the account follows, and the version of exactly these ids.</summary>
    public (SortedIds Ids, int Version) FolloweesWithVersion(AccountId account)
    {
        var list = _followees[account.Value];
        return (new SortedIds(list), IdList.Version(list));
    }

    private static void CheckPair(int follower, int followee)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(follower);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(followee);
        if (follower == followee)
            throw new ArgumentException($"Account {follower} cannot follow itself.", nameof(followee));
    }
}
