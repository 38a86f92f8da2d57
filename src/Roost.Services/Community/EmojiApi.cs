using System.Collections.Frozen;
using Roost.Engine.Text;

namespace Roost.Services.Community;

/// <summary>The custom emojis as they are now. What is made with a set holds as long as it is the one in here.
/// Thread-safe.</summary>
public sealed class EmojiBook(EmojiSet emojis)
{
    private volatile EmojiSet _now = emojis;

    public EmojiSet Now
    {
        get => _now;
        internal set => _now = value;
    }
}

/// <summary>All custom emojis. Immutable.</summary>
public sealed class EmojiSet
{
    public static readonly EmojiSet Empty = new([]);

    private readonly FrozenDictionary<string, CustomEmoji> _byShortcode;
    private readonly ColonNames.IsName _isKnown;

    public EmojiSet(IEnumerable<CustomEmoji> emojis)
    {
        _byShortcode = emojis.ToFrozenDictionary(emoji => emoji.Shortcode, StringComparer.Ordinal);
        _isKnown = name => _byShortcode.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(name);
        All = [.. _byShortcode.Values.OrderBy(emoji => emoji.Shortcode, StringComparer.Ordinal)];
    }

    /// <summary>By shortcode.</summary>
    public IReadOnlyList<CustomEmoji> All { get; }

    public CustomEmoji? Find(string shortcode) => _byShortcode.GetValueOrDefault(shortcode);

    /// <summary>Those that texts name between colons, each once, in order. Costs a comparison when there are
    /// none.</summary>
    public IReadOnlyList<CustomEmoji> In(params ReadOnlySpan<string> texts)
    {
        if (All.Count == 0) return [];
        var found = new List<CustomEmoji>();
        foreach (var text in texts) Add(text, found);
        return found;
    }

    /// <summary>The first emoji that a text names between colons, and where in it, colons included; or null.</summary>
    public CustomEmoji? FirstIn(ReadOnlySpan<char> text, out (int Start, int Length) place)
    {
        place = default;
        if (All.Count == 0) return null;
        var (start, length) = ColonNames.Find(text, 0, _isKnown);
        if (start < 0) return null;
        place = (start, length);
        return _byShortcode.GetAlternateLookup<ReadOnlySpan<char>>()[text.Slice(start + 1, length - 2)];
    }

    private void Add(ReadOnlySpan<char> text, List<CustomEmoji> found)
    {
        while (FirstIn(text, out var place) is { } emoji)
        {
            if (!found.Contains(emoji)) found.Add(emoji);
            text = text[(place.Start + place.Length)..];
        }
    }
}
