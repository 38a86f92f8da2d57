using System.Globalization;

namespace Roost.Services.Search;

/// <summary>
/// Which part of all posts an index has: one of so many, each of which has every so-manieth post of the log, so that
/// all grow alike and a question finds work at each.
/// </summary>
/// <param name="Number">1 to <paramref name="Count"/>; 0 for no part of them.</param>
/// <param name="Count">1 to <see cref="CountMax"/>. Another number is another division: an index is made anew for
/// it.</param>
public readonly record struct ShardPlace(int Number, int Count)
{
    public const int CountMax = 1_024;

    /// <summary>All posts.</summary>
    public static ShardPlace Whole { get; } = new(1, 1);

    /// <summary>No posts: who asks others for them.</summary>
    public static ShardPlace None { get; } = new(0, 1);

    /// <summary>Whether it has the post at this place of the log.</summary>
    public bool Holds(uint seq) => seq % (uint)Count == (uint)(Number - 1);

    /// <summary>Reads <c>2/4</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ShardPlace place)
    {
        place = Whole;
        var slash = text.IndexOf('/');
        if (slash < 0 || !TryNumber(text[..slash], out var number) || !TryNumber(text[(slash + 1)..], out var count)
            || number > count)
        {
            return false;
        }
        place = new ShardPlace(number, count);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number is >= 1 and <= CountMax;
}
