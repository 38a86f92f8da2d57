using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Memory that lies as far from the start of a block as the place in a file that it is meant for, so that a large part
/// of it can be written directly; see <see cref="DirectFile"/>.
/// </summary>
internal sealed class BlockBuffer
{
    private byte[] _memory = [];
    private int _start;
    private int _skew;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _memory.AsMemory(_start, Length);

    public Span<byte> Bytes => _memory.AsSpan(_start, Length);

    /// <summary>Starts anew with so many bytes, whatever was there, for this place in a file.</summary>
    public void Begin(int bytes, long offset)
    {
        _skew = (int)(offset % DirectFile.BlockBytes);
        Length = bytes;
        var needed = bytes + 2 * DirectFile.BlockBytes;
        if (_memory.Length != needed) _memory = GC.AllocateUninitializedArray<byte>(needed, pinned: true);
        _start = Start(_memory);
    }

    /// <summary>Makes it longer, keeping what is there.</summary>
    public void Grow(int bytes)
    {
        var before = Bytes;
        var memory = GC.AllocateUninitializedArray<byte>(bytes + 2 * DirectFile.BlockBytes, pinned: true);
        var start = Start(memory);
        before.CopyTo(memory.AsSpan(start));
        (_memory, _start, Length) = (memory, start, bytes);
    }

    private unsafe int Start(byte[] pinned)
    {
        fixed (byte* memory = pinned)
        {
            return (int)(-(nint)memory & (DirectFile.BlockBytes - 1)) + _skew;
        }
    }
}
