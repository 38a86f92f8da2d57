using Roost.Rpc;

namespace Roost.World;

/// <summary>Which world to make up. The same options always make the same world.</summary>
public sealed record WorldOptions
{
    /// <summary>1 to 10,000,000.</summary>
    public const int AccountsMax = 10_000_000;

    /// <summary>Most follows, and most posts, of one world: they are kept in memory, 8 and 24 bytes each.</summary>
    public const int EdgesMax = 250_000_000;

    public const int PostsMax = 100_000_000;

    public required int Accounts { get; init; }
    public required ulong Seed { get; init; }

    /// <summary>Activities of the whole world: posts, mentions, replies and boosts. 0 to 100,000,000.</summary>
    public required int Posts { get; init; }

    /// <summary>Mean follows per account; null for the measured 57. Small worlds have fewer, since nobody can follow
    /// more than there are.</summary>
    public double? FollowsPerAccount { get; init; }

    /// <summary>Over how many days the posts are spread, from 2025-01-01. 1 to 365; 30 unless told.</summary>
    public int Days { get; init; } = 30;

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: an option is out of its range.</exception>
    public void Validate()
    {
        Check(Accounts is >= 1 and <= AccountsMax, $"--accounts must be 1 to {AccountsMax}, not {Accounts}.");
        Check(Posts is >= 0 and <= PostsMax, $"--posts must be 0 to {PostsMax}, not {Posts}.");
        Check(FollowsPerAccount is null or (>= 0 and <= 10_000),
            $"--follows-per-account must be 0 to 10000, not {FollowsPerAccount}.");
        Check(Days is >= 1 and <= 365, $"--days must be 1 to 365, not {Days}.");
    }

    private static void Check(bool ok, string message)
    {
        if (!ok) throw new ServiceException(ErrorCode.Invalid, message);
    }
}
