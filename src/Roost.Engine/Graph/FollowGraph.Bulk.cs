using Roost.Engine.Ids;

namespace Roost.Engine.Graph;

public sealed partial class FollowGraph
{
    /// <summary>
    /// Makes a graph of many pairs, in any order; duplicates count once. Some 16 bytes a pair are needed for the time
    /// of the call.
    /// </summary>
    /// <exception cref="ArgumentException">A pair is none: nobody in it, or twice the same; the message says
    /// which.</exception>
    public static FollowGraph Build(ReadOnlySpan<(int Follower, int Followee)> pairs)
    {
        var graph = new FollowGraph();
        graph.BulkFollow(pairs);
        return graph;
    }

    /// <summary>
    /// Adds many pairs, in any order; those that exist stay. Each account's lists are made anew once, whatever the
    /// number of pairs. The writer only. Some 16 bytes a pair are needed for the time of the call.
    /// </summary>
    /// <returns>How many are new.</returns>
    /// <exception cref="ArgumentException">A pair is none: nobody in it, or twice the same; the message says which.
    /// Nothing was added then.</exception>
    public long BulkFollow(ReadOnlySpan<(int Follower, int Followee)> pairs)
    {
        // 1. One number a pair, follower above followee, so that sorting numbers sorts by follower, then by followee.
        var keys = GC.AllocateUninitializedArray<ulong>(pairs.Length);
        for (var i = 0; i < pairs.Length; i++)
        {
            var (follower, followee) = pairs[i];
            if (follower <= 0 || followee <= 0 || follower == followee)
                throw new ArgumentException(
                    $"Pair {i} is ({follower}, {followee}): both must be positive, and different.", nameof(pairs));
            keys[i] = ((ulong)follower << 32) | (uint)followee;
        }
        var spare = GC.AllocateUninitializedArray<ulong>(pairs.Length);
        RadixSort.Sort(ref keys, ref spare, keys.Length, fromBit: 0);

        // 2. Only what is new stays.
        var count = KeepNew(keys);

        // 3. Followers first, so that a new followees' version is seen only after both sides have changed (as in
        // Follow).
        var byFollowee = GC.AllocateUninitializedArray<ulong>(count);
        for (var i = 0; i < count; i++)
            byFollowee[i] = (keys[i] << 32) | (keys[i] >> 32);
        // They are in order of their lower half already, and the sort is stable.
        RadixSort.Sort(ref byFollowee, ref spare, count, fromBit: 32);
        using var noted = _changed.EnterAll(keys.AsSpan(0, count));
        AddRuns(_followers, byFollowee.AsSpan(0, count));
        AddRuns(_followees, keys.AsSpan(0, count));
        Interlocked.Add(ref _count, count);
        return count;
    }

    /// <summary>
    /// Moves the pairs that are neither in the graph nor twice in the sorted keys to their front; returns how many.
    /// </summary>
    private int KeepNew(ulong[] keys)
    {
        var count = 0;
        var last = 0UL;
        var account = 0;
        var list = SortedIds.Empty;
        foreach (var key in keys)
        {
            if (key == last)
                continue;
            last = key;
            if (account != (int)(key >> 32))
                list = _followees[account = (int)(key >> 32)];
            if (!list.Contains(new AccountId((int)key)))
                keys[count++] = key;
        }
        return count;
    }

    /// <summary>Adds to each account in the upper halves the ids in the lower halves.</summary>
    private static void AddRuns(AdjacencySide side, ReadOnlySpan<ulong> keys)
    {
        var ids = new int[64];
        while (!keys.IsEmpty)
        {
            var account = (int)(keys[0] >> 32);
            var count = 0;
            while (count < keys.Length && (int)(keys[count] >> 32) == account)
            {
                if (count == ids.Length)
                    Array.Resize(ref ids, 2 * count);
                ids[count] = (int)keys[count];
                count++;
            }
            side.AddAll(account, ids.AsSpan(0, count));
            keys = keys[count..];
        }
    }
}
