using System.Buffers;

namespace Roost.Services.Posts;

/// <summary>Room for the bodies of one batch, in large pieces that are used again for the next one; disposed, it is
/// empty, and can be used again itself. One thread.</summary>
internal sealed class BodyBuffer : IDisposable
{
    private const int PieceBytes = 256 << 10;

    private readonly List<byte[]> _pieces = [];
    private int _used;

    /// <summary>How much was taken in all.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next so many bytes, whatever is in them. Valid until the buffer is disposed.</summary>
    public Memory<byte> Take(int bytes)
    {
        if (_pieces.Count == 0 || _pieces[^1].Length - _used < bytes)
        {
            _pieces.Add(ArrayPool<byte>.Shared.Rent(Math.Max(bytes, PieceBytes)));
            _used = 0;
        }
        var taken = _pieces[^1].AsMemory(_used, bytes);
        _used += bytes;
        Bytes += bytes;
        return taken;
    }

    public void Dispose()
    {
        foreach (var piece in _pieces)
            ArrayPool<byte>.Shared.Return(piece);
        _pieces.Clear();
        Bytes = 0;
    }
}
