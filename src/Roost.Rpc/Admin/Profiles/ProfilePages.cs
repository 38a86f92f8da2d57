using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Roost.Rpc.Admin.Profiles;

/// <summary><c>/admin/threads</c> and <c>/admin/pprof</c>: what the process's threads do, where its time goes, and what
/// is in its memory.</summary>
internal static class ProfilePages
{
    private const int TypesShown = 200;
    private const int SecondsMax = 120;

    // Long enough for a sample of each thread.
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    public static void Map(IEndpointRouteBuilder pages, AdminSources sources)
    {
        var time = sources.Time;
        pages.MapGet("/admin/threads", () => Results.Content(
            ThreadsHtml.Of(ThreadsReport.Take()), AdminHtml.ContentType));
        pages.MapGet("/admin/threads.json", () => AdminText.Json(
            ThreadsReport.Take(), ProfilesJson.Default.ThreadsReport));
        pages.MapGet("/admin/threads/stacks", (CancellationToken ct) => AnswerAsync(async () =>
            Results.Text(StacksOf(await StacksAsync(sources, ct)))));
        pages.MapGet("/admin/pprof", () => Results.Content(Page(), AdminHtml.ContentType));
        pages.MapGet("/admin/pprof/profile", (int? seconds, string? format, HttpContext http) =>
            AnswerAsync(() => ProfileAsync(seconds ?? 10, format ?? "speedscope", time, http)));
        pages.MapGet("/admin/pprof/heap", (CancellationToken ct) => AnswerAsync(async () =>
            Results.Content(HeapHtml(await HeapSummary.TakeAsync(time, ct)), AdminHtml.ContentType)));
        pages.MapGet("/admin/pprof/heap.json", (CancellationToken ct) => AnswerAsync(async () => AdminText.Json(
            await HeapSummary.TakeAsync(time, ct), ProfilesJson.Default.HeapSummary)));
    }

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> answer)
    {
        try
        {
            return await answer();
        }
        catch (ServiceException refusal)
        {
            return Results.Text(
                $"{refusal.Message} {refusal.Detail}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<IResult> ProfileAsync(int seconds, string format, TimeProvider time, HttpContext http)
    {
        if (seconds is < 1 or > SecondsMax || format is not ("speedscope" or "nettrace"))
        {
            return Results.Text(
                $"Give seconds=1 to {SecondsMax}, and format=speedscope or format=nettrace.\n",
                statusCode: StatusCodes.Status400BadRequest);
        }
        var trace = await EventTrace.CollectAsync(TimeSpan.FromSeconds(seconds), time, http.RequestAborted);
        http.Response.RegisterForDispose(trace);
        return format == "nettrace"
            ? Results.File(trace.Path, "application/octet-stream", "roost.nettrace")
            : Results.File(
                Encoding.UTF8.GetBytes(StackSamples.Speedscope(trace)), "application/json", "roost.speedscope.json");
    }

    private static async Task<IReadOnlyDictionary<int, IReadOnlyList<string>>> StacksAsync(
        AdminSources sources, CancellationToken ct)
    {
        using var trace = await EventTrace.CollectAsync(_look, sources.Time, ct);
        return StackSamples.Last(trace);
    }

    private static string StacksOf(IReadOnlyDictionary<int, IReadOnlyList<string>> stacks)
    {
        var names = ThreadsReport.Take().Threads.ToDictionary(thread => thread.Id, thread => thread.Name);
        var text = new StringBuilder();
        foreach (var (id, frames) in stacks.OrderBy(one => one.Key))
        {
            text.Append(CultureInfo.InvariantCulture, $"{id} {names.GetValueOrDefault(id, "")}\n");
            foreach (var frame in frames) text.Append("    ").Append(frame).Append('\n');
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Page() => AdminHtml.Head + """
        <h1>Profiles</h1><ul>
        <li><a href="/admin/pprof/profile?seconds=10">Ten seconds of all threads</a>, for
        <a href="https://www.speedscope.app">speedscope.app</a>; <code>seconds</code> is 1 to 120, and
        <code>format=nettrace</code> is for PerfView and dotnet-trace.
        <li><a href="/admin/pprof/heap">What is on the managed heap</a>, by type: collects all generations, and stops
        the process meanwhile.
        <li><a href="/admin/threads/stacks">Where each managed thread is</a>
        </ul><p class="faint">One at a time. Samples are taken a thousand times a second and cost some percent; what
        native memory holds is told by metrics.</p>
        <p><a href="/admin">Summary</a> · <a href="/admin/threads">Threads</a></p>
        """;

    private static string HeapHtml(HeapSummary heap)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Managed heap</h1><p>");
        html.Append(CultureInfo.InvariantCulture, $"{heap.Objects:#,0} objects, {heap.Bytes:#,0} bytes");
        html.Append(heap.Lost > 0 ? ", and some that had no room to be told.</p>" : ".</p>");
        var table = new HtmlTable(html, "Type", "#Objects", "#Bytes", "#%");
        foreach (var one in heap.Types.Take(TypesShown))
            table.Row(one.Name, one.Objects, one.Bytes, 100.0 * one.Bytes / Math.Max(1, heap.Bytes));
        table.End();
        return html.Append("""
            <p><a href="/admin/pprof">Profiles</a> · <a href="/admin/pprof/heap.json">heap.json</a></p>
            """).ToString();
    }
}

/// <summary>Members are only ever added.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ThreadsReport))]
[JsonSerializable(typeof(HeapSummary))]
internal sealed partial class ProfilesJson : JsonSerializerContext;
