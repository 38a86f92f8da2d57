using System.Net;
using System.Net.Sockets;

namespace Roost.Services.Outbound;

/// <summary>
/// Keeps what strangers name from being fetched from where strangers may not look: every connection that a handler of
/// the guard makes goes to an address that the guard has seen and allows, whatever the host is called and however often
/// its name resolves to something else.
/// </summary>
/// <remarks>
/// The address is checked where the socket is connected, and the socket is connected to that very address: so a name
/// that is public when it is checked and private when it is used gains nothing. Redirections are not followed and no
/// proxy is used; who follows one asks again. Thread-safe.
/// </remarks>
/// <param name="allows">Whether an address may be connected to.</param>
public sealed class OutboundGuard(Func<IPAddress, bool> allows)
{
    private static readonly TimeSpan _pooledFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _idleFor = TimeSpan.FromMinutes(1);

    /// <summary>Allows the addresses of the public internet and no others.</summary>
    public static OutboundGuard PublicOnly { get; } = new(PublicAddresses.Has);

    /// <summary>What is wrong with an address that a stranger gave, in words for the stranger; null when it may be
    /// tried. That its host's name leads to a private place shows only when it is connected to.</summary>
    /// <param name="schemes">Which may be used, such as <c>https</c>.</param>
    public string? ProblemWith(string? address, params ReadOnlySpan<string> schemes)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return "is not an absolute URL";
        if (!schemes.Contains(uri.Scheme))
            return $"must begin with {string.Join(" or ", schemes.ToArray().Select(scheme => scheme + "://"))}";
        if (uri.UserInfo.Length > 0)
            return "must not have a user name";
        if (IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out var literal) && !allows(literal))
            return "leads to a private address";
        return null;
    }

    /// <summary>A handler for an <see cref="HttpClient"/>; its owner disposes of it. A connection that is not allowed
    /// fails with <see cref="HttpRequestException"/>, whose inner exception is
    /// <see cref="OutboundRefusedException"/>.</summary>
    /// <param name="connectTimeout">For finding the address and connecting to it.</param>
    /// <param name="perHostMax">Connections to one host and port at a time, 1 or more.</param>
    public SocketsHttpHandler MakeHandler(TimeSpan connectTimeout, int perHostMax = 4) => new()
    {
        ConnectCallback = ConnectAsync,
        ConnectTimeout = connectTimeout,
        MaxConnectionsPerServer = perHostMax,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        // Kilobytes.
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = _pooledFor,
        PooledConnectionIdleTimeout = _idleFor,
        // Nobody outside needs to know how our requests hang together.
        ActivityHeadersPropagator = null,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(host, ct);
        var allowed = Array.FindAll(addresses, address => allows(address));
        if (allowed.Length == 0)
            throw new OutboundRefusedException($"{host} leads to no address that may be connected to.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A connection was not made, because it would have led where strangers may not look.</summary>
public sealed class OutboundRefusedException(string message) : Exception(message);
