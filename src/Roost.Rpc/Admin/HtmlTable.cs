using System.Globalization;
using System.Text;

namespace Roost.Rpc.Admin;

/// <summary>A table of an admin page, written row by row: texts to the left, numbers to the right.</summary>
internal sealed class HtmlTable
{
    private readonly StringBuilder _html;
    private readonly bool[] _isNumber;

    /// <param name="columns">Their heads; those of numbers begin with <c>#</c>.</param>
    public HtmlTable(StringBuilder html, params ReadOnlySpan<string> columns)
    {
        (_html, _isNumber) = (html, new bool[columns.Length]);
        html.Append("<table><tr>");
        for (var i = 0; i < columns.Length; i++)
        {
            _isNumber[i] = columns[i].StartsWith('#');
            html.Append(_isNumber[i] ? "<th class=n>" : "<th>").Append(AdminHtml.Text(columns[i].TrimStart('#')));
        }
        html.Append("</tr>");
    }

    /// <param name="cells">One a column: text, which is escaped, a number, or null for nothing.</param>
    public void Row(params ReadOnlySpan<object?> cells)
    {
        _html.Append("<tr>");
        for (var i = 0; i < cells.Length; i++)
            _html.Append(_isNumber[i] ? "<td class=n>" : "<td>").Append(AdminHtml.Text(TextOf(cells[i])));
        _html.Append("</tr>");
    }

    public void End() => _html.Append("</table>");

    private static string TextOf(object? cell) => cell switch
    {
        null => "",
        double number => number.ToString("#,0.###", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("#,0", CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
