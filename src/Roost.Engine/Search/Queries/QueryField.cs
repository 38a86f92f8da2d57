namespace Roost.Engine.Search.Queries;

/// <summary>What can stand before a colon, and what it takes.</summary>
public sealed class QueryField
{
    private QueryField(string name, string expected, Func<string, bool> takes) =>
        (Name, Expected, Takes) = (name, expected, takes);

    /// <summary>Posts by an account: a username, or <c>me</c>.</summary>
    public static QueryField From { get; } = new("from", "a username, or me", IsName);

    /// <summary>Answers to an account's posts: a username, or <c>me</c>.</summary>
    public static QueryField To { get; } = new("to", "a username, or me", IsName);

    /// <summary>Where to look: what is one's own, what is public, or all that one may see.</summary>
    public static QueryField In { get; } = OneOf("in", "library", "public", "all");

    public static QueryField Has { get; } = OneOf("has", "media", "image", "link", "poll", "embed");

    public static QueryField Is { get; } = OneOf("is", "reply", "sensitive");

    /// <summary>ISO 639: <c>en</c>, <c>nds</c>.</summary>
    public static QueryField Language { get; } = new(
        "language", "a language's code, such as en", value => LanguageCode.TryParse(value, out _));

    /// <summary>Posts older than the day, month or year.</summary>
    public static QueryField Before { get; } = Date("before");

    /// <summary>Posts newer than the day, month or year.</summary>
    public static QueryField After { get; } = Date("after");

    /// <summary>Posts of the day, month or year.</summary>
    public static QueryField During { get; } = Date("during");

    private static readonly QueryField[] _all = [From, To, In, Has, Is, Language, Before, After, During];

    public string Name { get; }

    /// <summary>What its value must be, to go after "takes".</summary>
    public string Expected { get; }

    internal Func<string, bool> Takes { get; }

    /// <summary>The field of that name, whatever the case, or null.</summary>
    public static QueryField? Find(ReadOnlySpan<char> name)
    {
        foreach (var field in _all)
        {
            if (name.Equals(field.Name, StringComparison.OrdinalIgnoreCase))
                return field;
        }
        return null;
    }

    public override string ToString() => Name;

    private static QueryField OneOf(string name, params string[] values) => new(
        name, $"{string.Join(", ", values[..^1])} or {values[^1]}", values.Contains);

    private static QueryField Date(string name) => new(
        name, "a date: 2026, 2026-11 or 2026-11-25", value => DatePeriod.TryParse(value, out _));

    private static bool IsName(string value) => value.Length is > 0 and <= 300 && value.All(
        c => char.IsAsciiLetterOrDigit(c) || c is '_' or '@' or '.' or '-' or ':');
}
