using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Roost.Rpc;

namespace Roost.Composition;

/// <summary>
/// The socket on which clients come in. It is bound before the server is built, so that the URL that goes into every
/// reply is known even when the system chose the port, and a port that is taken is told in words.
/// </summary>
public sealed class ClientPort : IDisposable
{
    private readonly Socket _socket;

    private ClientPort(Socket socket, Uri url) => (_socket, Url) = (socket, url);

    /// <summary>Where this machine reaches it, the port chosen.</summary>
    public Uri Url { get; }

    /// <summary>For the server to listen on; it takes the socket over.</summary>
    internal ulong Handle => (ulong)_socket.Handle;

    /// <param name="listen"><c>http://ADDRESS:PORT</c>; <c>localhost</c> is 127.0.0.1, and port 0 takes a free
    /// one.</param>
    /// <param name="scheme">Which the server that listens there speaks: <c>http</c> or <c>https</c>.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Invalid"/>: not such a URL. <see cref="ErrorCode.Unavailable"/>: taken, or not ours to
    /// take. </exception>
    public static ClientPort Bind(string listen, string scheme = "http")
    {
        if (!Uri.TryCreate(listen, UriKind.Absolute, out var url)
            || url.Scheme != scheme || url.AbsolutePath != "/"
            || !TryParseAddress(url.DnsSafeHost, out var address))
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"'{listen}' is not a URL to listen on; give an address and a port, like {scheme}://127.0.0.1:3000.");
        }
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Without ReuseAddress: on Unix .NET takes it for SO_REUSEPORT too, and two servers would share the port
            // unawares. That a port can be taken again right after a restart (SO_REUSEADDR) .NET sees to by itself.
            socket.Bind(new IPEndPoint(address, url.Port));
            return new ClientPort(socket, Reachable((IPEndPoint)socket.LocalEndPoint!, scheme));
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new ServiceException(
                ErrorCode.Unavailable,
                $"Cannot listen on {listen}: {Reason(failure, url.Port)}", inner: failure);
        }
    }

    /// <summary>Stops and disposes the server that listens here: no new connections, what has begun is answered, then
    /// the port is free.</summary>
    internal async ValueTask CloseAsync(WebApplication server)
    {
        var stopping = server.StopAsync(CancellationToken.None);
        Refuse();
        await stopping;
        await server.DisposeAsync();
        Dispose();
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>
    /// From now on connections are refused. A server that stops does not close a socket that it was handed: until the
    /// port is disposed the system would go on to take connections that nobody answers. Only once the server has begun
    /// to stop.
    /// </summary>
    private void Refuse()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The server never listened, so there is nothing to refuse.
        }
    }

    private static bool TryParseAddress(string host, out IPAddress address)
    {
        if (host == "localhost")
        {
            address = IPAddress.Loopback;
            return true;
        }
        return IPAddress.TryParse(host, out address!);
    }

    private static Uri Reachable(IPEndPoint bound, string scheme)
    {
        var isAny = bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any);
        return new Uri($"{scheme}://{(isAny ? new IPEndPoint(IPAddress.Loopback, bound.Port) : bound)}");
    }

    private static string Reason(SocketException failure, int port) => failure.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"port {port} is taken; give another with --listen, or 0 for a free one.",
        SocketError.AccessDenied => $"port {port} is not allowed to this user; give one above 1,023 with --listen.",
        SocketError.AddressNotAvailable => "this machine does not have that address.",
        _ => failure.Message,
    };
}
