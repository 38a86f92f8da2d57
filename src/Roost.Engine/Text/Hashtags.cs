namespace Roost.Engine.Text;

/// <summary>The hashtags of a text.</summary>
public static class Hashtags
{
    /// <summary>Without <c>#</c>, in order of first appearance, each once whatever its case.</summary>
    public static List<string> Of(ReadOnlySpan<char> text)
    {
        var tags = new List<string>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var token in new PostScanner(text))
        {
            if (token.Kind != PostTokenKind.Hashtag)
                continue;
            var tag = text.Slice(token.Start + 1, token.Length - 1).ToString();
            if (seen.Add(tag))
                tags.Add(tag);
        }
        return tags;
    }
}
