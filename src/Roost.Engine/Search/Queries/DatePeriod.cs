using System.Globalization;

namespace Roost.Engine.Search.Queries;

/// <summary>A day, month or year in UTC.</summary>
/// <param name="From">Its first millisecond since 1970.</param>
/// <param name="Until">The first after it.</param>
internal readonly record struct DatePeriod(long From, long Until)
{
    /// <summary>Reads <c>2026</c>, <c>2026-11</c> or <c>2026-11-25</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DatePeriod period)
    {
        period = default;
        string[] formats = ["yyyy", "yyyy-MM", "yyyy-MM-dd"];
        for (var i = 0; i < formats.Length; i++)
        {
            if (!DateOnly.TryParseExact(
                text, formats[i], CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                continue;
            if (day.Year is < 1970 or > 9_998)
                return false;
            var end = i == 0 ? day.AddYears(1) : i == 1 ? day.AddMonths(1) : day.AddDays(1);
            period = new DatePeriod(Milliseconds(day), Milliseconds(end));
            return true;
        }
        return false;
    }

    private static long Milliseconds(DateOnly day) =>
        new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeMilliseconds();
}
