namespace Roost.Bench.Streams;

/// <summary>
/// Counts the events of one response as its bytes come, in whatever pieces: takes chunks apart (RFC 9112 §7.1) and
/// counts blank lines.
/// </summary>
internal sealed class StreamTally : Tally
{
    private long _left;
    private long _size;
    private bool _hasSize;
    private bool _isLineStart;

    public override int Take(ReadOnlySpan<byte> bytes, long now, Action<long, long> note)
    {
        var events = 0;
        while (!bytes.IsEmpty)
        {
            if (_left == 0)
            {
                TakeSize(bytes[0]);
                bytes = bytes[1..];
                continue;
            }
            var piece = bytes[..(int)Math.Min(_left, bytes.Length)];
            _left -= piece.Length;
            bytes = bytes[piece.Length..];
            events += Count(piece, now, note);
        }
        return events;
    }

    private void TakeSize(byte next)
    {
        if (next == '\n')
        {
            if (_hasSize)
                (_left, _size, _hasSize) = (_size, 0, false);
        }
        else if (char.IsAsciiHexDigit((char)next))
        {
            _size = (_size * 16) + Convert.ToInt32(((char)next).ToString(), 16);
            _hasSize = true;
        }
    }

    private int Count(ReadOnlySpan<byte> piece, long now, Action<long, long> note)
    {
        var events = 0;
        NoteStamps(piece, now, note);
        for (var at = piece.IndexOf((byte)'\n'); at >= 0; at = piece.IndexOf((byte)'\n'))
        {
            if (at == 0 && _isLineStart)
                events++;
            _isLineStart = true;
            piece = piece[(at + 1)..];
            if (piece.IsEmpty)
                return events;
            if (piece[0] != '\n')
                _isLineStart = false;
        }
        _isLineStart &= piece.IsEmpty;
        return events;
    }
}
