using System.Globalization;
using Roost.Engine.Text;

namespace Roost.Web.Rendering;

/// <summary>
/// What a post's text says about itself before it is posted: whom it names, and how long people will find it.
/// </summary>
internal static class PostText
{
    /// <summary>Every link counts as this many characters, as clients show while one types.</summary>
    public const int LinkCharacters = 23;

    /// <summary>More names than this in one post are taken for spam and stay plain text.</summary>
    public const int MentionsMax = 50;

    /// <summary>
    /// The usernames of this server that a text mentions, in order of first appearance, each once whatever its case.
    /// Whether there are such accounts, only Users knows.
    /// </summary>
    /// <param name="domain">Our own domain: <c>@name@domain</c> means the same as <c>@name</c>.</param>
    public static List<string> MentionNames(string text, string domain)
    {
        var names = new List<string>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var token in new PostScanner(text))
        {
            if (token.Kind != PostTokenKind.Mention || names.Count == MentionsMax) continue;
            var mention = text.AsSpan(token.Start, token.Length);
            if (!IsOurs(mention, domain)) continue;
            var name = PostScanner.NameOf(mention).ToString();
            if (seen.Add(name)) names.Add(name);
        }
        return names;
    }

    /// <summary>
    /// Characters as people see them (Unicode UAX #29 grapheme clusters), links at <see cref="LinkCharacters"/>,
    /// foreign domains not counted.
    /// </summary>
    public static int CharacterCount(string text)
    {
        var count = 0;
        foreach (var token in new PostScanner(text))
        {
            var part = text.AsSpan(token.Start, token.Length);
            count += token.Kind switch
            {
                PostTokenKind.Link => LinkCharacters,
                PostTokenKind.Mention => 1 + PostScanner.NameOf(part).Length,
                _ => Graphemes(part),
            };
        }
        return count;
    }

    /// <summary>Whether a mention means an account of this server.</summary>
    public static bool IsOurs(ReadOnlySpan<char> mention, string domain)
    {
        var named = PostScanner.DomainOf(mention);
        return named.IsEmpty || named.Equals(domain, StringComparison.OrdinalIgnoreCase);
    }

    private static int Graphemes(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (!text.IsEmpty)
        {
            text = text[StringInfo.GetNextTextElementLength(text)..];
            count++;
        }
        return count;
    }
}
