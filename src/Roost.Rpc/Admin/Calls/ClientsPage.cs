using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;

namespace Roost.Rpc.Admin.Calls;

/// <summary><c>/admin/clients</c>: which services elsewhere the process calls, how it sees each of their instances, and
/// what its calls do beyond one try.</summary>
internal static class ClientsPage
{
    public static void Map(IEndpointRouteBuilder pages, AdminSources sources)
    {
        pages.MapGet("/admin/clients", () => Results.Content(PageOf(ReportOf(sources)), AdminHtml.ContentType));
        pages.MapGet("/admin/clients.json", () => AdminText.Json(
            ReportOf(sources), CallPagesJson.Default.ClientsReport));
    }

    private static ClientsReport ReportOf(AdminSources sources)
    {
        var families = sources.Metrics.Read();
        var figures = sources.History.Calls.Now().Where(call => call.Side == CallSide.Called)
            .ToDictionary(call => call.Service);
        var retries = FunctionSums.CountsOf(families, ClientMetrics.Retries);
        var hedges = FunctionSums.CountsOf(families, ClientMetrics.Hedges);
        var refused = FunctionSums.CountsOf(families, ClientMetrics.OverBudgets);
        return new ClientsReport(
            [
                .. sources.Self.Called.Select(service => ClientOf(
                    service,
                    figures.GetValueOrDefault(service.Name)
                        ?? new CallFigures(CallSide.Called, service.Name, 0, null, null, null))),
            ],
            [
                .. FunctionSums.Of(families, CallSources.Called).Select(one => new CalledFunction(
                    one.Method, one.Sums.Calls, one.Sums.Failed, one.Sums.P50, one.Sums.P99,
                    retries.GetValueOrDefault(one.Method), hedges.GetValueOrDefault(one.Method),
                    refused.GetValueOrDefault(one.Method))),
            ]);
    }

    private static ClientFigures ClientOf(CalledService service, CallFigures calls) => new(
        service.Name, calls.Rate, calls.P50, calls.P99, calls.Failed,
        [
            .. service.Instances.Select(one => new ClientInstance(
                one.Instance.Id, one.Instance.Address, one.Instance.Zone, one.Instance.Version,
                one.Standing.ToString().ToLowerInvariant(), one.Outstanding, one.Calls, one.Latency, one.Slowness,
                one.FailedShare, one.FailuresInARow, one.Ejections, one.Weight)),
        ])
    {
        Admission = service.Admission is { } gate ? new(gate.Limit, gate.AtWork, gate.Waiting) : null,
    };

    private static string PageOf(ClientsReport report)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Clients</h1>");
        if (report.Services.Count == 0) html.Append("<p>This process calls no service elsewhere.</p>");
        foreach (var service in report.Services) Service(html, service);
        html.Append("<h2>Functions called, since the process began</h2>");
        var table = new HtmlTable(
            html, "Function", "#Calls", "Failed", "#p50 ms", "#p99 ms", "#Retries", "#Hedges", "#Over budget");
        foreach (var one in report.Functions)
        {
            table.Row(
                one.Method, one.Calls, AdminHtml.Counts(one.Failed), one.P50 * 1e3, one.P99 * 1e3, one.Retries,
                one.Hedges, one.OverBudget);
        }
        table.End();
        return html.Append("""
            <p class="faint">Latency is a mean of the last 20 calls or so that an instance answered; slow says how many
            times as long as usual they take for what they ask. One that is ejected gets no calls for some time, one
            that is probed one at a time. Over budget are retries and hedges that were not made, for there were too
            many.</p><p><a href="/admin">Summary</a> · <a href="/admin/servers">Servers</a> ·
            <a href="/admin/registry">Registry</a> · <a href="/admin/clients.json">clients.json</a> ·
            <a href="/admin/balancers.json">balancers.json</a></p>
            """).ToString();
    }

    private static void Service(StringBuilder html, ClientFigures service)
    {
        html.Append("<h2>").Append(AdminHtml.Text(service.Service)).Append("</h2><p>");
        html.Append(CultureInfo.InvariantCulture, $"In the last minute {service.Rate:0.##} calls a second");
        if (service.P99 is not null)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"; p50 {service.P50 * 1e3:0.###} ms, p99 {service.P99 * 1e3:0.###} ms");
        }
        if (service.Failed > 0) html.Append(CultureInfo.InvariantCulture, $"; {service.Failed:0.##%} failed");
        if (service.Admission is { } gate)
        {
            html.Append(CultureInfo.InvariantCulture, $". Let in: {gate.AtWork} of {gate.Limit} at work, ");
            html.Append(CultureInfo.InvariantCulture, $"{gate.Waiting} waiting");
        }
        html.Append(".</p>");
        var table = new HtmlTable(
            html, "Instance", "Zone", "Version", "Standing", "#At work", "#Calls", "#Latency ms", "#Slow", "#Failed %",
            "#in a row", "#Ejections", "#Weight");
        foreach (var one in service.Instances)
        {
            table.Row(
                one.Address, one.Zone, one.Version, one.Standing, one.Outstanding, one.Calls, one.Latency * 1e3,
                one.Slowness, one.FailedShare * 100, one.FailuresInARow, one.Ejections, one.Weight);
        }
        table.End();
    }
}

/// <summary>What a process calls.</summary>
/// <param name="Functions">Since it began, the busiest first.</param>
internal sealed record ClientsReport(
    IReadOnlyList<ClientFigures> Services, IReadOnlyList<CalledFunction> Functions);

/// <summary>A service elsewhere, in the last minute; as <see cref="CallFigures"/>.</summary>
internal sealed record ClientFigures(
    string Service, double Rate, double? P50, double? P99, double? Failed, IReadOnlyList<ClientInstance> Instances)
{
    /// <summary>The gate before it; null where nothing limits calls here.</summary>
    public ClientGate? Admission { get; init; }
}

/// <inheritdoc cref="Admission.AdmissionReport"/>
internal sealed record ClientGate(int Limit, int AtWork, int Waiting);

/// <summary>An instance as its caller sees it; as <see cref="InstanceReport"/>.</summary>
/// <param name="Latency">In seconds.</param>
internal sealed record ClientInstance(
    string Id, string Address, string Zone, string Version, string Standing, int Outstanding, long Calls,
    double Latency, double Slowness, double FailedShare, int FailuresInARow, int Ejections, double Weight);

/// <summary>A function of a service elsewhere.</summary>
/// <param name="Failed">Calls that did not end well after all tries, by why.</param>
/// <param name="P50">In seconds, all tries included. So is <paramref name="P99"/>.</param>
/// <param name="Retries">Tries after one that failed.</param>
/// <param name="Hedges">Second calls for an answer that was late.</param>
/// <param name="OverBudget">Of both, those not made for there were too many.</param>
internal sealed record CalledFunction(
    string Method, long Calls, IReadOnlyDictionary<string, long> Failed, double? P50, double? P99, long Retries,
    long Hedges, long OverBudget);
