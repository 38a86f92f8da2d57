using System.Buffers.Text;
using System.Text;

namespace Roost.Services.Timelines.Redis;

/// <summary>Reads replies out of what has arrived (RESP2).</summary>
internal ref struct RespReader(ReadOnlySpan<byte> arrived)
{
    private const int DepthMax = 8;
    private const int ItemsMax = 1 << 20;
    private const int TextMax = 512 << 20;

    private readonly ReadOnlySpan<byte> _arrived = arrived;

    /// <summary>Up to where whole replies were read.</summary>
    public int At { get; private set; }

    /// <summary>The next reply; false when it has not all arrived: nothing was read then.</summary>
    /// <exception cref="InvalidDataException">It is no reply.</exception>
    public bool TryRead(out RespValue value)
    {
        var at = At;
        if (!TryRead(ref at, 0, out value))
            return false;
        At = at;
        return true;
    }

    /// <summary>The next reply if it is a number, as nearly all are that fan-out gets. <b>Hot path.</b></summary>
    public bool TryReadNumber(out long number)
    {
        number = 0;
        var rest = _arrived[At..];
        if (rest.Length < 4 || rest[0] != (byte)':')
            return false;
        for (var i = 1; i < rest.Length; i++)
        {
            var digit = (uint)(rest[i] - '0');
            if (digit <= 9)
            {
                number = (number * 10) + digit;
                continue;
            }
            if (rest[i] != (byte)'\r' || i + 1 >= rest.Length)
                return false;
            At += i + 2;
            return true;
        }
        return false;
    }

    private readonly bool TryRead(ref int at, int depth, out RespValue value)
    {
        value = default;
        if (at >= _arrived.Length)
            return false;
        var end = _arrived[at..].IndexOf("\r\n"u8);
        if (end < 0)
            return false;
        var line = _arrived.Slice(at + 1, end - 1);
        var kind = (char)_arrived[at];
        at += end + 2;
        switch (kind)
        {
            case ':':
                value = RespValue.Of(Number(line));
                return true;
            case '+':
                value = new RespValue(RespKind.Text, 0, Encoding.UTF8.GetString(line), null);
                return true;
            case '-':
                value = new RespValue(RespKind.Error, 0, Encoding.UTF8.GetString(line), null);
                return true;
            case '$':
                return TryReadText(Number(line), ref at, out value);
            case '*':
                return TryReadItems(Number(line), ref at, depth, out value);
            default:
                throw new InvalidDataException($"A reply begins with '{kind}': this is no Redis.");
        }
    }

    private readonly bool TryReadText(long length, ref int at, out RespValue value)
    {
        value = default;
        if (length < 0)
            return true;
        if (length > TextMax)
            throw new InvalidDataException($"A reply has a text of {length} bytes.");
        if (_arrived.Length - at < length + 2)
            return false;
        var text = _arrived.Slice(at, (int)length);
        at += (int)length + 2;
        // A text with a sign or a leading zero is not the same as its number, except for the number 0.
        value = text is [>= (byte)'1' and <= (byte)'9', ..] or [(byte)'0']
            && Utf8Parser.TryParse(text, out long number, out var read) && read == text.Length
            ? RespValue.Of(number)
            : new RespValue(RespKind.Text, 0, Encoding.UTF8.GetString(text), null);
        return true;
    }

    private readonly bool TryReadItems(long count, ref int at, int depth, out RespValue value)
    {
        value = default;
        if (count < 0)
            return true;
        if (count > ItemsMax || depth == DepthMax)
            throw new InvalidDataException($"A reply has {count} items, {depth} deep.");
        var items = new RespValue[count];
        for (var i = 0; i < items.Length; i++)
        {
            if (!TryRead(ref at, depth + 1, out items[i]))
                return false;
        }
        value = new RespValue(RespKind.Items, 0, null, items);
        return true;
    }

    private static long Number(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out long number, out var read) && read == digits.Length
            ? number
            : throw new InvalidDataException($"A reply has '{Encoding.UTF8.GetString(digits)}' for a number.");
}
