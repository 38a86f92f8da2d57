using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Admin.Calls;

/// <summary><c>/admin/servers</c>: what the process answers, service by service and function by function.</summary>
internal static class ServersPage
{
    public static void Map(IEndpointRouteBuilder pages, AdminSources sources)
    {
        pages.MapGet("/admin/servers", () => Results.Content(PageOf(ReportOf(sources)), AdminHtml.ContentType));
        pages.MapGet("/admin/servers.json", () => AdminText.Json(
            ReportOf(sources), CallPagesJson.Default.ServersReport));
    }

    private static ServersReport ReportOf(AdminSources sources)
    {
        var measured = FunctionSums.Of(sources.Metrics.Read(), CallSources.Served)
            .ToDictionary(one => one.Method, one => one.Sums);
        // A service may be wrapped twice, for callers of two kinds: its calls are measured together.
        var standing = sources.Self.Served.GroupBy(one => one.Method)
            .ToDictionary(one => one.Key, one => one.ToArray());
        return new ServersReport(
            [.. sources.History.Calls.Now().Where(call => call.Side == CallSide.Served)],
            [
                .. standing.Keys.Union(measured.Keys)
                    .Select(method => FunctionOf(
                        method, measured.GetValueOrDefault(method) ?? new FunctionSums(),
                        standing.GetValueOrDefault(method) ?? []))
                    .OrderByDescending(one => one.Calls).ThenBy(one => one.Method, StringComparer.Ordinal),
            ]);
    }

    private static ServedFunction FunctionOf(string method, FunctionSums sums, FunctionReport[] standing) => new(
        method, sums.Calls, sums.Failed, sums.P50, sums.P99)
    {
        AtWork = standing.Sum(one => one.AtWork),
        Waiting = standing.Sum(one => one.Waiting),
        AtWorkMax = standing.Sum(one => one.Limits.AtWorkMax),
        WaitingMax = standing.Sum(one => one.Limits.WaitingMax),
        TimeoutSeconds = standing is [{ Limits.TimeoutMax: var timeout }, ..] && timeout > TimeSpan.Zero
            ? timeout.TotalSeconds
            : null,
    };

    private static string PageOf(ServersReport report)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Servers</h1>");
        html.Append("<h2>Services, in the last minute</h2>");
        AdminHtml.Services(html, report.Services);
        html.Append("<h2>Functions, since the process began</h2>");
        var table = new HtmlTable(
            html, "Function", "#Calls", "Failed", "#p50 ms", "#p99 ms", "#At work", "#Waiting", "#of", "#and",
            "#Time-out s");
        foreach (var one in report.Functions)
        {
            table.Row(
                one.Method, one.Calls, AdminHtml.Counts(one.Failed), one.P50 * 1e3, one.P99 * 1e3, one.AtWork,
                one.Waiting, one.AtWorkMax, one.WaitingMax, one.TimeoutSeconds);
        }
        table.End();
        return html.Append("""
            <p class="faint">Calls of functions in this process, from wherever. At work and waiting are now; the numbers
            behind them are the most that there may be of each, and further calls are refused.</p>
            <p><a href="/admin">Summary</a> · <a href="/admin/clients">Clients</a> ·
            <a href="/admin/servers.json">servers.json</a></p>
            """).ToString();
    }
}

/// <summary>What a process answers.</summary>
/// <param name="Services">In the last minute.</param>
/// <param name="Functions">Since it began, the busiest first.</param>
internal sealed record ServersReport(IReadOnlyList<CallFigures> Services, IReadOnlyList<ServedFunction> Functions);

/// <summary>A function of the process.</summary>
/// <param name="Failed">Calls that did not end well, by why.</param>
/// <param name="P50">In seconds; null when there were no calls. So is <paramref name="P99"/>.</param>
internal sealed record ServedFunction(
    string Method, long Calls, IReadOnlyDictionary<string, long> Failed, double? P50, double? P99)
{
    /// <summary>Calls in it now.</summary>
    public required int AtWork { get; init; }

    /// <summary>Calls that wait for a place now.</summary>
    public required int Waiting { get; init; }

    /// <summary>The most that may be in it.</summary>
    public required int AtWorkMax { get; init; }

    /// <summary>The most that may wait.</summary>
    public required int WaitingMax { get; init; }

    /// <summary>The longest that a call may last; null for as long as it takes.</summary>
    public required double? TimeoutSeconds { get; init; }
}
