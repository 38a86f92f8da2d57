using System.Globalization;
using System.Text;

namespace Roost.Rpc.Admin.Tracing;

/// <summary>One trace as a tree of bars over time.</summary>
internal static class TraceHtml
{
    // Deeper ones stand below each other.
    private const int DepthMax = 24;

    public static string Of(string trace, IReadOnlyList<ProcessSpan> spans)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Trace</h1><p><code>");
        html.Append(AdminHtml.Text(trace)).Append("</code></p>");
        if (spans.Count == 0)
        {
            html.Append("<p>No process has a span of it, or none has any more.</p>");
        }
        else
        {
            var table = new HtmlTable(html, "Span", "Process", "#After ms", "#ms", "When", "Tags");
            var from = spans.Min(span => span.Span.Start);
            var seconds = spans.Max(span => (span.Span.Start - from).TotalSeconds + span.Span.Seconds);
            foreach (var (depth, one) in Tree(spans)) Row(table, one, depth, from, seconds);
            table.End();
        }
        return html.Append("""
            <p class="faint">Of all processes that answer. Times are by each process's own clock.</p>
            <p><a href="/admin">Summary</a> · <a href="/admin/tracing">Tracing</a></p>
            """).ToString();
    }

    private static void Row(HtmlTable table, ProcessSpan one, int depth, DateTime from, double seconds)
    {
        var span = one.Span;
        var after = (span.Start - from).TotalSeconds;
        var tags = span.Tags.Select(tag => $"{tag.Key}={tag.Value}");
        table.Row(
            new HtmlIndent(span.Name + (span.HasFailed ? " (failed)" : ""), depth), one.Process, after * 1e3,
            span.Seconds * 1e3, new HtmlBar(after / seconds, span.Seconds / seconds), string.Join(", ", tags));
    }

    /// <summary>Each span after the one that it is part of, in the order of their beginnings.</summary>
    private static IEnumerable<(int Depth, ProcessSpan Span)> Tree(IReadOnlyList<ProcessSpan> spans)
    {
        var known = spans.Select(one => one.Span.Id).ToHashSet();
        var parts = spans.OrderBy(one => one.Span.Start)
            .ToLookup(one => one.Span.Parent is { } parent && known.Contains(parent) ? parent : "");
        var open = new Stack<(int Depth, ProcessSpan Span)>(parts[""].Reverse().Select(one => (0, one)));
        while (open.TryPop(out var next))
        {
            yield return next;
            foreach (var part in parts[next.Span.Span.Id].Reverse())
                open.Push((Math.Min(next.Depth + 1, DepthMax), part));
        }
    }
}

/// <summary>Text that stands below other text.</summary>
internal sealed record HtmlIndent(string Text, int Depth) : IHtmlCell
{
    public void Write(StringBuilder html) => html
        .Append(CultureInfo.InvariantCulture, $"<span style=\"padding-left:{Depth}rem\">").Append(AdminHtml.Text(Text))
        .Append("</span>");
}

/// <summary>A bar from somewhere to somewhere.</summary>
/// <param name="From">0 to 1 of the width; so is <paramref name="Length"/>.</param>
internal sealed record HtmlBar(double From, double Length) : IHtmlCell
{
    public void Write(StringBuilder html)
    {
        html.Append("<div style=\"width:12rem\"><div style=\"height:.6rem;min-width:1px;background:#2f7fd0;");
        html.Append(CultureInfo.InvariantCulture, $"margin-left:{From * 100:0.##}%;width:{Length * 100:0.##}%\">");
        html.Append("</div></div>");
    }
}
