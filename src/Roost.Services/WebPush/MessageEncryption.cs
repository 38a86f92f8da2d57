using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Roost.Services.WebPush;

/// <summary>A message that only its receiver can read.</summary>
/// <param name="Salt">Of the message; in the body, too, where that is standard.</param>
/// <param name="SenderKey">The public key that was made for this one message; likewise.</param>
internal sealed record SealedMessage(byte[] Body, byte[] Salt, byte[] SenderKey);

/// <summary>
/// Encrypts push messages: by RFC 8291 (content coding <c>aes128gcm</c>, RFC 8188), or by its fourth draft
/// (<c>aesgcm</c>), which has the same parts in other places.
/// <code>
///   shared secret = ECDH(key of this message, receiver's key)
///   input key     = HKDF(salt: receiver's auth, shared secret)
///   key, nonce    = HKDF(salt of this message, input key)
///   aes128gcm     salt 16 │ record size 4 │ 65 │ public key 65 │ AES-GCM(message │ 2)
///   aesgcm        AES-GCM(0 │ 0 │ message); salt and public key are headers
/// </code>
/// </summary>
internal static class MessageEncryption
{
    /// <summary>Bytes of a public key, a point of P-256, uncompressed.</summary>
    public const int KeyBytes = 65;

    /// <summary>Bytes of the receiver's secret.</summary>
    public const int AuthBytes = 16;

    private const int SaltBytes = 16;
    private const int TagBytes = 16;

    /// <summary>One record holds it all: push services take 4,096 bytes.</summary>
    private const int RecordBytes = 4_096;

    /// <summary>Encrypts with a new key and a new salt.</summary>
    public static SealedMessage Encrypt(ReadOnlySpan<byte> message, PushTarget target)
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Encrypt(message, target, key, RandomNumberGenerator.GetBytes(SaltBytes));
    }

    /// <param name="key">Of this message alone.</param>
    /// <param name="salt">16 bytes, of this message alone.</param>
    public static SealedMessage Encrypt(
        ReadOnlySpan<byte> message, PushTarget target, ECDiffieHellman key, byte[] salt)
    {
        var sender = PointOf(key.ExportParameters(includePrivateParameters: false));
        using var receiver = ReceiverOf(target.PublicKey.Span);
        var shared = key.DeriveRawSecretAgreement(receiver.PublicKey);
        var body = target.IsStandard
            ? Standard(message, target, new Secrets(shared, salt, sender))
            : Draft(message, target, new Secrets(shared, salt, sender));
        return new SealedMessage(body, salt, sender);
    }

    /// <exception cref="CryptographicException">That is no point of P-256.</exception>
    public static ECDiffieHellman ReceiverOf(ReadOnlySpan<byte> point)
    {
        if (point.Length != KeyBytes || point[0] != 4)
            throw new CryptographicException("Not an uncompressed point of P-256.");
        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        });
    }

    public static byte[] PointOf(in ECParameters key) => [4, .. key.Q.X!, .. key.Q.Y!];

    private static byte[] Standard(ReadOnlySpan<byte> message, PushTarget target, in Secrets secrets)
    {
        byte[] info = [.. "WebPush: info\0"u8, .. target.PublicKey.Span, .. secrets.Sender];
        var input = Derive(secrets.Shared, 32, target.Auth.ToArray(), info);
        var key = Derive(input, 16, secrets.Salt, [.. "Content-Encoding: aes128gcm\0"u8]);
        var nonce = Derive(input, 12, secrets.Salt, [.. "Content-Encoding: nonce\0"u8]);
        var head = new byte[SaltBytes + 5];
        secrets.Salt.CopyTo(head, 0);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(SaltBytes), RecordBytes);
        head[^1] = KeyBytes;
        // 2 ends the last record.
        return [.. head, .. secrets.Sender, .. Seal([.. message, 2], key, nonce)];
    }

    private static byte[] Draft(ReadOnlySpan<byte> message, PushTarget target, in Secrets secrets)
    {
        var input = Derive(secrets.Shared, 32, target.Auth.ToArray(), [.. "Content-Encoding: auth\0"u8]);
        byte[] context =
            [.. "P-256\0"u8, 0, KeyBytes, .. target.PublicKey.Span, 0, KeyBytes, .. secrets.Sender];
        var key = Derive(input, 16, secrets.Salt, [.. "Content-Encoding: aesgcm\0"u8, .. context]);
        var nonce = Derive(input, 12, secrets.Salt, [.. "Content-Encoding: nonce\0"u8, .. context]);
        // Two bytes say that there is no padding.
        return Seal([0, 0, .. message], key, nonce);
    }

    private static byte[] Derive(byte[] from, int length, byte[] salt, byte[] info) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, from, length, salt, info);

    private static byte[] Seal(byte[] plain, byte[] key, byte[] nonce)
    {
        using var aes = new AesGcm(key, TagBytes);
        var cipher = new byte[plain.Length + TagBytes];
        aes.Encrypt(nonce, plain, cipher.AsSpan(0, plain.Length), cipher.AsSpan(plain.Length));
        return cipher;
    }

    private readonly record struct Secrets(byte[] Shared, byte[] Salt, byte[] Sender);
}
