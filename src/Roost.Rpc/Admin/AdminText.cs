using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Roost.Rpc.Admin;

/// <summary>What is given to admin pages, and what they tell programs.</summary>
internal static class AdminText
{
    /// <summary>A number from 0 to 1.</summary>
    public static bool TryFraction(string text, out double fraction) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out fraction)
        && fraction is >= 0 and <= 1;

    /// <summary>An answer for programs.</summary>
    public static IResult Json<T>(T value, JsonTypeInfo<T> type) =>
        Results.Text(JsonSerializer.Serialize(value, type), "application/json");
}
