namespace Roost.Rpc.Admin.Charts;

/// <summary>Colours of a chart, as <c>#rrggbb</c>; its ground is clear.</summary>
/// <param name="Ink">Of what is written.</param>
/// <param name="Grid">Of the lines that values are read off.</param>
/// <param name="Lines">Of the chart's lines, which also differ by their dashes: not everybody tells colours
/// apart.</param>
public sealed record ChartLook(string Ink, string Grid, IReadOnlyList<string> Lines)
{
    /// <summary>Of what is not well, and of the marks of incidents.</summary>
    public required string Ill { get; init; }

    public static ChartLook Light { get; } = new(
        "#5d636e", "#e5e0d8", ["#9a4612", "#1f5fa8", "#1d6b43", "#88479a", "#7a6312", "#9b2f5d", "#1f7487"])
    {
        Ill = "#b3261e",
    };

    public static ChartLook Dark { get; } = new(
        "#a3a9b4", "#31353e", ["#f2a968", "#7db4f0", "#6fd09c", "#d19be0", "#f5c451", "#f08fb5", "#6cd0dd"])
    {
        Ill = "#ff8a80",
    };
}
