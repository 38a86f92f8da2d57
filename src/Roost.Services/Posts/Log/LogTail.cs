namespace Roost.Services.Posts.Log;

/// <summary>
/// The newest bytes of the log in memory, as they lie on disk: what was posted just now is read by all who follow the
/// log, and large groups are written past the system's cache, so that it is not there.
/// <code>
///  stream    … segment 7 │ segment 8 …        all that was written since the start, one behind the other
///                    [ from ────────── ]      what is here; place = position modulo capacity
/// </code>
/// </summary>
/// <remarks>
/// One writer, readers on any thread, without locks: before bytes are written over, <see cref="_from"/> says so, and a
/// reader looks at it again when it has copied. What a reader asks for is published after it was written here.
/// </remarks>
/// <param name="bytes">How much is kept: a multiple of <see cref="PieceBytes"/>, taken piece by piece as it
/// fills.</param>
/// <param name="start">The first position that can come.</param>
internal sealed class LogTail(int bytes, long start)
{
    public const int PieceBytes = 256 << 10;

    private readonly byte[]?[] _pieces = new byte[bytes / PieceBytes][];

    /// <summary>The oldest position that is not written over, or about to be.</summary>
    private long _from = start;

    /// <summary>Adds a group that is durable, before anybody is told of it. The writer only.</summary>
    /// <param name="position">Its place in the stream, behind what was added before.</param>
    public void Append(long position, ReadOnlySpan<byte> group)
    {
        var end = position + group.Length;
        Volatile.Write(ref _from, Math.Max(_from, group.Length > bytes ? end : end - bytes));
        if (group.Length > bytes)
            return;
        Volatile.WriteBarrier();
        while (!group.IsEmpty)
        {
            var (piece, place) = PlaceOf(position);
            var length = Math.Min(group.Length, PieceBytes - place);
            var to = _pieces[piece] ??= GC.AllocateUninitializedArray<byte>(PieceBytes);
            group[..length].CopyTo(to.AsSpan(place));
            group = group[length..];
            position += length;
        }
    }

    /// <summary>Copies what was added. Any thread.</summary>
    /// <returns>False when it is not here, or was written over meanwhile: then anything may have been copied.</returns>
    public bool TryCopy(long position, Span<byte> to)
    {
        if (position < Volatile.Read(ref _from))
            return false;
        for (var at = position; !to.IsEmpty;)
        {
            var (piece, place) = PlaceOf(at);
            var length = Math.Min(to.Length, PieceBytes - place);
            _pieces[piece].AsSpan(place, length).CopyTo(to);
            to = to[length..];
            at += length;
        }
        Volatile.ReadBarrier();
        return position >= Volatile.Read(ref _from);
    }

    private (int Piece, int Place) PlaceOf(long position)
    {
        var place = (int)(position % bytes);
        return (place / PieceBytes, place % PieceBytes);
    }
}
