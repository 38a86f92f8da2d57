using System.Globalization;

namespace Roost.Rpc.Admin;

/// <summary>What is given to admin pages, in words and numbers.</summary>
internal static class AdminText
{
    /// <summary>A number from 0 to 1.</summary>
    public static bool TryFraction(string text, out double fraction) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out fraction)
        && fraction is >= 0 and <= 1;
}
