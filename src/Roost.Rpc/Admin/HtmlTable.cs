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

    /// <param name="cells">One a column: text, which is escaped, a number, buttons, or null for nothing.</param>
    public void Row(params ReadOnlySpan<object?> cells)
    {
        _html.Append("<tr>");
        for (var i = 0; i < cells.Length; i++)
        {
            _html.Append(_isNumber[i] ? "<td class=n>" : "<td>");
            if (cells[i] is IHtmlCell cell) cell.Write(_html);
            else _html.Append(AdminHtml.Text(TextOf(cells[i])));
        }
        _html.Append("</tr>");
    }

    /// <summary>A line below the row before, over all columns.</summary>
    public void Note(string text) => _html.Append(CultureInfo.InvariantCulture, $"<tr><td colspan={_isNumber.Length}>")
        .Append("<span class=faint>").Append(AdminHtml.Text(text)).Append("</span></tr>");

    public void End() => _html.Append("</table>");

    private static string TextOf(object? cell) => cell switch
    {
        null => "",
        double number => number.ToString("#,0.###", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("#,0", CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}

/// <summary>What stands in a table and is more than text.</summary>
internal interface IHtmlCell
{
    void Write(StringBuilder html);
}

/// <summary>Buttons that each send a form without fields.</summary>
/// <param name="Buttons">What each says, and where it sends.</param>
internal sealed record HtmlButtons(IReadOnlyList<(string Text, string Action)> Buttons) : IHtmlCell
{
    public void Write(StringBuilder html)
    {
        html.Append("<div class=row>");
        foreach (var (text, action) in Buttons)
        {
            html.Append("<form method=post action=\"").Append(AdminHtml.Text(action));
            html.Append("\"><button>").Append(AdminHtml.Text(text)).Append("</button></form>");
        }
        html.Append("</div>");
    }
}

/// <summary>A link.</summary>
internal sealed record HtmlLink(string Text, string To) : IHtmlCell
{
    public void Write(StringBuilder html) => html.Append("<a href=\"").Append(AdminHtml.Text(To)).Append("\">")
        .Append(AdminHtml.Text(Text)).Append("</a>");
}
