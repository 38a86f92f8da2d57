using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Roost.Web.Rendering;

/// <summary>
/// A growing stretch of UTF-8 in which a reply is put together: bytes of its own in a pooled array, and between them
/// kept fragments, which are only noted here and copied once, to where the reply goes.
/// <code>
/// own       [{"replies_count":3,…  ,"favourites_count":…                 …]
/// inserted   ^ at 0: fragment       ^ at 57: fragment
/// </code>
/// Not thread-safe; dispose it to give the arrays back.
/// </summary>
internal sealed class Utf8Buffer(int capacity = 4_096) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Copying a shorter one costs no more than noting it.</summary>
    private const int InsertedBytesMin = 128;

    /// <summary>Kept fragments lie all over memory: so many are on their way while one is copied.</summary>
    private const int FragmentsAhead = 2;

    private const int CacheLineBytes = 64;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;
    private (int At, byte[] Fragment)[] _inserted = [];
    private int _insertedCount;
    private int _insertedBytes;

    /// <summary>Bytes of the whole, inserted ones included.</summary>
    public int Length => _length + _insertedBytes;

    /// <summary>Appends bytes that never change; they are read when the buffer is copied.</summary>
    public void Insert(byte[] fragment)
    {
        if (fragment.Length < InsertedBytesMin)
        {
            Write(fragment);
            return;
        }
        if (_insertedCount == _inserted.Length) GrowInserted();
        _inserted[_insertedCount++] = (_length, fragment);
        _insertedBytes += fragment.Length;
    }

    /// <summary>Copies the whole to where it goes, a block of the destination at a time.</summary>
    public void CopyTo(IBufferWriter<byte> destination)
    {
        var to = Span<byte>.Empty;
        var filled = 0;
        var own = 0;
        var inserted = _inserted.AsSpan(0, _insertedCount);
        for (var i = 0; i < Math.Min(FragmentsAhead, inserted.Length); i++) Prefetch(inserted[i].Fragment);
        for (var i = 0; i < inserted.Length; i++)
        {
            if (i + FragmentsAhead < inserted.Length) Prefetch(inserted[i + FragmentsAhead].Fragment);
            var (at, fragment) = inserted[i];
            Append(_bytes.AsSpan(own, at - own), ref to);
            Append(fragment, ref to);
            own = at;
        }
        Append(_bytes.AsSpan(own, _length - own), ref to);
        destination.Advance(filled);

        void Append(ReadOnlySpan<byte> bytes, ref Span<byte> to)
        {
            while (bytes.Length > to.Length - filled)
            {
                var fitting = to.Length - filled;
                bytes[..fitting].CopyTo(to[filled..]);
                bytes = bytes[fitting..];
                if (to.Length > 0) destination.Advance(to.Length);
                to = destination.GetSpan(1);
                filled = 0;
            }
            bytes.CopyTo(to[filled..]);
            filled += bytes.Length;
        }
    }

    public byte[] ToArray()
    {
        var writer = new ArrayBufferWriter<byte>(Math.Max(1, Length));
        CopyTo(writer);
        return writer.WrittenSpan.ToArray();
    }

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
        var (year, month, date) = day;
        if (_bytes.Length - _length < 12) Grow(12);
        var to = _bytes.AsSpan(_length, 12);
        to[0] = (byte)'"';
        WriteTwoDigits(to[1..], year / 100);
        WriteTwoDigits(to[3..], year % 100);
        to[5] = (byte)'-';
        WriteTwoDigits(to[6..], month);
        to[8] = (byte)'-';
        WriteTwoDigits(to[9..], date);
        to[11] = (byte)'"';
        _length += 12;
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1)) Grow(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        var (bytes, inserted) = (_bytes, _inserted);
        (_bytes, _inserted) = ([], []);
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
        if (inserted.Length > 0)
        {
            // Kept fragments are not to be held by a spare array.
            inserted.AsSpan(0, _insertedCount).Clear();
            ArrayPool<(int, byte[])>.Shared.Return(inserted);
        }
        (_length, _insertedCount, _insertedBytes) = (0, 0, 0);
    }

    /// <summary>
    /// Every line of it: the processor's own prefetcher begins only after some misses, and fragments are short. The
    /// array may be moved meanwhile: then the wrong lines are fetched, which harms nobody.
    /// </summary>
    private static unsafe void Prefetch(byte[] fragment)
    {
        if (!Sse.IsSupported) return;
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(fragment));
        for (var at = 0; at < fragment.Length; at += CacheLineBytes) Sse.Prefetch0(start + at);
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

    private void GrowInserted()
    {
        var larger = ArrayPool<(int, byte[])>.Shared.Rent(Math.Max(64, _inserted.Length * 2));
        _inserted.AsSpan(0, _insertedCount).CopyTo(larger);
        if (_inserted.Length > 0)
        {
            _inserted.AsSpan(0, _insertedCount).Clear();
            ArrayPool<(int, byte[])>.Shared.Return(_inserted);
        }
        _inserted = larger;
    }
}
