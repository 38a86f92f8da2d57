namespace Roost.Services.AnnualReports;

/// <summary>When reports can be had.</summary>
public sealed record AnnualReportsOptions
{
    /// <summary>From which month (UTC) on a report of the year can be made, until the year ends: 1 to 12. December
    /// 10th, as on a Mastodon server, unless told.</summary>
    public int FromMonth { get; init; } = 12;

    /// <summary>From which day of the month on: 1 to 28.</summary>
    public int FromDay { get; init; } = 10;

    /// <exception cref="ArgumentException">A value is out of its range; says which.</exception>
    public void Validate()
    {
        if (FromMonth is < 1 or > 12) throw new ArgumentException($"FromMonth is {FromMonth}; give 1 to 12.");
        if (FromDay is < 1 or > 28) throw new ArgumentException($"FromDay is {FromDay}; give 1 to 28.");
    }

    /// <summary>The year that reports can be made of at a moment; null for none.</summary>
    internal int? YearAt(DateTimeOffset now)
    {
        var day = now.UtcDateTime;
        return (day.Month, day.Day).CompareTo((FromMonth, FromDay)) >= 0 ? day.Year : null;
    }
}
