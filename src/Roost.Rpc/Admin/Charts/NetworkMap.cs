using System.Globalization;
using System.Net;
using System.Text;
using Roost.Rpc.Admin.Errors;

namespace Roost.Rpc.Admin.Charts;

/// <summary>A service on the map.</summary>
/// <param name="Lines">What is written below its name: two at most.</param>
public sealed record MapNode(string Name, IReadOnlyList<string> Lines, IncidentLevel Level);

/// <summary>Calls of one service to another.</summary>
/// <param name="Rate">A second: the more, the thicker.</param>
/// <param name="IsIll">Too many of them fail.</param>
public sealed record MapEdge(string From, string To, double Rate, bool IsIll);

/// <summary>
/// Services and their calls, drawn as an SVG picture: who is called stands to the right of all who call. Without script
/// or style sheet.
/// </summary>
public static class NetworkMap
{
    private const int NodeWidth = 172;
    private const int NodeHeight = 58;
    private const int ColumnWidth = 240;
    private const int RowHeight = 70;
    private const int Margin = 8;

    // As far as circles of calls are followed.
    private const int ColumnsMax = 6;

    /// <param name="nodes">In the order in which they stand below each other.</param>
    public static string Draw(IReadOnlyList<MapNode> nodes, IReadOnlyList<MapEdge> edges, ChartLook look)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(edges);
        ArgumentNullException.ThrowIfNull(look);
        var columns = ColumnsOf(nodes, edges);
        var places = new Dictionary<string, (int X, int Y)>();
        foreach (var column in nodes.GroupBy(node => columns[node.Name]))
        {
            var row = 0;
            foreach (var node in column)
                places[node.Name] = (Margin + column.Key * ColumnWidth, Margin + row++ * RowHeight);
        }
        var width = places.Values.Select(place => place.X).DefaultIfEmpty(0).Max() + NodeWidth + Margin;
        var height = places.Values.Select(place => place.Y).DefaultIfEmpty(0).Max() + NodeHeight + Margin;
        var svg = new StringBuilder();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" ");
        svg.Append(CultureInfo.InvariantCulture, $"viewBox=\"0 0 {width} {height}\" ");
        svg.Append(CultureInfo.InvariantCulture, $"width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\">");
        foreach (var edge in edges) Edge(svg, edge, places, look);
        foreach (var node in nodes) Node(svg, node, places[node.Name], look);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>One more than the rightmost that calls it.</summary>
    private static Dictionary<string, int> ColumnsOf(IReadOnlyList<MapNode> nodes, IReadOnlyList<MapEdge> edges)
    {
        var columns = nodes.ToDictionary(node => node.Name, _ => 0);
        for (var turn = 1; turn < ColumnsMax; turn++)
        {
            foreach (var edge in edges)
            {
                if (edge.From == edge.To || !columns.TryGetValue(edge.From, out var from)) continue;
                if (columns.TryGetValue(edge.To, out var to) && to <= from && from + 1 < ColumnsMax)
                    columns[edge.To] = from + 1;
            }
        }
        return columns;
    }

    private static void Edge(
        StringBuilder svg, MapEdge edge, Dictionary<string, (int X, int Y)> places, ChartLook look)
    {
        if (!places.TryGetValue(edge.From, out var from) || !places.TryGetValue(edge.To, out var to)) return;
        var (x1, y1) = (from.X + NodeWidth, from.Y + NodeHeight / 2);
        var (x2, y2) = (to.X, to.Y + NodeHeight / 2);
        var bend = Math.Max(30, (x2 - x1) / 2);
        var thick = edge.Rate > 0 ? 1 + Math.Min(5, Math.Log10(1 + edge.Rate) * 1.5) : 1;
        var color = edge.IsIll ? look.Ill : edge.Rate > 0 ? look.Lines[1] : look.Grid;
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1} {y1}");
        svg.Append(CultureInfo.InvariantCulture, $"C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}\" ");
        svg.Append(CultureInfo.InvariantCulture, $"fill=\"none\" stroke=\"{color}\" stroke-width=\"{thick:0.0}\" ");
        svg.Append(edge.Rate > 0 ? "stroke-opacity=\"0.7\"/>" : "stroke-dasharray=\"4 4\"/>");
    }

    private static void Node(StringBuilder svg, MapNode node, (int X, int Y) place, ChartLook look)
    {
        var (color, thick) = node.Level switch
        {
            IncidentLevel.Everyone => (look.Ill, 4),
            IncidentLevel.Some => (look.Ill, 2),
            _ => (look.Grid, 1.5),
        };
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{place.X}\" y=\"{place.Y}\" width=\"{NodeWidth}\" ");
        svg.Append(CultureInfo.InvariantCulture, $"height=\"{NodeHeight}\" rx=\"8\" fill=\"{look.Grid}\" ");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"fill-opacity=\"0.35\" stroke=\"{color}\" stroke-width=\"{thick}\"/>");
        Text(node.Name, 18, 13, "bold");
        for (var i = 0; i < Math.Min(2, node.Lines.Count); i++) Text(node.Lines[i], 34 + i * 15, 11, "normal");

        void Text(string text, int down, int size, string weight)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{place.X + 10}\" y=\"{place.Y + down}\" ");
            svg.Append(CultureInfo.InvariantCulture, $"font-size=\"{size}\" font-weight=\"{weight}\" ");
            svg.Append(CultureInfo.InvariantCulture, $"fill=\"{look.Ink}\">{WebUtility.HtmlEncode(text)}</text>");
        }
    }
}
