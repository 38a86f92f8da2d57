using System.Globalization;

namespace Roost.Services.Storage;

/// <summary>
/// Collects the findings of a check. Of many that are alike it keeps the first ten and counts the rest, so that one
/// cause does not bury the others. Not thread-safe.
/// </summary>
internal sealed class Findings
{
    private const int AlikeMax = 10;

    private readonly List<Finding> _kept = [];
    private readonly Dictionary<(FindingKind Kind, string Sort), int> _counts = [];

    /// <summary>Those kept, in order, then one for each sort of which there were more.</summary>
    public IReadOnlyList<Finding> All =>
    [
        .. _kept,
        .. _counts.Where(alike => alike.Value > AlikeMax).Select(alike => new Finding(
            alike.Key.Kind, alike.Key.Sort,
            string.Create(
                CultureInfo.InvariantCulture, $"There are {alike.Value - AlikeMax} more like the ten above."))),
    ];

    /// <summary>Adds one that is unlike all others.</summary>
    /// <param name="wayOut">As <see cref="Finding.WayOut"/>.</param>
    public void Add(FindingKind kind, string where, string what, string? wayOut = null) =>
        _kept.Add(new Finding(kind, where, what) { WayOut = wayOut });

    /// <summary>Adds one of which there may be many.</summary>
    /// <param name="sort">What they share; stands as the place of the one that counts the rest.</param>
    public void AddAlike(FindingKind kind, string sort, string where, string what)
    {
        var count = _counts[(kind, sort)] = _counts.GetValueOrDefault((kind, sort)) + 1;
        if (count <= AlikeMax) Add(kind, where, what);
    }
}
