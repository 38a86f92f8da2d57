using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Roost.Rpc.Remote;

/// <summary>
/// Reads messages in the binary format of Protocol Buffers (proto3) into records. Fields that nobody asks for are
/// passed over, so that newer senders are understood.
/// </summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>, from every method: the bytes are no such
/// message.</exception>
public ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    // As other readers of the format have it.
    private const int DepthMax = 100;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;
    private int _at;
    private WireType _type;

    /// <summary>Goes to the next field; false at the end. Its value has to be read, or skipped.</summary>
    public bool Next(out int field)
    {
        if (_at == _bytes.Length)
        {
            field = 0;
            return false;
        }
        var tag = Varint();
        field = (int)(tag >> 3);
        _type = (WireType)(tag & 7);
        if (field == 0 || tag > uint.MaxValue) Malformed("a field without a number");
        return true;
    }

    public long Number()
    {
        Expect(WireType.Varint);
        return (long)Varint();
    }

    /// <exception cref="ServiceException">Too large, too.</exception>
    public int Int()
    {
        var value = Number();
        if (value is < int.MinValue or > int.MaxValue) Malformed("a number beyond 32 bits");
        return (int)value;
    }

    public bool Flag() => Number() != 0;

    public double Real()
    {
        Expect(WireType.Fixed64);
        return BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));
    }

    public string Text() => Encoding.UTF8.GetString(Blob());

    /// <summary>Within what is read; copy what is to be kept.</summary>
    public ReadOnlySpan<byte> Blob()
    {
        Expect(WireType.Bytes);
        var length = Varint();
        if (length > (ulong)(_bytes.Length - _at)) Malformed("a length beyond the end");
        return Take((int)length);
    }

    /// <summary>A nested message; at most 100 deep, for what reads messages within messages of the same kind calls
    /// itself.</summary>
    public WireReader Message()
    {
        if (_depth == DepthMax) Malformed("messages nested too deep");
        return new(Blob()) { _depth = _depth + 1 };
    }

    /// <summary>Of <c>google.protobuf.Timestamp</c>.</summary>
    public DateTimeOffset Time()
    {
        var ticks = Ticks();
        var max = DateTimeOffset.MaxValue.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        if (ticks < -DateTimeOffset.UnixEpoch.Ticks || ticks > max) Malformed("a time beyond the years 1 to 9999");
        return DateTimeOffset.UnixEpoch.AddTicks(ticks);
    }

    /// <summary>Of <c>google.protobuf.Duration</c>.</summary>
    public TimeSpan Span() => new(Ticks());

    /// <summary>Adds to a list of numbers, which may come packed or one by one.</summary>
    public void Numbers(List<long> into)
    {
        if (_type == WireType.Varint)
        {
            into.Add((long)Varint());
            return;
        }
        var packed = new WireReader(Blob());
        while (packed._at < packed._bytes.Length) into.Add((long)packed.Varint());
    }

    /// <inheritdoc cref="Numbers"/>
    public void Reals(List<double> into)
    {
        if (_type == WireType.Fixed64)
        {
            into.Add(Real());
            return;
        }
        var packed = new WireReader(Blob());
        while (packed._at < packed._bytes.Length)
            into.Add(BinaryPrimitives.ReadDoubleLittleEndian(packed.Take(sizeof(double))));
    }

    /// <summary>Passes over the field's value.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                Blob();
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                Malformed("a field of an unknown type");
                break;
        }
    }

    private long Ticks()
    {
        var inner = Message();
        long seconds = 0, nanos = 0;
        while (inner.Next(out var field))
        {
            if (field == 1) seconds = inner.Number();
            else if (field == 2) nanos = inner.Number();
            else inner.Skip();
        }
        if (Math.Abs((double)seconds) > TimeSpan.MaxValue.TotalSeconds - 1) Malformed("seconds beyond all times");
        return seconds * TimeSpan.TicksPerSecond + nanos / 100;
    }

    private void Expect(WireType type)
    {
        if (_type != type) Malformed($"a {_type} where {type} is");
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_at == _bytes.Length) Malformed("an end within a number");
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        Malformed("a number of more than ten bytes");
        return 0;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - _at < count) Malformed("an end within a value");
        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    [DoesNotReturn]
    private static void Malformed(string what) => throw new ServiceException(
        ErrorCode.Invalid, $"The message is not well-formed: it has {what}.");
}
