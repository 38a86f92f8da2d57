using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

/// <summary>
/// The way to a stream's reader: past the response, straight to the socket, where that is what the connection is.
/// Otherwise through the web server. One writer at a time.
/// </summary>
/// <remarks>A response without a length goes in chunks (RFC 9112 §7.1), which the web server makes unless it is told
/// that they are made here.</remarks>
internal readonly struct StreamOutput
{
    private readonly PipeWriter _writer;
    private readonly bool _isChunked;

    private StreamOutput(PipeWriter writer, bool isChunked) => (_writer, _isChunked) = (writer, isChunked);

    /// <summary>For a response's body.</summary>
    public static StreamOutput OfBody(HttpContext http) =>
        HttpProtocol.IsHttp11(http.Request.Protocol) && http.Features.Get<SocketOutput>() is { } socket
            ? new StreamOutput(socket, isChunked: true)
            : Through(http.Response.BodyWriter);

    /// <summary>For what comes after a handshake.</summary>
    /// <param name="upgraded">As the web server has it.</param>
    public static StreamOutput OfUpgraded(HttpContext http, Stream upgraded) => Through(
        http.Features.Get<SocketOutput>() ?? PipeWriter.Create(upgraded, new StreamPipeWriterOptions(leaveOpen: true)));

    /// <summary>Bytes as they are.</summary>
    public static StreamOutput Through(PipeWriter writer) => new(writer, isChunked: false);

    /// <summary>Where bytes can be sent to without being written first; null where everything goes through the web
    /// server.</summary>
    public SocketOutput? Socket => _writer as SocketOutput;

    /// <summary>Whether what is sent there goes in chunks.</summary>
    public bool IsChunked => _isChunked;

    /// <summary>Sends the response's head; from then on the way is free.</summary>
    public async ValueTask BeginAsync(HttpContext http)
    {
        if (_isChunked)
            http.Response.Headers.TransferEncoding = "chunked";
        await http.Response.StartAsync(CancellationToken.None);
        await http.Response.BodyWriter.FlushAsync(CancellationToken.None);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        // An empty chunk would be the last.
        if (bytes.IsEmpty)
            return;
        if (!_isChunked)
        {
            _writer.Write(bytes);
            return;
        }
        const int HeadMax = 10;
        var to = _writer.GetSpan(HeadMax + bytes.Length + 2);
        Utf8Formatter.TryFormat((uint)bytes.Length, to, out var head, 'x');
        "\r\n"u8.CopyTo(to[head..]);
        bytes.CopyTo(to[(head + 2)..]);
        "\r\n"u8.CopyTo(to[(head + 2 + bytes.Length)..]);
        _writer.Advance(head + 2 + bytes.Length + 2);
    }

    /// <summary>Nothing comes after this.</summary>
    public void WriteEnd()
    {
        if (_isChunked)
            _writer.Write("0\r\n\r\n"u8);
    }

    public ValueTask<FlushResult> FlushAsync() => _writer.FlushAsync(CancellationToken.None);
}
