using System.Globalization;

namespace Roost.Web.Rendering;

/// <summary>Times as the client API has them in JSON.</summary>
internal static class TimeText
{
    /// <summary>UTC, to the millisecond.</summary>
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Of(DateTimeOffset at) => at.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Null for none.</summary>
    public static string? Of(DateTimeOffset? at) => at is { } time ? Of(time) : null;
}
