using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Web.Bulk;

/// <summary>Writes the answer to each item.</summary>
internal static class BulkAnswer
{
    private const int HeaderBytes = 11;
    private const int ReasonBytesMax = 1_000;

    public static void Made(IBufferWriter<byte> to, PostId id) => Write(to, BulkCode.Made, id.Value, "");

    public static void Refused(IBufferWriter<byte> to, ServiceException refusal) =>
        Write(to, CodeOf(refusal.Code), 0, refusal.Code is ErrorCode.Internal or ErrorCode.DataDamaged
            ? "Something went wrong on our side"
            : refusal.Message);

    public static void Unreadable(IBufferWriter<byte> to, string reason) =>
        Write(to, BulkCode.Unreadable, 0, reason);

    private static BulkCode CodeOf(ErrorCode code) => code switch
    {
        ErrorCode.Invalid or ErrorCode.Conflict => BulkCode.Invalid,
        ErrorCode.Forbidden => BulkCode.Forbidden,
        ErrorCode.NotFound => BulkCode.NotFound,
        ErrorCode.DeadlineExceeded or ErrorCode.Overloaded or ErrorCode.Unavailable or ErrorCode.StorageFull =>
            BulkCode.TryAgain,
        _ => BulkCode.Failed,
    };

    private static void Write(IBufferWriter<byte> to, BulkCode code, long id, string reason)
    {
        var span = to.GetSpan(HeaderBytes + ReasonBytesMax);
        // Whole characters only: what does not fit is left out.
        Encoding.UTF8.GetEncoder().Convert(
            reason, span.Slice(HeaderBytes, ReasonBytesMax), flush: true, out _, out var length, out _);
        span[0] = (byte)code;
        BinaryPrimitives.WriteInt64LittleEndian(span[1..], id);
        BinaryPrimitives.WriteUInt16LittleEndian(span[9..], (ushort)length);
        to.Advance(HeaderBytes + length);
    }
}
