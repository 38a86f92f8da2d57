using System.Globalization;
using System.Text;

namespace Roost.Rpc.Admin;

/// <summary>Metrics in Prometheus' text format 0.0.4, named as OpenTelemetry's rules for it say.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        // Two meters of a process may have an instrument of one name: one family there.
        foreach (var family in families.GroupBy(NameOf))
        {
            var first = family.First();
            text.Append("# HELP ").Append(family.Key).Append(' ')
                .Append(first.Description.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
            text.Append("# TYPE ").Append(family.Key).Append(' ')
                .Append(first.Kind.ToString().ToLowerInvariant()).Append('\n');
            foreach (var one in family)
            {
                foreach (var series in one.Series) WriteSeries(text, family.Key, one, series);
            }
        }
        return text.ToString();
    }

    private static void WriteSeries(StringBuilder text, string name, MetricFamily family, MetricSeries series)
    {
        if (family.Kind != MetricKind.Histogram)
        {
            Line(text, name, series, null, series.Value);
            return;
        }
        var below = 0L;
        for (var i = 0; i < series.Buckets.Count; i++)
        {
            below += series.Buckets[i];
            var bound = i < family.Bounds.Count ? Number(family.Bounds[i]) : "+Inf";
            Line(text, name + "_bucket", series, bound, below);
        }
        Line(text, name + "_sum", series, null, series.Value);
        Line(text, name + "_count", series, null, below);
    }

    private static void Line(StringBuilder text, string name, MetricSeries series, string? bound, double value)
    {
        text.Append(name);
        var tags = series.Tags.Select(tag => $"{Clean(tag.Name)}=\"{Escape(tag.Value)}\"");
        if (bound is not null) tags = tags.Append($"le=\"{bound}\"");
        var all = string.Join(',', tags);
        if (all.Length > 0) text.Append('{').Append(all).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string NameOf(MetricFamily family)
    {
        var name = Clean(family.Name);
        var unit = family.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "ms" => "_milliseconds",
            "%" => "_percent",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return family.Kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal)
            ? name + "_total"
            : name;
    }

    private static string Clean(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
