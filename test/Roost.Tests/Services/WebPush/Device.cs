using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Roost.Services.WebPush;
using Xunit;

namespace Roost.Tests.Services.WebPush;

/// <summary>An app on somebody's device: it has the keys of one subscription, and reads what comes by the letter of the
/// specifications, with none of the code that sends.</summary>
internal sealed class Device : IDisposable
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _auth = RandomNumberGenerator.GetBytes(16);

    public byte[] PublicKey => PointOf(_key.ExportParameters(false).Q);

    public byte[] Auth => _auth;

    public PushTarget TargetAt(string endpoint, bool isStandard = true) =>
        new(endpoint, PublicKey, _auth, isStandard);

    /// <summary>What a message says.</summary>
    public byte[] Read(ReceivedPush push) => push.Header("Content-Encoding") == "aes128gcm"
        ? ReadStandard(push.Body)
        : ReadDraft(push);

    /// <summary>The claims of the token that a message came with, whose signature must be that of the key.</summary>
    public static JsonElement Verify(ReceivedPush push, ReadOnlyMemory<byte> serverKey, bool isStandard)
    {
        var authorization = push.Header("Authorization")!;
        var token = isStandard
            ? authorization["vapid t=".Length..authorization.IndexOf(',', StringComparison.Ordinal)]
            : authorization["WebPush ".Length..];
        var shown = isStandard
            ? authorization[(authorization.IndexOf(",k=", StringComparison.Ordinal) + 3)..]
            : push.Header("Crypto-Key")!.Split("p256ecdsa=")[1];
        Assert.Equal(serverKey.ToArray(), Base64Url.DecodeFromChars(shown));
        var parts = token.Split('.');
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = serverKey[1..33].ToArray(), Y = serverKey[33..].ToArray() },
        });
        Assert.True(key.VerifyData(
            Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
        Assert.Equal("ES256", head.GetProperty("alg").GetString());
        return JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
    }

    public void Dispose() => _key.Dispose();

    // RFC 8188 §2, RFC 8291 §3.4.
    private byte[] ReadStandard(byte[] body)
    {
        var (salt, sender) = (body[..16], body[21..86]);
        Assert.Equal(65, body[20]);
        byte[] info = [.. "WebPush: info\0"u8, .. PublicKey, .. sender];
        var prk = HMACSHA256.HashData(salt, Expand(Extract(_auth, Shared(sender)), info, 32));
        var plain = Open(
            body[86..], Expand(prk, [.. "Content-Encoding: aes128gcm\0"u8], 16),
            Expand(prk, [.. "Content-Encoding: nonce\0"u8], 12));
        Assert.Equal(2, plain[^1]);
        return plain[..^1];
    }

    // draft-ietf-webpush-encryption-04, draft-ietf-httpbis-encryption-encoding-03.
    private byte[] ReadDraft(ReceivedPush push)
    {
        var salt = Base64Url.DecodeFromChars(push.Header("Encryption")!.AsSpan("salt=".Length));
        var sender = Base64Url.DecodeFromChars(push.Header("Crypto-Key")!.Split(';')[0].AsSpan("dh=".Length));
        var ikm = Expand(Extract(_auth, Shared(sender)), [.. "Content-Encoding: auth\0"u8], 32);
        byte[] context = [.. "P-256\0"u8, 0, 65, .. PublicKey, 0, 65, .. sender];
        var prk = Extract(salt, ikm);
        var plain = Open(
            push.Body, Expand(prk, [.. "Content-Encoding: aesgcm\0"u8, .. context], 16),
            Expand(prk, [.. "Content-Encoding: nonce\0"u8, .. context], 12));
        var padding = (plain[0] << 8) | plain[1];
        return plain[(2 + padding)..];
    }

    private byte[] Shared(byte[] sender)
    {
        using var other = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = sender[1..33], Y = sender[33..] },
        });
        return _key.DeriveRawSecretAgreement(other.PublicKey);
    }

    private static byte[] Extract(byte[] salt, byte[] ikm) => HMACSHA256.HashData(salt, ikm);

    private static byte[] Expand(byte[] prk, byte[] info, int length) =>
        HMACSHA256.HashData(prk, (byte[])[.. info, 1])[..length];

    private static byte[] Open(byte[] cipher, byte[] key, byte[] nonce)
    {
        using var aes = new AesGcm(key, 16);
        var plain = new byte[cipher.Length - 16];
        aes.Decrypt(nonce, cipher.AsSpan(..^16), cipher.AsSpan(^16..), plain);
        return plain;
    }

    private static byte[] PointOf(ECPoint point) => [4, .. point.X!, .. point.Y!];
}
