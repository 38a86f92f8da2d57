using System.Buffers.Binary;
using System.Text;

namespace Roost.Web.Streaming;

/// <summary>
/// WebSocket frames (RFC 6455 §5.2), as far as a server needs them that sends what is whole in memory. What a server
/// sends is not masked, so one frame serves all readers.
/// <code>
///   FIN+opcode | length 0..125 | payload            126: two bytes of length follow; 127: eight
///   FIN+opcode | MASK+length   | key | payload      from clients
/// </code>
/// </summary>
internal static class SocketFrames
{
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte Close = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;

    /// <summary>The bits of a frame's first byte that are its opcode.</summary>
    public const byte OpcodeMask = 0x0F;

    private const byte Final = 0x80;
    private const byte Masked = 0x80;
    private const int KeyBytes = 4;

    /// <summary>A whole frame with that payload.</summary>
    public static byte[] Make(byte opcode, ReadOnlySpan<byte> payload)
    {
        var head = payload.Length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };
        var frame = new byte[head + payload.Length];
        frame[0] = (byte)(Final | opcode);
        switch (head)
        {
            case 2:
                frame[1] = (byte)payload.Length;
                break;
            case 4:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
                break;
        }
        payload.CopyTo(frame.AsSpan(head));
        return frame;
    }

    /// <param name="reason">For people; at most 123 bytes.</param>
    public static byte[] MakeClose(ushort status, string reason)
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, status);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return Make(Close, payload);
    }

    /// <summary>Bytes of the whole frame at the start of what has arrived, however long it is; 0 when not enough of it
    /// is there to tell. What is no frame has a length, too.</summary>
    public static long LengthAt(ReadOnlySpan<byte> arrived)
    {
        if (arrived.Length < 2)
            return 0;
        var key = (arrived[1] & Masked) == 0 ? 0 : KeyBytes;
        switch (arrived[1] & 0x7F)
        {
            case 126:
                return arrived.Length < 4 ? 0 : 4 + key + BinaryPrimitives.ReadUInt16BigEndian(arrived[2..]);
            case 127 when arrived.Length < 10:
                return 0;
            case 127:
                // More than is ever passed over is as good as the most.
                return 10 + key + (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(arrived[2..]), int.MaxValue);
            case var length:
                return 2 + key + length;
        }
    }

    /// <summary>Reads a client's frame from the start of what has arrived, and takes the mask off its payload in place.
    /// </summary>
    /// <param name="payloadMax">A longer payload is an error.</param>
    /// <param name="used">Bytes that the frame has; 0 when it is not there whole yet.</param>
    public static SocketFrame Read(Span<byte> arrived, int payloadMax, out int used)
    {
        used = 0;
        if (arrived.Length < 2)
            return default;
        var (first, second) = (arrived[0], arrived[1]);
        // No extension was agreed on, and clients must mask (§5.1).
        if ((first & 0x70) != 0 || (second & Masked) == 0)
            return SocketFrame.Wrong;
        var (head, length) = (2, second & 0x7F);
        var isControl = (first & 8) != 0;
        if (isControl && (length > 125 || (first & Final) == 0))
            return SocketFrame.Wrong;
        if (length == 127)
            return SocketFrame.TooLong;
        if (length == 126)
        {
            head = 4;
            if (arrived.Length < head)
                return default;
            length = BinaryPrimitives.ReadUInt16BigEndian(arrived[2..]);
        }
        if (length > payloadMax)
            return SocketFrame.TooLong;
        if (arrived.Length < head + KeyBytes + length)
            return default;
        var key = arrived.Slice(head, KeyBytes);
        var payload = arrived.Slice(head + KeyBytes, length);
        for (var i = 0; i < payload.Length; i++)
            payload[i] ^= key[i & 3];
        used = head + KeyBytes + length;
        return new SocketFrame((byte)(first & OpcodeMask), (first & Final) != 0, head + KeyBytes, length);
    }
}

/// <param name="Start">Where the payload begins.</param>
internal readonly record struct SocketFrame(byte Opcode, bool IsFinal, int Start, int Length)
{
    /// <summary>Against the protocol: the connection ends with status 1002.</summary>
    public static readonly SocketFrame Wrong = new(0xFF, false, 0, 0);

    /// <summary>More than is taken: the connection ends with status 1009.</summary>
    public static readonly SocketFrame TooLong = new(0xFE, false, 0, 0);
}
