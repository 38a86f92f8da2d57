namespace Roost.Engine.Text;

/// <summary>The links of a text, written alike so that they can be counted.</summary>
public static class Links
{
    /// <summary>
    /// Each once, in order: scheme and host in lower case, without the part after <c>#</c>, without a slash at its end,
    /// and without the parameters that tell where somebody came from (<c>utm_…</c>).
    /// </summary>
    public static List<string> Of(ReadOnlySpan<char> text)
    {
        var links = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in new PostScanner(text))
        {
            if (token.Kind != PostTokenKind.Link)
                continue;
            var link = Normal(text.Slice(token.Start, token.Length).ToString());
            if (seen.Add(link))
                links.Add(link);
        }
        return links;
    }

    private static string Normal(string link)
    {
        var fragment = link.IndexOf('#', StringComparison.Ordinal);
        if (fragment >= 0)
            link = link[..fragment];
        var hostEnd = link.AsSpan(PostScanner.SchemeLength(link)).IndexOfAny('/', '?');
        hostEnd = hostEnd < 0 ? link.Length : hostEnd + PostScanner.SchemeLength(link);
        var question = link.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? link[hostEnd..] : link[hostEnd..question];
        var query = question < 0 ? [] : link[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(parameter => !parameter.StartsWith("utm_", StringComparison.OrdinalIgnoreCase)).ToArray();
        return link[..hostEnd].ToLowerInvariant() + path.TrimEnd('/')
            + (query.Length == 0 ? "" : "?" + string.Join('&', query));
    }
}
