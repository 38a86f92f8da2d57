using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Roost.Rpc.Admin.Charts;

/// <summary>
/// Lines over the last minutes, drawn as an SVG picture: without script, style sheet, font file or native code. Drawing
/// takes some milliseconds.
/// </summary>
/// <param name="Lines">What each line goes through, the oldest first, the last one now; NaN leaves a gap. No more than
/// the look has colours for.</param>
/// <param name="Apart">How far values are apart, in minutes.</param>
/// <param name="Minutes">How far back the chart goes; what is missing at its beginning is left out.</param>
/// <param name="ValueText">What is written beside a value.</param>
/// <param name="MinuteText">What is written below a time: so many minutes ago.</param>
public sealed record LineChart(
    IReadOnlyList<float[]> Lines, double Apart, int Minutes, Func<double, string> ValueText,
    Func<int, string> MinuteText)
{
    public const int Width = 360;
    public const int Height = 170;

    private const int Parts = 5;
    private const double FontSize = 12;
    private const byte FillOpacity = 0x30;

    /// <summary>Moments that are marked by a line from top to bottom.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>The highest value that there can be; null for as high as the lines go.</summary>
    public double? Top { get; init; }

    public string ToSvg(ChartLook look)
    {
        ArgumentNullException.ThrowIfNull(look);
        var model = new PlotModel
        {
            DefaultFont = "sans-serif",
            DefaultFontSize = FontSize,
            TextColor = OxyColor.Parse(look.Ink),
            PlotAreaBorderThickness = new OxyThickness(0),
            // The same for all, so that charts below each other are in line; fonts here are not those of the reader.
            PlotMargins = new OxyThickness(56, 8, 24, 28),
            Padding = new OxyThickness(0),
        };
        model.Axes.Add(TimeAxis());
        model.Axes.Add(ValueAxis(look));
        foreach (var mark in Marks.Where(mark => mark.MinutesAgo <= Minutes)) model.Annotations.Add(LineOf(mark, look));
        for (var i = 0; i < Lines.Count; i++)
        {
            foreach (var series in SeriesOf(Lines[i], OxyColor.Parse(look.Lines[i]), i)) model.Series.Add(series);
        }
        var svg = new SvgExporter { Width = Width, Height = Height, IsDocument = false }.ExportToString(model);
        // So that it fits wherever it is shown.
        return svg.Replace(
            "<svg ", FormattableString.Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" "), StringComparison.Ordinal);
    }

    /// <summary>Fewer values that show the same: each the highest of those in its place.</summary>
    /// <param name="number">Counts the values since the beginning of all, so that a value that has its place keeps it
    /// when more come.</param>
    public static float[] Thinned(float[] values, long number, int perPlace)
    {
        ArgumentNullException.ThrowIfNull(values);
        var first = (number - values.Length) / perPlace;
        var thinned = new float[values.Length == 0 ? 0 : (int)((number - 1) / perPlace - first) + 1];
        Array.Fill(thinned, float.NaN);
        for (var i = 0; i < values.Length; i++)
        {
            ref var place = ref thinned[(number - values.Length + i) / perPlace - first];
            if (!(place >= values[i])) place = values[i];
        }
        return thinned;
    }

    /// <summary>Told apart by dashes, too.</summary>
    private static LineAnnotation LineOf(ChartMark mark, ChartLook look) => new()
    {
        Type = LineAnnotationType.Vertical,
        X = -mark.MinutesAgo,
        Color = OxyColor.Parse(mark.IsIncident ? look.Ill : look.Ink),
        LineStyle = mark.IsIncident ? LineStyle.Solid : LineStyle.Dash,
        StrokeThickness = 1.5,
    };

    private LinearAxis TimeAxis() => new()
    {
        Position = AxisPosition.Bottom,
        Minimum = -Minutes,
        Maximum = 0,
        MajorStep = Minutes / (double)Parts,
        AxisTickToLabelDistance = 8,
        MinorTickSize = 0,
        TickStyle = TickStyle.None,
        LabelFormatter = value => MinuteText((int)Math.Round(-value)),
    };

    private LinearAxis ValueAxis(ChartLook look)
    {
        var highest = Lines.SelectMany(line => line).Where(float.IsFinite).DefaultIfEmpty(0).Max();
        return new LinearAxis
        {
            Position = AxisPosition.Left,
            Minimum = 0,
            Maximum = Top ?? (highest > 0 ? highest * 1.1 : 1),
            MinorTickSize = 0,
            TickStyle = TickStyle.None,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineThickness = 1,
            MajorGridlineColor = OxyColor.Parse(look.Grid),
            IntervalLength = Height / 4.0,
            LabelFormatter = ValueText,
        };
    }

    private IEnumerable<LineSeries> SeriesOf(float[] line, OxyColor color, int number)
    {
        var points = PointsOf(line);
        // A chart's only line has its ground filled, which is easier on the eye.
        var drawn = Lines.Count == 1
            ? new AreaSeries { Fill = OxyColor.FromAColor(FillOpacity, color), Color2 = OxyColors.Transparent }
            : new LineSeries();
        (drawn.Color, drawn.StrokeThickness) = (color, 2);
        drawn.LineStyle = (number % 3) switch { 0 => LineStyle.Solid, 1 => LineStyle.Dash, _ => LineStyle.Dot };
        drawn.Points.AddRange(points);
        yield return drawn;
        // A line needs two points; what stands alone is a dot.
        var dots = new LineSeries
        {
            LineStyle = LineStyle.None,
            MarkerType = MarkerType.Circle,
            MarkerSize = 2,
            MarkerFill = color,
        };
        for (var i = 0; i < points.Length; i++)
        {
            if ((i == 0 || double.IsNaN(points[i - 1].Y)) && (i == points.Length - 1 || double.IsNaN(points[i + 1].Y)))
                dots.Points.Add(points[i]);
        }
        yield return dots;
    }

    private DataPoint[] PointsOf(float[] line)
    {
        var points = new DataPoint[line.Length];
        for (var i = 0; i < line.Length; i++)
            points[i] = new DataPoint((i - line.Length + 1) * Apart, line[i]);
        return points;
    }
}

/// <summary>A moment on a chart.</summary>
/// <param name="IsIncident">Or else the deploy of a version.</param>
public readonly record struct ChartMark(double MinutesAgo, bool IsIncident);
