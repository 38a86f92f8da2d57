using System.Net;
using System.Net.Sockets;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Web.Sessions;

/// <summary>How an attempt to sign in ended.</summary>
/// <param name="Account">Null when the password was wrong or was not even looked at.</param>
/// <param name="RetryAfter">Above zero when the address has sent too many wrong passwords: how long until the next
/// may be tried.</param>
/// <param name="Refusal">Why the account cannot be signed in to although the password was right, in words.</param>
internal readonly record struct PasswordAttempt(
    Account? Account, TimeSpan RetryAfter = default, string? Refusal = null)
{
    /// <summary>Whose account that is, where moderators keep them out; else null.</summary>
    public KeptOut? KeptOut { get; init; }
}

/// <summary>
/// The one way to a password, for the sign-in page and OAuth's password grant alike: guards <see
/// cref="UsersApi.VerifyPassword"/>
/// with a bucket of attempts per address.
/// </summary>
/// <remarks>
/// An attempt is taken out before the password is looked at, so that parallel guesses count too, and given back when
/// it was
/// right: people behind one address who know their passwords never wait for each other. The platform's rate limiters
/// can
/// neither give back nor run on a test's clock, hence this one. IPv6 addresses count by their /64, which is what one
/// customer gets.
/// Memory is bounded: past <see cref="AddressesMax"/> addresses, the full buckets, which say nothing, are dropped,
/// and then the
/// oldest. One small lock; nothing is awaited inside.
/// </remarks>
internal sealed class PasswordGate(UsersApi users, WebOptions options, TimeProvider time)
{
    public const int AddressesMax = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];

    /// <summary>Addresses remembered now.</summary>
    internal int AddressCount
    {
        get { lock (_lock) return _buckets.Count; }
    }

    public async ValueTask<PasswordAttempt> TryAsync(IPAddress? from, string login, string password, Call call)
    {
        var key = KeyOf(from);
        if (TakeAttempt(key) is var wait && wait > TimeSpan.Zero) return new PasswordAttempt(null, wait);

        var isWrong = false;
        try
        {
            var account = await users.VerifyPassword(new VerifyPassword(login, password), call);
            isWrong = account is null;
            if (account is null || account.Standing == Standing.Active) return new PasswordAttempt(account);
            return new PasswordAttempt(null, Refusal: InWords(account.Standing))
            {
                KeptOut = account.Standing is Standing.Disabled or Standing.Suspended
                    ? new KeptOut(account.Id, account.Standing)
                    : null,
            };
        }
        finally
        {
            // Also when the service failed: nothing was learnt about the password then.
            if (!isWrong) GiveBack(key);
        }
    }

    /// <summary>Why nobody can sign in to an account, in English.</summary>
    public static string InWords(Standing standing) => standing switch
    {
        Standing.Pending => "Your request to join has not been answered yet. You can sign in once you are let in.",
        Standing.Disabled => "This account is disabled: nobody can sign in to it. Ask who runs this server why.",
        Standing.Suspended => "This account is suspended. Ask who runs this server why.",
        _ => "This account has been deleted.",
    };

    private static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    private TimeSpan TakeAttempt(IPAddress key)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (!_buckets.TryGetValue(key, out var bucket))
            {
                if (_buckets.Count >= AddressesMax) Forget_NeedsLock(now);
                _buckets[key] = bucket = new Bucket { Attempts = options.WrongPasswordsMax, At = now };
            }
            Refill(bucket, now);
            if (bucket.Attempts >= 1)
            {
                bucket.Attempts--;
                return TimeSpan.Zero;
            }
            return options.WrongPasswordRefill * (1 - bucket.Attempts);
        }
    }

    private void GiveBack(IPAddress key)
    {
        lock (_lock)
        {
            if (_buckets.TryGetValue(key, out var bucket))
                bucket.Attempts = Math.Min(options.WrongPasswordsMax, bucket.Attempts + 1);
        }
    }

    private void Refill(Bucket bucket, long now)
    {
        var since = time.GetElapsedTime(bucket.At, now);
        bucket.Attempts = Math.Min(options.WrongPasswordsMax, bucket.Attempts + since / options.WrongPasswordRefill);
        bucket.At = now;
    }

    private void Forget_NeedsLock(long now)
    {
        foreach (var (key, bucket) in _buckets)
        {
            Refill(bucket, now);
            if (bucket.Attempts >= options.WrongPasswordsMax) _buckets.Remove(key);
        }
        if (_buckets.Count >= AddressesMax) _buckets.Remove(_buckets.MaxBy(b => b.Value.Attempts).Key);
    }

    private sealed class Bucket
    {
        public double Attempts;
        public long At;
    }
}
