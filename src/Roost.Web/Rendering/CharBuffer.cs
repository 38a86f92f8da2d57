using System.Buffers;

namespace Roost.Web.Rendering;

/// <summary>
/// A growing stretch of text in a pooled array. Not thread-safe; dispose it to give the array back.
/// </summary>
internal sealed class CharBuffer(int capacity) : IDisposable
{
    private char[] _chars = ArrayPool<char>.Shared.Rent(capacity);
    private int _length;

    /// <summary>Valid until the next append.</summary>
    public ReadOnlySpan<char> Written => _chars.AsSpan(0, _length);

    public CharBuffer Append(scoped ReadOnlySpan<char> text)
    {
        if (text.Length > _chars.Length - _length) Grow(text.Length);
        text.CopyTo(_chars.AsSpan(_length));
        _length += text.Length;
        return this;
    }

    public override string ToString() => Written.ToString();

    public void Dispose()
    {
        var chars = _chars;
        (_chars, _length) = ([], 0);
        if (chars.Length > 0) ArrayPool<char>.Shared.Return(chars);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<char>.Shared.Rent(Math.Max(_chars.Length * 2, _length + needed));
        Written.CopyTo(larger);
        if (_chars.Length > 0) ArrayPool<char>.Shared.Return(_chars);
        _chars = larger;
    }
}
