using Roost.Web.Pages.Languages;

namespace Roost.Web.Pages.Ops;

/// <summary>What a chart's numbers are.</summary>
internal enum ChartUnit { Number, Seconds, Bytes, Share }

/// <summary>A chart's numbers in few signs.</summary>
internal static class ChartUnits
{
    public static string Text(this ChartUnit unit, double value, Language language)
    {
        if (!double.IsFinite(value)) return "–";
        return unit switch
        {
            ChartUnit.Share => $"{language.Number(value * 100, 0)}\u00A0%",
            ChartUnit.Seconds when value is > 0 and < 0.0001 => $"{Short(value * 1e6)}\u00A0µs",
            ChartUnit.Seconds when value < 1 => $"{Short(value * 1e3)}\u00A0ms",
            ChartUnit.Seconds => $"{Short(value)}\u00A0s",
            ChartUnit.Bytes when value < 1e9 => $"{language.Number(value / 1e6, 0)}\u00A0{language.Text("MB")}",
            ChartUnit.Bytes => $"{language.Number(value / 1e9, 2)}\u00A0{language.Text("GB")}",
            _ when value >= 1e6 => $"{Short(value / 1e6)}\u00A0M",
            _ when value >= 10e3 => $"{Short(value / 1e3)}\u00A0K",
            _ => Short(value),
        };

        string Short(double number) => language.Number(number, number is >= 100 or 0 ? 0 : number >= 10 ? 1 : 2);
    }
}
