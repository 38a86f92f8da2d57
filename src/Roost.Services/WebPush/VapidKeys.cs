using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.WebPush;

/// <summary>
/// The key that push services know this server by (RFC 8292): made at the first start, in the file <c>vapid.key</c>,
/// which its owner alone may read. Every subscription was made for it, so it is never made anew where it once was.
/// </summary>
/// <remarks>Thread-safe by one small lock.</remarks>
internal sealed class VapidKeys : IDisposable
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "vapid.key";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int OriginsMax = 1_000;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>Push services take no token that is good for more than a day.</summary>
    private static readonly TimeSpan _goodFor = TimeSpan.FromHours(12);

    private readonly Lock _lock = new();
    private readonly ECDsa _key;
    private readonly byte[] _sealing;
    private readonly Dictionary<string, (string Token, DateTimeOffset RenewAt)> _tokens = [];

    private VapidKeys(ECDsa key)
    {
        _key = key;
        var parameters = key.ExportParameters(includePrivateParameters: true);
        PublicKey = MessageEncryption.PointOf(parameters);
        _sealing = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, parameters.D!, 32, [], Encoding.ASCII.GetBytes("roost: tokens of subscriptions"));
    }

    /// <summary>65 bytes: a point of P-256, uncompressed.</summary>
    public byte[] PublicKey { get; }

    /// <exception cref="ServiceException">The file cannot be read, written, or is no key; says why.</exception>
    public static VapidKeys Open(DataDirectory data)
    {
        var file = data.FilePath(FileName);
        if (!File.Exists(file))
            return Make(data);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return new VapidKeys(key);
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ServiceException(
                ErrorCode.DataDamaged,
                $"{file} is not the key that push messages are signed with. Put it back from a backup. Only if there "
                + "is none, remove it and its line in the file parts: all apps must then subscribe again.",
                failure.Message, failure);
        }
    }

    /// <summary>What a push service at that origin is shown, <c>vapid</c> or not: a signed token that says who sends
    /// until when.</summary>
    public string TokenFor(string origin, string subject, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_tokens.TryGetValue(origin, out var known) && known.RenewAt > now)
                return known.Token;
            if (_tokens.Count >= OriginsMax)
                _tokens.Clear();
            var token = Sign(origin, subject, (now + _goodFor).ToUnixTimeSeconds());
            _tokens[origin] = (token, now + (_goodFor / 2));
            return token;
        }
    }

    /// <summary>Makes a secret unreadable for who has the database and not the key.</summary>
    public byte[] Seal(string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var whole = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_sealing, TagBytes);
        aes.Encrypt(
            whole.AsSpan(0, NonceBytes), plain, whole.AsSpan(NonceBytes, plain.Length), whole.AsSpan(^TagBytes..));
        return whole;
    }

    /// <summary>What <see cref="Seal"/> made of it; null when that was another key's.</summary>
    public string? Open(byte[] whole)
    {
        if (whole.Length < NonceBytes + TagBytes)
            return null;
        var plain = new byte[whole.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_sealing, TagBytes);
        try
        {
            aes.Decrypt(
                whole.AsSpan(0, NonceBytes), whole.AsSpan(NonceBytes, plain.Length), whole.AsSpan(^TagBytes..), plain);
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    public void Dispose() => _key.Dispose();

    private static VapidKeys Make(DataDirectory data)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        data.WriteWhole(FileName, key.ExportPkcs8PrivateKeyPem() + "\n", OwnerOnly);
        return new VapidKeys(key);
    }

    private string Sign(string origin, string subject, long expires)
    {
        var head = Base64Url.EncodeToString("{\"typ\":\"JWT\",\"alg\":\"ES256\"}"u8);
        using var claims = new MemoryStream();
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString("aud"u8, origin);
            json.WriteNumber("exp"u8, expires);
            json.WriteString("sub"u8, subject);
            json.WriteEndObject();
        }
        var signed = $"{head}.{Base64Url.EncodeToString(claims.ToArray())}";
        var signature = _key.SignData(
            Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
