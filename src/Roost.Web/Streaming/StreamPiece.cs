using System.Buffers.Text;

namespace Roost.Web.Streaming;

/// <summary>Bytes of events that are the same for many streams: made once, sent to each from here.</summary>
/// <param name="events">How many events the bytes tell; 0 when none of them can be shown.</param>
/// <remarks>Thread-safe.</remarks>
internal sealed class StreamPiece(byte[] bytes, int events)
{
    private const int HeadMax = 10;

    private byte[]? _chunk;

    public int Events => events;

    /// <summary>As they are.</summary>
    public byte[] Bytes => bytes;

    /// <summary>As a chunk of a response without a length (RFC 9112 §7.1).</summary>
    public byte[] Chunk => _chunk ??= MakeChunk();

    // Two threads may make one each; they are equal.
    private byte[] MakeChunk()
    {
        Span<byte> head = stackalloc byte[HeadMax];
        Utf8Formatter.TryFormat((uint)bytes.Length, head, out var length, 'x');
        return [.. head[..length], .. "\r\n"u8, .. bytes, .. "\r\n"u8];
    }
}
