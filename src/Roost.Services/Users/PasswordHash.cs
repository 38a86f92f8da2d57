using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Konscious.Security.Cryptography;
using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>
/// An Argon2id hash (RFC 9106) with all that is needed to check a password against it, written as the Password Hashing
/// Competition's string format: <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>, both in base64 without padding.
/// </summary>
internal sealed record PasswordHash(int MemoryKib, int Iterations, int Lanes, byte[] Salt, byte[] Hash)
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    /// <summary>Computes a hash with a new salt. Takes a core and <see cref="PasswordHashing.MemoryKib"/> for some 30
    /// ms.</summary>
    public static PasswordHash Create(string password, PasswordHashing cost)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Compute(password, cost.MemoryKib, cost.Iterations, 1, salt, HashBytes);
        return new PasswordHash(cost.MemoryKib, cost.Iterations, 1, salt, hash);
    }

    /// <summary>Whether this is the hash of <paramref name="password"/>; takes as long whether it is or not.</summary>
    public bool Matches(string password) => CryptographicOperations.FixedTimeEquals(
        Hash, Compute(password, MemoryKib, Iterations, Lanes, Salt, Hash.Length));

    /// <summary>Whether it was made with less or other cost than is asked for now.</summary>
    public bool IsOutdated(PasswordHashing cost) =>
        MemoryKib != cost.MemoryKib || Iterations != cost.Iterations || Lanes != 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"$argon2id$v=19$m={MemoryKib},t={Iterations},p={Lanes}${ToBase64(Salt)}${ToBase64(Hash)}");

    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: not such a string, or its cost is
    /// absurd.</exception>
    public static PasswordHash Parse(string text)
    {
        var parts = text.Split('$');
        if (parts is ["", "argon2id", "v=19", var cost, var salt, var hash]
            && cost.Split(',') is [var m, var t, var p]
            && TryNumber(m, "m=", 1024 * 1024, out var memory)
            && TryNumber(t, "t=", 100, out var iterations)
            && TryNumber(p, "p=", 16, out var lanes)
            && TryBase64(salt, 8, out var saltBytes)
            && TryBase64(hash, 16, out var hashBytes))
        {
            return new PasswordHash(memory, iterations, lanes, saltBytes, hashBytes);
        }
        throw new ServiceException(ErrorCode.DataDamaged,
            "A stored password hash cannot be read. Set a new password for the account.");
    }

    private static byte[] Compute(string password, int memoryKib, int iterations, int lanes, byte[] salt, int bytes)
    {
        using var argon2 = new Argon2id(Encoding.UTF8.GetBytes(password))
        {
            MemorySize = memoryKib,
            Iterations = iterations,
            DegreeOfParallelism = lanes,
            Salt = salt,
        };
        return argon2.GetBytes(bytes);
    }

    private static bool TryNumber(string text, string prefix, int max, out int value)
    {
        value = 0;
        return text.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value >= 1 && value <= max;
    }

    private static string ToBase64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static bool TryBase64(string text, int bytesMin, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        if (!Convert.TryFromBase64String(padded, bytes, out var written) || written < bytesMin) return false;
        bytes = bytes[..written];
        return true;
    }
}
