using System.Globalization;
using System.Text;
using Roost.Rpc.Admin.Network;

namespace Roost.Rpc.Admin.Errors;

/// <summary>What people read of the errors of one process.</summary>
internal static class ErrorsHtml
{
    private const int GroupsMax = 100;

    public static string Page(AdminSources sources)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Errors</h1><p>");
        html.Append(AdminHtml.Text(Known(sources.Errors))).Append("</p>");
        var groups = sources.Errors.Report();
        Groups(html, groups.Take(GroupsMax), sources.Time.GetUtcNow());
        if (groups.Count > GroupsMax)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<p>{groups.Count - GroupsMax} more are in <a href=\"/admin/errors.json\">errors.json</a>.</p>");
        }
        return html.Append("""
            <p class="faint">Levels are of the last five minutes: <em>everyone</em>, a tenth of all requests and more
            ended so; <em>some</em>, somebody met it; <em>nobody</em>, only the metrics did. Users are those of the last
            hour, about. Growth is how many times as many there were in the last 5 minutes as in the 55 before, for
            their length.</p><p><a href="/admin">Summary</a> · <a href="/admin/errors.json">errors.json</a></p>
            """).ToString();
    }

    public static void Groups(StringBuilder html, IEnumerable<ErrorReport> groups, DateTimeOffset now) =>
        Groups(html, groups.Select(group => new NetworkError(group, [])), now, "/admin/errors");

    /// <param name="path">Where groups are called resolved.</param>
    public static void Groups(
        StringBuilder html, IEnumerable<NetworkError> errors, DateTimeOffset now, string path)
    {
        html.Append("<table><tr><th>For<th>Error<th class=n>Users<th class=n>Growth<th>Last hour<th class=n>Total")
            .Append("<th>Last seen<th></tr>");
        foreach (var error in errors) Row(html, error, now, path);
        html.Append("</table>");
    }

    /// <summary>What "new" is relative to.</summary>
    private static string Known(ErrorBook book) => book.Runs switch
    {
        [] => "Nothing is remembered here across restarts, so nothing can be told to be new in a version.",
        [var only] => string.Create(
            CultureInfo.InvariantCulture,
            $"Errors are remembered since {only.Since:u}, of version {only.Version} alone: nothing is new in it yet."),
        [var first, ..] => string.Create(
            CultureInfo.InvariantCulture,
            $"Errors are remembered since {first.Since:u} (version {first.Version}); new is what no version before "
            + $"{book.Version} had."),
    };

    private static void Row(StringBuilder html, NetworkError error, DateTimeOffset now, string path)
    {
        var group = error.Group;
        var level = group.IsResolved ? "" : group.Level.ToString().ToLowerInvariant();
        var marks = (group.IsNew ? $" · new in {group.FirstVersion}" : "") + (group.IsResolved ? " · resolved" : "")
            + (group.IsBack ? " · back after it was resolved" : "");
        html.Append(CultureInfo.InvariantCulture, $"<tr><td class={level}>{level}<td><b>{Text(group.Service)}</b> ");
        html.Append(CultureInfo.InvariantCulture, $"{Text(group.Operation)}<i>{Text(marks)}</i><br>{Text(group.Type)}");
        html.Append(CultureInfo.InvariantCulture, $"<pre>{Text(group.Sample)}</pre>");
        html.Append(CultureInfo.InvariantCulture, $"<span class=faint>{Text(string.Join(" ◂ ", group.Frames))}<br>");
        html.Append(CultureInfo.InvariantCulture, $"{Text(group.Fingerprint)} · first {group.First:u} in ");
        html.Append(CultureInfo.InvariantCulture, $"{Text(group.FirstVersion)} · ");
        html.Append(CultureInfo.InvariantCulture, $"{Text(string.Join(", ", error.Where))}</span>");
        html.Append(CultureInfo.InvariantCulture, $"<td class=n>{group.Users:#,0}<td class=n>{group.Growth:0.0}");
        html.Append(CultureInfo.InvariantCulture, $"<td>{MinuteBars.Of(group.Minutes)} {group.LastHour:#,0}");
        html.Append(CultureInfo.InvariantCulture, $"<td class=n>{group.Total:#,0}<td>{Ago(now - group.Last)}<td>");
        if (!group.IsResolved)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<form method=post action=\"{path}/{Text(group.Fingerprint)}/resolve\">");
            html.Append("<button>Resolved</button></form>");
        }
        html.Append("</tr>");
    }

    private static string Ago(TimeSpan age)
    {
        var (number, unit) = age switch
        {
            { TotalMinutes: < 1 } => (Math.Max(0, age.TotalSeconds), "s"),
            { TotalHours: < 1 } => (age.TotalMinutes, "min"),
            { TotalDays: < 2 } => (age.TotalHours, "h"),
            _ => (age.TotalDays, "d"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number)} {unit} ago");
    }

    private static string Text(string text) => AdminHtml.Text(text);
}
