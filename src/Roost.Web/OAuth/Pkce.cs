using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Roost.Web.OAuth;

/// <summary>
/// Proof Key for Code Exchange (RFC 7636), method S256 only: "plain" proves nothing to who sees the request.
/// </summary>
internal static class Pkce
{
    public const string Method = "S256";

    /// <summary>Whether that can be a challenge: 43 characters of base64url, as SHA-256 gives.</summary>
    public static bool IsChallenge(string text) =>
        text.Length == 43 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>
    /// Whether a verifier (43 to 128 characters, RFC 7636 §4.1) is what the challenge was made from. Constant time.
    /// </summary>
    public static bool Proves(string verifier, string challenge)
    {
        if (verifier.Length is < 43 or > 128) return false;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(verifier));
        return CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Base64Url.EncodeToString(hash)), Encoding.ASCII.GetBytes(challenge));
    }
}
