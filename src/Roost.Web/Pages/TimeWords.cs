using System.Globalization;

namespace Roost.Web.Pages;

/// <summary>Times and counts in few characters.</summary>
internal static class TimeWords
{
    /// <summary>"now", "5 min", "3 h", "2 d", then the date (UTC).</summary>
    public static string Since(DateTimeOffset at, DateTimeOffset now)
    {
        var age = now - at;
        return age.TotalMinutes < 1 ? "now"
            : age.TotalHours < 1 ? $"{(int)age.TotalMinutes} min"
            : age.TotalDays < 1 ? $"{(int)age.TotalHours} h"
            : age.TotalDays < 7 ? $"{(int)age.TotalDays} d"
            : at.UtcDateTime.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
    }

    /// <summary>"1 boost", "1,234 boosts".</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>1,234 rather than 1234.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
