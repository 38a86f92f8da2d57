namespace Roost.Engine.Text;

/// <summary>Names between colons, <c>:blob_cat:</c>, as emojis are written.</summary>
public static class ColonNames
{
    public delegate bool IsName(ReadOnlySpan<char> name);

    /// <summary>Where the next one is, its colons included. The second colon of what is none may begin one.</summary>
    /// <param name="from">From where on to look.</param>
    /// <returns>A negative start for none.</returns>
    public static (int Start, int Length) Find(ReadOnlySpan<char> text, int from, IsName isName)
    {
        var start = Colon(text, from);
        while (start >= 0)
        {
            var end = Colon(text, start + 1);
            if (end < 0) break;
            if (isName(text[(start + 1)..end])) return (start, end + 1 - start);
            start = end;
        }
        return (-1, 0);
    }

    private static int Colon(ReadOnlySpan<char> text, int from)
    {
        var at = text[from..].IndexOf(':');
        return at < 0 ? -1 : from + at;
    }
}
