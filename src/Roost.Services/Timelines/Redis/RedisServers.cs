using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Roost.Rpc;

namespace Roost.Services.Timelines.Redis;

/// <summary>Where Redis is: some members of a cluster, which tell of the others, or one server.</summary>
/// <param name="Seeds">At least one.</param>
/// <param name="User">Null for Redis's default user.</param>
/// <param name="Password">Null where none is asked for.</param>
/// <param name="Tls">How they prove who they are; null: connections are not encrypted.</param>
public sealed record RedisServers(
    IReadOnlyList<EndPoint> Seeds, string? User, string? Password, RedisTls? Tls = null)
{
    private const string Scheme = "redis://";
    private const string TlsScheme = "rediss://";
    private const string AuthorityOption = "?ca=";
    private const int DefaultPort = 6379;

    /// <summary>The variable that redis-cli, too, takes a password from.</summary>
    public const string PasswordVariable = "REDISCLI_AUTH";

    /// <summary>Reads <c>redis://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…]</c>, or <c>rediss://…[?ca=FILE]</c> for
    /// TLS.</summary>
    /// <param name="password">What the environment has, for where the text has none.</param>
    /// <exception cref="ServiceException">It is nothing of the kind; says what is wrong.</exception>
    public static RedisServers Parse(string text, string? password = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isSecure = text.StartsWith(TlsScheme, StringComparison.OrdinalIgnoreCase);
        if (!isSecure && !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw Wrong(text, "it begins neither with redis:// nor with rediss://");
        var rest = text[(isSecure ? TlsScheme : Scheme).Length..];
        var tls = isSecure ? RedisTls.Usual : null;
        if (isSecure && rest.IndexOf(AuthorityOption, StringComparison.Ordinal) is >= 0 and var option)
        {
            tls = TlsOf(text, rest[(option + AuthorityOption.Length)..]);
            rest = rest[..option];
        }
        rest = rest.TrimEnd('/');
        string? user = null;
        if (rest.LastIndexOf('@') is >= 0 and var at)
        {
            var who = rest[..at].Split(':', 2);
            user = who[0].Length > 0 ? Uri.UnescapeDataString(who[0]) : null;
            password = who.Length == 2 ? Uri.UnescapeDataString(who[1]) : password;
            rest = rest[(at + 1)..];
        }
        var seeds = rest.Split(',').Select(
            one => EndPointOf(one) ?? throw Wrong(text, $"'{one}' is no HOST:PORT")).ToArray();
        return new RedisServers(seeds, user, password is { Length: > 0 } ? password : null, tls);
    }

    private static RedisTls TlsOf(string text, string authorityFile)
    {
        try
        {
            return RedisTls.TrustingOnly(authorityFile);
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Wrong(text, $"'{authorityFile}' has no certificates to trust: {failure.Message}");
        }
    }

    /// <summary>Null when it is no host with a port or without.</summary>
    private static EndPoint? EndPointOf(string text)
    {
        var colon = text.LastIndexOf(':');
        // An IPv6 address has colons of its own, and stands in brackets.
        var hasPort = colon >= 0 && !text.EndsWith(']');
        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        var port = DefaultPort;
        if (hasPort && !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            return null;
        if (port is < 1 or > IPEndPoint.MaxPort || Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return null;
        return EndPointOf(host, port);
    }

    internal static EndPoint EndPointOf(string host, int port) =>
        IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);

    /// <summary>As a server tells of one.</summary>
    /// <param name="host">Empty or null: that of the server that was asked, which does not know its own.</param>
    internal static EndPoint EndPointOf(string? host, int port, EndPoint asked) => (host, asked) switch
    {
        ({ Length: > 0 }, _) => EndPointOf(host, port),
        (_, IPEndPoint ip) => new IPEndPoint(ip.Address, port),
        (_, DnsEndPoint dns) => new DnsEndPoint(dns.Host, port),
        _ => asked,
    };

    private static ServiceException Wrong(string text, string why) => new(
        ErrorCode.Invalid,
        $"'{text}' is no place of inboxes: {why}. Give one like redis://10.0.0.1:6379,10.0.0.2:6379; a password is "
        + $"taken from {PasswordVariable}.");
}
