using System.Buffers.Text;

namespace Roost.Replay.Reading;

/// <summary>Takes fields, separated by runs of spaces and tabs, off the front of a line.</summary>
internal ref struct Fields(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = TrimStart(line);

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>The next field, or an empty span at the end of the line.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var length = _rest.IndexOfAny((byte)' ', (byte)'\t');
        var field = length < 0 ? _rest : _rest[..length];
        _rest = TrimStart(_rest[field.Length..]);
        return field;
    }

    /// <summary>Reads an account's number: plain decimal digits, 0 to 2,147,483,647.</summary>
    public bool TryNextNumber(out int number)
    {
        var ok = TryNextLong(out var value) && value <= int.MaxValue;
        number = ok ? (int)value : 0;
        return ok;
    }

    /// <summary>Reads plain decimal digits, 0 to 2^63-1.</summary>
    public bool TryNextLong(out long number)
    {
        var field = Next();
        number = 0;
        return field is [>= (byte)'0' and <= (byte)'9', ..]
            && Utf8Parser.TryParse(field, out number, out var consumed) && consumed == field.Length;
    }

    private static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);
}
