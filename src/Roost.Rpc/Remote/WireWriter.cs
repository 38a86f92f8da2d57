using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Roost.Rpc.Remote;

/// <summary>
/// Writes messages in the binary format of Protocol Buffers (proto3) from records, without message objects in between.
/// Members that have their type's zero are left out, as proto3 has it, unless written by one of the <c>Put…</c>
/// methods.
/// </summary>
/// <remarks>
/// Into one rented array, which <see cref="Dispose"/> gives back. A nested message is written behind one byte for its
/// length; when it turns out to be longer than 127 bytes it is moved up, which costs less than measuring it first.
/// </remarks>
public ref struct WireWriter : IDisposable
{
    private const int FirstBytes = 512;
    private const int VarintBytesMax = 10;

    private byte[] _bytes;
    private int _length;

    public WireWriter() => _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);

    /// <summary>What was written; until the next write.</summary>
    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    /// <summary>A whole number or the number of an enum's value.</summary>
    public void Number(int field, long value)
    {
        if (value != 0) PutNumber(field, value);
    }

    public void PutNumber(int field, long value)
    {
        Reserve(VarintBytesMax * 2);
        Tag(field, WireType.Varint);
        Varint((ulong)value);
    }

    public void Flag(int field, bool value)
    {
        if (value) PutNumber(field, 1);
    }

    public void PutFlag(int field, bool value) => PutNumber(field, value ? 1 : 0);

    public void Real(int field, double value)
    {
        if (value != 0) PutReal(field, value);
    }

    public void PutReal(int field, double value)
    {
        Reserve(VarintBytesMax + sizeof(double));
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(double);
    }

    public void Text(int field, string value)
    {
        if (value.Length > 0) PutText(field, value);
    }

    /// <summary>Half a surrogate pair, which UTF-8 has no form for, becomes U+FFFD.</summary>
    public void PutText(int field, string value)
    {
        Reserve(VarintBytesMax * 2 + Encoding.UTF8.GetMaxByteCount(value.Length));
        Tag(field, WireType.Bytes);
        var mark = _length++;
        Utf8.FromUtf16(value, _bytes.AsSpan(_length), out _, out var written);
        _length += written;
        End(mark);
    }

    public void Blob(int field, ReadOnlySpan<byte> value)
    {
        if (value.Length > 0) PutBlob(field, value);
    }

    public void PutBlob(int field, ReadOnlySpan<byte> value)
    {
        Reserve(VarintBytesMax * 2 + value.Length);
        Tag(field, WireType.Bytes);
        Varint((ulong)value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>As <c>google.protobuf.Timestamp</c>.</summary>
    public void PutTime(int field, DateTimeOffset value) =>
        PutSeconds(field, value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks);

    /// <summary>As <c>google.protobuf.Duration</c>.</summary>
    public void PutSpan(int field, TimeSpan value)
    {
        var mark = Begin(field);
        Number(1, value.Ticks / TimeSpan.TicksPerSecond);
        Number(2, value.Ticks % TimeSpan.TicksPerSecond * 100);
        End(mark);
    }

    /// <summary>Begins a nested message or a packed list; <see cref="End"/> takes what is returned.</summary>
    public int Begin(int field)
    {
        Reserve(VarintBytesMax * 2);
        Tag(field, WireType.Bytes);
        return _length++;
    }

    public void End(int mark)
    {
        var body = _length - mark - 1;
        if (body < 0x80)
        {
            _bytes[mark] = (byte)body;
            return;
        }
        Reserve(VarintBytesMax);
        var more = VarintBytes((ulong)body) - 1;
        _bytes.AsSpan(mark + 1, body).CopyTo(_bytes.AsSpan(mark + 1 + more));
        _length = mark;
        Varint((ulong)body);
        _length += body;
    }

    /// <summary>One of a packed list's numbers.</summary>
    public void Item(long value)
    {
        Reserve(VarintBytesMax);
        Varint((ulong)value);
    }

    /// <inheritdoc cref="Item(long)"/>
    public void Item(double value)
    {
        Reserve(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(double);
    }

    // Seconds round down, nanoseconds are never negative: so says the Timestamp's definition.
    private void PutSeconds(int field, long ticks)
    {
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        var mark = Begin(field);
        Number(1, seconds);
        Number(2, rest * 100);
        End(mark);
    }

    private void Tag(int field, WireType type) => Varint((ulong)field << 3 | (uint)type);

    private void Varint(ulong value)
    {
        var bytes = _bytes;
        while (value >= 0x80)
        {
            bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        bytes[_length++] = (byte)value;
    }

    private static int VarintBytes(ulong value)
    {
        var bytes = 1;
        while ((value >>= 7) != 0) bytes++;
        return bytes;
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - _length < bytes) Grow(bytes);
    }

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, checked(_length + bytes)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}

/// <summary>How a field's value lies on the wire (Protocol Buffers encoding, "Message Structure").</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
