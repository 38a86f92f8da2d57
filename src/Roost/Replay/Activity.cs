namespace Roost.Replay;

/// <summary>What an account did.</summary>
public enum ActivityKind : byte
{
    /// <summary>It posted; there is no target.</summary>
    Post = 1,
    /// <summary>It boosted the target's newest own post.</summary>
    Boost = 2,
    /// <summary>It posted and named the target.</summary>
    Mention = 3,
    /// <summary>It answered the target's newest own post.</summary>
    Reply = 4,
}

/// <summary>One thing that one account did. 24 bytes, so that ten million of them fit in memory.</summary>
/// <param name="Actor">Index of the account in <see cref="Network.Usernames"/>.</param>
/// <param name="Target">Index of the account that it was about, or -1 for <see cref="ActivityKind.Post"/>.</param>
/// <param name="AtUnixMilliseconds">When, on the source's own clock.</param>
public readonly record struct Activity(int Actor, int Target, long AtUnixMilliseconds, ActivityKind Kind);

/// <summary>One account follows another; both are indexes into <see cref="Network.Usernames"/>.</summary>
public readonly record struct FollowEdge(int Follower, int Followee)
{
    /// <summary>Follower before followee in one number, by which follows are ordered.</summary>
    public ulong Order => ((ulong)(uint)Follower << 32) | (uint)Followee;

    internal static FollowEdge FromOrder(ulong order) => new((int)(order >> 32), (int)(uint)order);
}
