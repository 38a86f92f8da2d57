using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Roost.Services.Users;

/// <summary>
/// Random secrets (tokens, codes, client secrets): 32 bytes from the system, written as 43 characters of base64url.
/// Only their SHA-256 is kept. That needs no salt and no slow hash, as passwords do: nobody can guess 256 random
/// bits.
/// </summary>
internal static class Secrets
{
    public const int Bytes = 32;
    public const int TextLength = 43;

    public static string Create()
    {
        Span<byte> random = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random);
    }

    /// <summary>The hash under which a secret is kept; false when <paramref name="text"/> cannot be one of
    /// ours.</summary>
    public static bool TryHash(string? text, out SecretHash hash)
    {
        hash = default;
        if (text is null || text.Length != TextLength || !Ascii.IsValid(text)) return false;
        Span<byte> ascii = stackalloc byte[TextLength];
        Ascii.FromUtf16(text, ascii, out _);
        SHA256.HashData(ascii, MemoryMarshal.AsBytes(new Span<SecretHash>(ref hash)));
        return true;
    }

    /// <summary>As above, for a secret that we made.</summary>
    public static SecretHash Hash(string text) =>
        TryHash(text, out var hash) ? hash : throw new ArgumentException("Not a secret of ours.", nameof(text));
}

/// <summary>A SHA-256 as a key: its own first bytes are as good a hash code as any, for nobody can choose them at
/// will.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SecretHash(long A, long B, long C, long D)
{
    public byte[] ToBytes()
    {
        var copy = this;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<SecretHash>(in copy)).ToArray();
    }

    public static SecretHash FromBytes(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<SecretHash>(bytes);

    public override int GetHashCode() => A.GetHashCode();
}
