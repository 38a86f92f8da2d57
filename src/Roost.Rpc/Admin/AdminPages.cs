using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Admin.Profiles;
using Roost.Rpc.Admin.Tracing;

namespace Roost.Rpc.Admin;

/// <summary>
/// The pages that every process has on its admin port, for people and for machines. Whoever reaches the port may read
/// and change everything: it listens on this machine only unless told otherwise.
/// </summary>
/// <remarks>
/// A browser of the operator's is guarded: requests from other sites' pages, and under names that other sites may let
/// point here, are refused.
/// </remarks>
public static class AdminPages
{
    public static void Map(IEndpointRouteBuilder endpoints, AdminSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var pages = endpoints.MapGroup("").AddEndpointFilter(async (context, next) =>
            Refusal(context.HttpContext.Request) is { } why
                ? Results.Text(why + "\n", statusCode: StatusCodes.Status403Forbidden)
                : await next(context));
        pages.MapGet("/", () => Results.Redirect("/admin"));
        pages.MapGet("/health", () => Results.Text("ok\n"));
        pages.MapGet("/ready", () => Results.Text(
            sources.Readiness + "\n",
            statusCode: sources.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable));
        pages.MapGet("/admin", () => Results.Content(AdminHtml.Summary(sources), AdminHtml.ContentType));
        pages.MapGet("/admin/ping", () => Results.Text("pong\n"));
        pages.MapGet("/admin/server_info", () => Json(AdminJson.ServerInfo(sources)));
        pages.MapGet("/metrics", () => Results.Text(
            PrometheusText.Write(sources.Metrics.Read()), PrometheusText.ContentType));
        pages.MapGet("/admin/metrics", () => Results.Content(MetricsPage.Of(sources.History), AdminHtml.ContentType));
        pages.MapGet("/admin/metrics.json", () => Json(AdminJson.Metrics(sources.Metrics.Read())));
        pages.MapGet("/admin/histograms.json", () => Json(AdminJson.Metrics(
            sources.Metrics.Read().Where(family => family.Kind == MetricKind.Histogram))));
        pages.MapGet("/admin/history.json", () => Json(AdminJson.History(
            sources.History.Read(MetricsHistory.Step * MetricsHistory.StepsMax))));
        pages.MapGet("/admin/balancers.json", () => Json(AdminJson.Balancers(sources.Self.Called)));
        pages.MapGet("/admin/logging", () => Json(AdminJson.Levels(sources.Levels)));
        pages.MapPost("/admin/logging", (string category, string level) => SetLevel(sources, category, level));
        pages.MapGet("/admin/errors", () => Results.Content(ErrorsHtml.Page(sources), AdminHtml.ContentType));
        pages.MapGet("/admin/errors.json", () => Json(AdminJson.Errors(sources.Errors.Report())));
        pages.MapPost("/admin/errors/{fingerprint}/resolve", (string fingerprint, HttpRequest request) =>
            ResolveAsync(sources.Errors, fingerprint, request));
        NetworkPages.Map(pages, sources.Network);
        RegistryPage.Map(pages, sources.Network);
        ServersPage.Map(pages, sources);
        ClientsPage.Map(pages, sources);
        TogglesPage.Map(pages, sources);
        TracingPage.Map(pages, sources);
        ProfilePages.Map(pages, sources);
        pages.MapPost("/admin/shutdown", () =>
        {
            sources.Stop();
            return Results.Text("stopping\n", statusCode: StatusCodes.Status202Accepted);
        });
    }

    private static async Task<IResult> ResolveAsync(ErrorBook errors, string fingerprint, HttpRequest request)
    {
        try
        {
            if (!await errors.ResolveAsync(fingerprint))
            {
                return Results.Text(
                    "There is no such group; /admin/errors.json lists them.\n",
                    statusCode: StatusCodes.Status404NotFound);
            }
        }
        catch (IOException failure)
        {
            return Results.Text(
                $"It counts as resolved until the process ends, for it could not be written down: {failure.Message}\n",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        // The page's form comes back to the page.
        return request.HasFormContentType ? Results.Redirect("/admin/errors") : Results.Text("resolved\n");
    }

    private static IResult SetLevel(AdminSources sources, string category, string level)
    {
        if (level == "default")
        {
            sources.Levels.Set(category, null);
        }
        else if (Enum.TryParse<LogLevel>(level, ignoreCase: true, out var wanted)
            && Enum.IsDefined(wanted) && !char.IsAsciiDigit(level[0]))
        {
            sources.Levels.Set(category, wanted);
        }
        else
        {
            return Results.Text(
                $"'{level}' is no level; give trace, debug, information, warning, error, critical, none or default.\n",
                statusCode: StatusCodes.Status400BadRequest);
        }
        return Json(AdminJson.Levels(sources.Levels));
    }

    private static string? Refusal(HttpRequest request)
    {
        var host = request.Host.Host;
        if (host != "localhost" && !IPAddress.TryParse(host.Trim('[', ']'), out _))
            return "Ask for this page by its address, not by a name.";
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && origin != string.Create(CultureInfo.InvariantCulture, $"http://{request.Host}")
            ? "Pages of other sites may not ask this."
            : null;
    }

    private static IResult Json(string json) => Results.Text(json, "application/json");
}
