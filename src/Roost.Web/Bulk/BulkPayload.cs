using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Roost.Rpc;
using Roost.Web.Http;

namespace Roost.Web.Bulk;

/// <summary>Takes the fields of one frame off its front.</summary>
internal ref struct BulkPayload(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(sizeof(byte))[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>A text with its length, in one byte, before it.</summary>
    public string ShortText() => TextOf(Take(Byte()));

    /// <summary>A text with its length, in two bytes, before it.</summary>
    public string LongText() => TextOf(Take(BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)))));

    public string Rest() => TextOf(Take(_rest.Length));

    /// <exception cref="ServiceException">Something is left.</exception>
    public readonly void End()
    {
        if (_rest.Length > 0) throw Faults.Invalid($"it has {_rest.Length} bytes too many");
    }

    private static string TextOf(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw Faults.Invalid("a text in it is not UTF-8");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw Faults.Invalid($"it ends {count - _rest.Length} bytes too early");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
