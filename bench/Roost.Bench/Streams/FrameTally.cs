namespace Roost.Bench.Streams;

/// <summary>Counts WebSocket frames with text (RFC 6455 §5.2), which a server does not mask.</summary>
internal sealed class FrameTally : Tally
{
    private const int Text = 1;

    // Of a frame's head, two bytes and then none, two or eight of its length.
    private int _headRead;
    private int _headLength = 2;
    private int _kind;
    private long _left;

    public override int Take(ReadOnlySpan<byte> bytes, long now, Action<long, long> note)
    {
        var frames = 0;
        while (!bytes.IsEmpty)
        {
            if (_headRead < _headLength)
            {
                TakeHead(bytes[0]);
                bytes = bytes[1..];
            }
            var piece = _headRead < _headLength ? default : bytes[..(int)Math.Min(_left, bytes.Length)];
            NoteStamps(piece, now, note);
            _left -= piece.Length;
            bytes = bytes[piece.Length..];
            if (_headRead < _headLength || _left > 0)
                continue;
            if (_kind == Text)
                frames++;
            (_headRead, _headLength) = (0, 2);
        }
        return frames;
    }

    private void TakeHead(byte next)
    {
        switch (_headRead++)
        {
            case 0:
                _kind = next & 0xF;
                break;
            case 1:
                _headLength = next switch { 126 => 4, 127 => 10, _ => 2 };
                _left = _headLength == 2 ? next : 0;
                break;
            default:
                _left = (_left << 8) | next;
                break;
        }
    }
}
