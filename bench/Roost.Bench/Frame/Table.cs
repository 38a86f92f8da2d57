using System.Globalization;
using System.Text.Json.Nodes;

namespace Roost.Bench.Frame;

/// <summary>
/// Rows under named columns. Numbers are aligned right and shown with three or four digits that matter; JSON has them
/// in full, each row an object whose names are the columns'. Put units into column names: <c>ns/call</c>.
/// </summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly List<object[]> _rows = [];

    public string Title { get; } = title;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One per column: strings, whole numbers or doubles.</param>
    public void Add(params object[] cells)
    {
        if (cells.Length != columns.Length)
            throw new ArgumentException(
                $"A row of '{Title}' has {columns.Length} cells, not {cells.Length}.", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>Columns two blanks apart, a line of dashes under the head.</summary>
    public void Print(TextWriter writer)
    {
        var lines = _rows.Select(row => row.Select(Format).ToArray()).ToArray();
        var widths = columns.Select(
            (name, i) => lines.Select(line => line[i].Length).Append(name.Length).Max()).ToArray();

        writer.WriteLine(Title);
        WriteLine(columns);
        WriteLine([.. widths.Select(width => new string('-', width))]);
        foreach (var line in lines) WriteLine(line);

        void WriteLine(string[] cells) =>
            writer.WriteLine(string.Join("  ", cells.Select(Align)).TrimEnd());

        string Align(string cell, int i) =>
            IsNumeric(i) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]);

        bool IsNumeric(int column) => _rows.Count > 0 && _rows.All(row => row[column] is not string);
    }

    public JsonObject ToJson()
    {
        var rows = new JsonArray();
        foreach (var row in _rows)
        {
            var json = new JsonObject();
            for (var i = 0; i < columns.Length; i++) json.Add(columns[i], ToJson(row[i]));
            rows.Add(json);
        }
        return new JsonObject { ["title"] = Title, ["rows"] = rows };
    }

    private static JsonValue ToJson(object cell) => cell switch
    {
        double number => JsonValue.Create(number),
        IConvertible and not string => JsonValue.Create(Convert.ToInt64(cell, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(Format(cell)),
    };

    private static string Format(object cell) => cell switch
    {
        0.0 => "0",
        double number when double.Abs(number) >= 100 => number.ToString("#,0", CultureInfo.InvariantCulture),
        double number when double.Abs(number) >= 10 => number.ToString("0.0", CultureInfo.InvariantCulture),
        double number when double.Abs(number) >= 0.01 => number.ToString("0.00", CultureInfo.InvariantCulture),
        > 0.0 and < 0.01 => "<0.01",
        double number => number.ToString("0.0000", CultureInfo.InvariantCulture),
        string text => text,
        IFormattable other => other.ToString("#,0", CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A cell is text or a number, not {cell.GetType()}."),
    };
}
