using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Roost.Rpc;
using Roost.Web.Http;

namespace Roost.Web.Bulk;

/// <summary>Reads a request's frames one by one, as they come. One use, one thread.</summary>
internal sealed class BulkReader(PipeReader body)
{
    private readonly byte[] _payload = new byte[BulkFormat.PayloadBytesMax];
    private long _at;

    /// <summary>Of the frame read last.</summary>
    public BulkFrameKind Kind { get; private set; }

    /// <summary>Of the frame read last; valid until the next one is.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is something else.</exception>
    public async ValueTask ReadMagicAsync(CancellationToken ct)
    {
        var result = await body.ReadAtLeastAsync(BulkFormat.RequestMagic.Length, ct);
        if (!IsMagic(result.Buffer))
        {
            throw Unreadable(
                result.Buffer,
                $"The body does not begin with RoostPs1: send {BulkFormat.ContentType}, as docs/bulk.md tells.");
        }
        Advance(result.Buffer, BulkFormat.RequestMagic.Length);
    }

    /// <summary>Reads the next frame; false at the body's end.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no frame begins here, or it is cut
    /// short.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken ct)
    {
        var result = await body.ReadAtLeastAsync(BulkFormat.FrameHeaderBytes, ct);
        if (result.Buffer.IsEmpty)
        {
            // Without this the server takes the body for one that is still being read, and ends the connection.
            body.AdvanceTo(result.Buffer.End);
            return false;
        }
        var (kind, length) = Header(result.Buffer);
        Advance(result.Buffer, BulkFormat.FrameHeaderBytes);
        if (length > 0)
        {
            result = await body.ReadAtLeastAsync(length, ct);
            if (result.Buffer.Length < length) throw CutShort(result.Buffer);
            result.Buffer.Slice(0, length).CopyTo(_payload);
            Advance(result.Buffer, length);
        }
        (Kind, Payload) = (kind, _payload.AsMemory(0, length));
        return true;
    }

    private static bool IsMagic(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[8];
        if (bytes.Length < start.Length) return false;
        bytes.Slice(0, start.Length).CopyTo(start);
        return start.SequenceEqual(BulkFormat.RequestMagic);
    }

    private (BulkFrameKind Kind, int Length) Header(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> header = stackalloc byte[BulkFormat.FrameHeaderBytes];
        if (bytes.Length < header.Length) throw CutShort(bytes);
        bytes.Slice(0, header.Length).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[1..]);
        if (header[0] is < (byte)BulkFrameKind.Author or > (byte)BulkFrameKind.Commit)
            throw Unreadable(bytes, $"The frame at byte {_at} is of kind {header[0]}; kinds are 1 to 4.");
        if (length > BulkFormat.PayloadBytesMax)
        {
            throw Unreadable(
                bytes,
                $"The frame at byte {_at} says it has {length} bytes; the most is {BulkFormat.PayloadBytesMax}.");
        }
        return ((BulkFrameKind)header[0], (int)length);
    }

    private ServiceException CutShort(in ReadOnlySequence<byte> buffer) =>
        Unreadable(buffer, $"The body ends within the frame at byte {_at}.");

    /// <summary>Lets go of what was read first: the server reads the rest of the body away, so that the answer
    /// arrives.</summary>
    private ServiceException Unreadable(in ReadOnlySequence<byte> buffer, string why)
    {
        body.AdvanceTo(buffer.End);
        return Faults.Invalid(why);
    }

    private void Advance(in ReadOnlySequence<byte> buffer, int count)
    {
        body.AdvanceTo(buffer.GetPosition(count));
        _at += count;
    }
}
