using System.Globalization;
using System.Net;
using System.Text;
using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Errors;

namespace Roost.Rpc.Admin;

/// <summary>What people read of the admin pages: plain tables, no scripts.</summary>
internal static class AdminHtml
{
    public const string ContentType = "text/html; charset=utf-8";

    private const int ErrorsOnSummary = 5;

    /// <summary>What every page begins with.</summary>
    public const string Head = """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Roost admin</title><style>
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color-scheme:light dark}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}
        .everyone{color:#c22;font-weight:600}.some{font-weight:600}.faint{opacity:.7}form{margin:0}
        .row{display:flex;gap:.25rem;flex-wrap:wrap}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}pre{white-space:pre-wrap;margin:0}
        </style>
        """;

    public static string Summary(AdminSources sources)
    {
        var html = new StringBuilder(Head);
        var up = sources.Time.GetUtcNow() - sources.Self.Started;
        html.Append(CultureInfo.InvariantCulture, $"<h1>Roost {Text(sources.Version)}</h1><p>");
        html.Append(CultureInfo.InvariantCulture, $"{Text(string.Join(", ", sources.Self.Roles))}; ");
        html.Append(CultureInfo.InvariantCulture, $"{sources.Readiness}; ");
        html.Append(
            CultureInfo.InvariantCulture, $"up for {up.TotalSeconds:#,0} s; process {Environment.ProcessId}.</p>");
        html.Append("<h2>Services, in the last minute</h2>");
        Services(html, sources.History.Calls.Now().Where(call => call.Side == CallSide.Served));
        html.Append("<h2>Errors</h2>");
        ErrorsHtml.Groups(html, sources.Errors.Report().Take(ErrorsOnSummary), sources.Time.GetUtcNow());
        html.Append("""
            <p><a href="/admin/errors">All errors</a> · <a href="/admin/network">Network</a> ·
            <a href="/admin/registry">Registry</a> · <a href="/admin/servers">Servers</a> ·
            <a href="/admin/clients">Clients</a> · <a href="/admin/metrics">Metrics</a> ·
            <a href="/admin/toggles">Toggles</a> · <a href="/admin/tracing">Tracing</a> ·
            <a href="/admin/threads">Threads</a> · <a href="/admin/pprof">Profiles</a></p>
            <p>For programs: <a href="/metrics">/metrics</a> ·
            <a href="/admin/metrics.json">metrics.json</a> · <a href="/admin/histograms.json">histograms.json</a> ·
            <a href="/admin/history.json">history.json</a> · <a href="/admin/balancers.json">balancers.json</a> ·
            <a href="/admin/server_info">server_info</a> ·
            <a href="/admin/logging">logging</a></p>
            """);
        return html.ToString();
    }

    /// <summary>Services in the last minute.</summary>
    public static void Services(StringBuilder html, IEnumerable<CallFigures> services)
    {
        var table = new HtmlTable(html, "Service", "#Calls/s", "#p50 ms", "#p99 ms", "#Failed %");
        foreach (var one in services)
            table.Row(one.Service, one.Rate, one.P50 * 1e3, one.P99 * 1e3, one.Failed * 100);
        table.End();
    }

    /// <summary>What there is how often.</summary>
    public static string Counts(IReadOnlyDictionary<string, long> counts) => string.Join(
        ", ", counts.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value:#,0}")));

    /// <summary>Text as it stands in HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
