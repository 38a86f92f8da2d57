using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>The Users service's limits. All have defaults that suit one process with up to a million
/// accounts.</summary>
public sealed record UsersOptions
{
    /// <summary>Accounts kept in memory, about 250 bytes each. 4,096 to 2^31-1.</summary>
    public int CachedAccountsMax { get; init; } = 1_000_000;

    /// <summary>Usernames whose account id is kept in memory, about 120 bytes each. 16 or more.</summary>
    public int CachedUsernamesMax { get; init; } = 400_000;

    /// <summary>Bearer tokens kept in memory, about 250 bytes each. 16 or more.</summary>
    public int CachedTokensMax { get; init; } = 200_000;

    /// <summary>How long an authorization code may be used. RFC 6749 §4.1.2 recommends at most 10 minutes.</summary>
    public TimeSpan GrantLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The cost of a password's hash; see <see cref="PasswordHashing"/>.</summary>
    public PasswordHashing Passwords { get; init; } = new();

    /// <summary>Throws when a value is out of its range.</summary>
    internal UsersOptions Validated()
    {
        Require(CachedAccountsMax >= AccountCache.ChunkSlots, nameof(CachedAccountsMax), "at least 4,096");
        Require(CachedUsernamesMax >= 16, nameof(CachedUsernamesMax), "at least 16");
        Require(CachedTokensMax >= 16, nameof(CachedTokensMax), "at least 16");
        Require(GrantLifetime > TimeSpan.Zero && GrantLifetime <= TimeSpan.FromHours(1),
            nameof(GrantLifetime), "up to an hour");
        Require(Passwords.MemoryKib is >= 8 and <= 1024 * 1024, nameof(Passwords.MemoryKib), "8 to 1,048,576");
        Require(Passwords.Iterations is >= 1 and <= 100, nameof(Passwords.Iterations), "1 to 100");
        Require(Passwords.ConcurrencyMax is >= 1 and <= 1024, nameof(Passwords.ConcurrencyMax), "1 to 1,024");
        Require(Passwords.WaitingMax >= 0, nameof(Passwords.WaitingMax), "0 or more");
        return this;
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds) throw new ServiceException(ErrorCode.Invalid, $"The option {name} of Users must be {range}.");
    }
}

/// <summary>
/// What a password's hash costs. The defaults are those of the OWASP Password Storage Cheat Sheet for Argon2id (m=19
/// MiB, t=2, p=1). A hash keeps the parameters that it was made with; at a sign-in an older hash is renewed with
/// these.
/// </summary>
public sealed record PasswordHashing
{
    /// <summary>Memory per hash in KiB.</summary>
    public int MemoryKib { get; init; } = 19 * 1024;

    /// <summary>Passes over that memory.</summary>
    public int Iterations { get; init; } = 2;

    /// <summary>Hashes computed at once. Each takes a core and its memory. Default: one per core.</summary>
    public int ConcurrencyMax { get; init; } = Environment.ProcessorCount;

    /// <summary>Hashes that may wait for their turn; more are refused as overloaded.</summary>
    public int WaitingMax { get; init; } = 256;
}
