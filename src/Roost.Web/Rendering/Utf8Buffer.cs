using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Roost.Web.Rendering;

/// <summary>
/// A growing stretch of UTF-8 in a pooled array, in which a reply is put together. Not thread-safe; dispose it to give
/// the array back.
/// </summary>
internal sealed class Utf8Buffer(int capacity = 4_096) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Capacity that most pages of 20 posts fit.</summary>
    public const int PageBytes = 1 << 16;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public int Length => _length;

    /// <summary>Valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Takes back what was written after the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => _length = length;

    public byte[] ToArray() => Written.ToArray();

    /// <summary>Writes how many bytes came after the two at <paramref name="start"/> into these.</summary>
    public void WriteLength(int start) =>
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(start), (ushort)(_length - start - sizeof(ushort)));

    /// <summary>
    /// Appends bytes. Inlined, so that a literal of known length becomes a few moves: a page has hundreds of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length) Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void WriteNumber(long value)
    {
        if (_bytes.Length - _length < 20) Grow(20);
        if ((ulong)value < 10)
        {
            _bytes[_length++] = (byte)('0' + value);
            return;
        }
        var fits = Utf8Formatter.TryFormat(value, _bytes.AsSpan(_length), out var written);
        Debug.Assert(fits);
        _length += written;
    }

    /// <summary>Appends "2026-11-22", quotes included. By hand: a format string would cost ten times as much.</summary>
    public void WriteDate(DateOnly day)
    {
        const int Length = 12;
        if (_bytes.Length - _length < Length) Grow(Length);
        var to = _bytes.AsSpan(_length, Length);
        "\"0000-00-00\""u8.CopyTo(to);
        WriteDay(to[1..], day);
        _length += Length;
    }

    /// <summary>Appends a time in UTC to the millisecond, as <see cref="TimeText"/> has it, quotes included; by hand as
    /// well.</summary>
    public void WriteTime(DateTimeOffset at)
    {
        const int Length = 26;
        var (day, time) = at.UtcDateTime;
        if (_bytes.Length - _length < Length) Grow(Length);
        var to = _bytes.AsSpan(_length, Length);
        "\"0000-00-00T00:00:00.000Z\""u8.CopyTo(to);
        WriteDay(to[1..], day);
        WriteTwoDigits(to[12..], time.Hour);
        WriteTwoDigits(to[15..], time.Minute);
        WriteTwoDigits(to[18..], time.Second);
        WriteTwoDigits(to[21..], time.Millisecond / 10);
        to[23] = (byte)('0' + time.Millisecond % 10);
        _length += Length;
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1)) Grow(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1)) Grow(Math.Max(sizeHint, 256));
        return _bytes.AsSpan(_length);
    }

    public void Dispose()
    {
        var bytes = _bytes;
        (_bytes, _length) = ([], 0);
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Puts its digits where "0000-00-00" is.</summary>
    private static void WriteDay(Span<byte> to, DateOnly day)
    {
        var (year, month, date) = day;
        WriteTwoDigits(to, year / 100);
        WriteTwoDigits(to[2..], year % 100);
        WriteTwoDigits(to[5..], month);
        WriteTwoDigits(to[8..], date);
    }

    private static void WriteTwoDigits(Span<byte> to, int value)
    {
        to[0] = (byte)('0' + value / 10);
        to[1] = (byte)('0' + value % 10);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + needed));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
