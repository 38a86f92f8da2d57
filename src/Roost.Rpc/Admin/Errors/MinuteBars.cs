namespace Roost.Rpc.Admin.Errors;

/// <summary>Counts of minutes as a row of small bars, in plain text.</summary>
public static class MinuteBars
{
    private const string Heights = "▁▂▃▄▅▆▇█";
    private const int PerBar = 5;

    /// <summary>A bar each five minutes, the newest last; a dot for nothing.</summary>
    public static string Of(IReadOnlyList<int> minutes)
    {
        var sums = minutes.Chunk(PerBar).Select(chunk => chunk.Sum(count => (long)count)).ToArray();
        var highest = sums.DefaultIfEmpty(0).Max();
        return string.Concat(
            sums.Select(sum => sum == 0 ? '·' : Heights[(int)(sum * (Heights.Length - 1) / highest)]));
    }
}
