using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Tracing;

namespace Roost.Rpc.Admin.Tracing;

/// <summary><c>/admin/tracing</c>: the newest traces that touched this process, each with its spans in all processes,
/// and how many are recorded, changed here or in all.</summary>
internal static class TracingPage
{
    public const string Path = "/admin/tracing";

    /// <summary>Where a process is asked for its own spans of one trace.</summary>
    public const string SpansPath = "/admin/spans.json";

    private const int Newest = 50;
    private const int Slowest = 10;

    private static readonly double[] _offered = [0, 0.001, 0.01, 0.1, 1];

    public static void Map(IEndpointRouteBuilder pages, AdminSources sources)
    {
        var (spans, sampling) = (sources.Spans, sources.Sampling);
        pages.MapGet(Path, () => Results.Content(PageOf(sources), AdminHtml.ContentType));
        pages.MapGet(Path + ".json", () => Json(sources));
        pages.MapGet(Path + "/{trace}", async (string trace, CancellationToken ct) => Results.Content(
            TraceHtml.Of(trace, await GatherAsync(sources, trace, ct)), AdminHtml.ContentType));
        pages.MapGet(SpansPath, (string trace) => AdminText.Json(
            spans.Of(trace), TracingJson.Default.IReadOnlyListRecordedSpan));
        pages.MapGet("/admin/network/spans.json", async (string trace, CancellationToken ct) => AdminText.Json(
            await GatherAsync(sources, trace, ct), TracingJson.Default.IReadOnlyListProcessSpan));
        pages.MapPost(Path, (string rate, HttpRequest request) =>
            Change(sampling, rate) ?? (request.HasFormContentType ? Results.Redirect(Path) : Json(sources)));
        pages.MapPost("/admin/network/tracing", async (string rate, CancellationToken ct) =>
            Change(sampling, rate) ?? await NetworkPages.TellOthersAsync(
                sources.Network, $"{Path}?rate={Uri.EscapeDataString(rate)}", ct));
    }

    /// <summary>Null when it was done.</summary>
    private static IResult? Change(TraceSampling sampling, string rate)
    {
        if (!AdminText.TryFraction(rate, out var wanted))
        {
            return Results.Text(
                $"'{rate}' is no rate; give 0 to 1, like 0.01.\n", statusCode: StatusCodes.Status400BadRequest);
        }
        sampling.Set(wanted);
        return null;
    }

    /// <summary>One trace's spans in all processes that answer.</summary>
    private static async Task<IReadOnlyList<ProcessSpan>> GatherAsync(
        AdminSources sources, string trace, CancellationToken ct)
    {
        var others = await sources.Network.AskOthersAsync(
            $"{SpansPath}?trace={Uri.EscapeDataString(trace)}", TracingJson.Default.IReadOnlyListRecordedSpan, ct);
        var self = (await sources.Network.ReadAsync(ct)).Processes[0].Name;
        return
        [
            .. sources.Spans.Of(trace).Select(span => new ProcessSpan(self, span)),
            .. others.SelectMany(one => one.Reply.Select(span => new ProcessSpan(one.Process.Name, span))),
        ];
    }

    private static IResult Json(AdminSources sources) => AdminText.Json(
        new TracingReport(sources.Sampling.Rate, TracesOf(sources.Spans)), TracingJson.Default.TracingReport);

    /// <summary>The newest first.</summary>
    private static IReadOnlyList<TraceFigures> TracesOf(SpanLog spans) =>
    [
        .. spans.Read().GroupBy(span => span.Trace)
            .Select(trace => TraceOf(trace.Key, [.. trace])).OfType<TraceFigures>()
            .OrderByDescending(trace => trace.Start),
    ];

    /// <summary>Null while the process's part of it has not ended.</summary>
    private static TraceFigures? TraceOf(string id, RecordedSpan[] spans)
    {
        var firsts = spans.Where(span => span.BeginsHere).ToArray();
        if (firsts.Length == 0) return null;
        var longest = firsts.MaxBy(span => span.Seconds)!;
        return new TraceFigures(
            id, longest.Name, longest.Start, longest.Seconds, spans.Length, spans.Any(span => span.HasFailed));
    }

    private static string PageOf(AdminSources sources)
    {
        var rate = sources.Sampling.Rate;
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Tracing</h1><p>");
        if (rate > 0) html.Append(CultureInfo.InvariantCulture, $"Of all traces that begin here {rate:0.###%} are");
        else html.Append("Nothing is");
        html.Append(" recorded now.</p>");
        new HtmlButtons(
            [
                .. _offered.Select(one => (
                    string.Create(CultureInfo.InvariantCulture, $"{one * 100:0.##} %"),
                    string.Create(CultureInfo.InvariantCulture, $"{Path}?rate={one}"))),
            ]).Write(html);
        var traces = TracesOf(sources.Spans);
        html.Append("<h2>Newest</h2>");
        Traces(html, traces.Take(Newest));
        html.Append("<h2>Slowest</h2>");
        Traces(html, traces.OrderByDescending(trace => trace.Seconds).Take(Slowest));
        return html.Append(
            CultureInfo.InvariantCulture,
            $"""
             <p class="faint">The newest {SpanLog.SpansMax:#,0} spans are kept. A trace that begins in another process
             is recorded here when it is there, and the rate here is above 0:
             <code>POST /admin/network/tracing?rate=0.01</code> sets it in all processes.</p>
             <p><a href="/admin">Summary</a> · <a href="/admin/tracing.json">tracing.json</a></p>
             """).ToString();
    }

    private static void Traces(StringBuilder html, IEnumerable<TraceFigures> traces)
    {
        var table = new HtmlTable(html, "Trace", "What", "Began", "#ms", "#Spans", "");
        foreach (var one in traces)
        {
            table.Row(
                new HtmlLink(one.Id, $"{Path}/{one.Id}"), one.Name, one.Start.ToString("u"), one.Seconds * 1e3,
                one.Spans, one.HasFailed ? "failed" : "");
        }
        table.End();
    }
}

/// <summary>How tracing stands in a process.</summary>
/// <param name="Rate">Of the traces that begin here, 0 to 1.</param>
/// <param name="Traces">The newest first.</param>
internal sealed record TracingReport(double Rate, IReadOnlyList<TraceFigures> Traces);

/// <summary>A process's part of a trace.</summary>
/// <param name="Name">Of its first span there.</param>
/// <param name="Spans">How many it has there.</param>
internal sealed record TraceFigures(string Id, string Name, DateTime Start, double Seconds, int Spans, bool HasFailed);

/// <summary>A span, and the process that it is of.</summary>
internal sealed record ProcessSpan(string Process, RecordedSpan Span);

/// <summary>Members are only ever added.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TracingReport))]
[JsonSerializable(typeof(IReadOnlyList<RecordedSpan>))]
[JsonSerializable(typeof(IReadOnlyList<ProcessSpan>))]
internal sealed partial class TracingJson : JsonSerializerContext;
