using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc.Admin.Errors;

namespace Roost.Rpc.Admin.Network;

/// <summary>What a process's admin port shows of the network that it knows: its processes, and their errors in one
/// list.</summary>
internal static class NetworkPages
{
    private const int ErrorsMax = 100;

    public static void Map(IEndpointRouteBuilder pages, NetworkView network)
    {
        pages.MapGet(ProcessReport.Path, () => AdminText.Json(
            network.Self.Report(), ProcessReport.Json));
        pages.MapGet("/admin/calls.json", (string service) => AdminText.Json(
            network.Self.CallsOf(service), ProcessJson.Default.ProcessCalls));
        pages.MapGet("/admin/network", async (CancellationToken ct) => Results.Content(
            PageOf(await network.ReadAsync(ct)), AdminHtml.ContentType));
        pages.MapGet("/admin/network.json", async (CancellationToken ct) => Results.Text(
            AdminJson.Network(await network.ReadAsync(ct)), "application/json"));
        pages.MapGet("/admin/network/errors.json", async (CancellationToken ct) => Results.Text(
            AdminJson.NetworkErrors((await network.ReadAsync(ct)).Errors()), "application/json"));
        pages.MapPost("/admin/network/errors/{fingerprint}/resolve", (string fingerprint, HttpContext http) =>
            ResolveAsync(network, fingerprint, http));
    }

    /// <summary>Has all other processes do what this one has done.</summary>
    public static async Task<IResult> TellOthersAsync(NetworkView network, string path, CancellationToken ct)
    {
        var untold = await network.TellOthersAsync(path, ct);
        return untold.Count == 0 ? Results.Text("done\n") : Untold(untold);
    }

    private static IResult Untold(IReadOnlyList<string> names) => Results.Text(
        $"Not told: {string.Join(", ", names)}. Try again when they answer.\n",
        statusCode: StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> ResolveAsync(NetworkView network, string fingerprint, HttpContext http)
    {
        var untold = await network.ResolveAsync(fingerprint, http.RequestAborted);
        if (untold is null)
        {
            return Results.Text(
                "There is no such group; /admin/network/errors.json lists them.\n",
                statusCode: StatusCodes.Status404NotFound);
        }
        if (untold.Count > 0) return Untold(untold);
        return http.Request.HasFormContentType ? Results.Redirect("/admin/network") : Results.Text("resolved\n");
    }

    private static string PageOf(NetworkReport network)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Network</h1><table><tr><th>Process<th>State")
            .Append("<th>Version<th>Zone<th class=n>Cores<th class=n>MB<th>For<th>Admin</tr>");
        foreach (var process in network.Processes) Row(html, process);
        html.Append("</table><h2>Errors of all</h2>");
        var errors = network.Errors();
        ErrorsHtml.Groups(html, errors.Take(ErrorsMax), network.At, "/admin/network/errors");
        if (errors.Count > ErrorsMax)
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<p>{errors.Count - ErrorsMax} more are in <a href=\"/admin/network/errors.json\">errors.json</a>.");
            html.Append("</p>");
        }
        return html.Append("<p><a href=\"/admin\">Summary</a> · <a href=\"/admin/network.json\">network.json</a></p>")
            .ToString();
    }

    private static void Row(StringBuilder html, ProcessView process)
    {
        var report = process.Report;
        html.Append(CultureInfo.InvariantCulture, $"<tr><td>{AdminHtml.Text(process.Name)}<td>{StateOf(process)}");
        html.Append(CultureInfo.InvariantCulture, $"<td>{AdminHtml.Text(report?.Version ?? process.Version)}");
        html.Append(CultureInfo.InvariantCulture, $"<td>{AdminHtml.Text(process.Zone)}");
        html.Append(CultureInfo.InvariantCulture, $"<td class=n>{report?.Processor:0.00}");
        html.Append(CultureInfo.InvariantCulture, $"<td class=n>{report?.MemoryBytes / 1e6:0}");
        html.Append(CultureInfo.InvariantCulture, $"<td>{report?.Level.ToString().ToLowerInvariant()}");
        html.Append(CultureInfo.InvariantCulture, $"<td>{AdminHtml.Text(process.Admin)}</tr>");
    }

    private static string StateOf(ProcessView process)
    {
        var state = process.State switch
        {
            ProcessState.Answers => process.Report?.Readiness ?? "ready",
            ProcessState.Silent => "does not answer",
            ProcessState.Mute => "has no admin port",
            _ => "has gone",
        };
        return process.State != ProcessState.Answers && process.Report is not null
            ? string.Create(
                CultureInfo.InvariantCulture, $"{state}; last known {process.Age.TotalSeconds:0} s ago")
            : state;
    }
}
