using System.Buffers.Text;

namespace Roost.Bench.Streams;

/// <summary>Counts the messages of one connection as its bytes come, in whatever pieces.</summary>
internal abstract class Tally
{
    /// <param name="note">Gets the stamp of a message and <paramref name="now"/>.</param>
    /// <returns>How many messages have ended.</returns>
    public abstract int Take(ReadOnlySpan<byte> bytes, long now, Action<long, long> note);

    /// <summary>A stamp that lies across two pieces is left out.</summary>
    protected static void NoteStamps(ReadOnlySpan<byte> piece, long now, Action<long, long> note)
    {
        while (piece.IndexOf(StreamLoad.Stamp) is >= 0 and var at)
        {
            piece = piece[(at + StreamLoad.Stamp.Length)..];
            if (piece.Length > StreamLoad.StampDigits
                && Utf8Parser.TryParse(piece[..StreamLoad.StampDigits], out long posted, out var digits)
                && digits == StreamLoad.StampDigits)
            {
                note(posted, now);
            }
        }
    }
}
