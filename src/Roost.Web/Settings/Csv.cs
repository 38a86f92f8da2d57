using System.Text;

namespace Roost.Web.Settings;

/// <summary>A row of a file, and the line on which it begins: 1, 2, 3, ….</summary>
internal readonly record struct CsvRow(int Line, IReadOnlyList<string> Fields)
{
    /// <summary>A field without the blanks around it; empty when the row has fewer.</summary>
    public string this[int column] => column >= 0 && column < Fields.Count ? Fields[column].Trim() : "";
}

/// <summary>Comma-separated values (RFC 4180): fields in quotes may have commas, line ends, and doubled
/// quotes.</summary>
internal static class Csv
{
    /// <summary>All rows that have anything in them.</summary>
    public static IEnumerable<CsvRow> Read(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var (line, first, isQuoted) = (1, 1, false);
        for (var i = 0; i < text.Length; i++)
        {
            var sign = text[i];
            if (sign == '\n')
                line++;
            if (isQuoted)
            {
                var isDoubled = sign == '"' && i + 1 < text.Length && text[i + 1] == '"';
                if (sign != '"' || isDoubled)
                    field.Append(sign);
                if (isDoubled)
                    i++;
                isQuoted = sign != '"' || isDoubled;
            }
            else if (sign == '"' && field.Length == 0)
            {
                isQuoted = true;
            }
            else if (sign == ',')
            {
                EndField();
            }
            else if (sign == '\n')
            {
                if (EndRow() is { } row)
                    yield return row;
                first = line;
            }
            else if (sign is not ('\r' or '\uFEFF'))
            {
                field.Append(sign);
            }
        }
        if (EndRow() is { } last)
            yield return last;

        void EndField()
        {
            fields.Add(field.ToString());
            field.Clear();
        }

        CsvRow? EndRow()
        {
            EndField();
            var row = new CsvRow(first, [.. fields]);
            fields.Clear();
            return row.Fields.Any(one => one.Trim().Length > 0) ? row : null;
        }
    }

    /// <summary>One row, with its line end.</summary>
    public static string Row(params ReadOnlySpan<string> fields)
    {
        var row = new StringBuilder();
        foreach (var field in fields)
        {
            if (row.Length > 0)
                row.Append(',');
            if (field.AsSpan().ContainsAny(",\"\r\n"))
                row.Append('"').Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            else
                row.Append(field);
        }
        return row.Append('\n').ToString();
    }
}
