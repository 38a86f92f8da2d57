using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;

namespace Roost.Web.Rendering;

/// <summary>
/// A growing stretch of UTF-8 in a pooled array, in which a reply is put together. Not thread-safe; dispose it to give the
/// array back, after which <see cref="Written"/> is void.
/// </summary>
internal sealed class Utf8Buffer(int capacity = 4_096) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public int Length => _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length) Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void WriteNumber(long value)
    {
        if (_bytes.Length - _length < 20) Grow(20);
        var fits = Utf8Formatter.TryFormat(value, _bytes.AsSpan(_length), out var written);
        Debug.Assert(fits);
        _length += written;
    }

    public void WriteFlag(bool value) => Write(value ? "true"u8 : "false"u8);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1)) Grow(Math.Max(sizeHint, 256));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + needed));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
