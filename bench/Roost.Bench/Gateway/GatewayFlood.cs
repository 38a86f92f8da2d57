using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Roost.Bench.Frame;
using Roost.Bench.Web;
using Roost.Composition;
using Roost.Operations.Gateway;

namespace Roost.Bench.Gateway;

/// <summary>
/// Search is asked for five times what it can, home as before. Both are simulated servers: search works on four
/// requests at a time, 10 ms each, so that what is measured is the gateway and not a lack of processors.
/// </summary>
internal static class GatewayFlood
{
    private const int Workers = 4;
    private const int HomePerSecond = 300;
    private const double Times = 5;

    private static readonly TimeSpan _work = TimeSpan.FromMilliseconds(10);

    public static async Task RunAsync(Report report, BenchSettings settings, CancellationToken ct)
    {
        var stretch = TimeSpan.FromSeconds(settings.Quick ? 1 : 30);
        await using var home = await GatewayBenchmark.StartAsync(_ => { }, app => app.Run(
            http => http.Response.WriteAsync("home", ct)));
        using var places = new SemaphoreSlim(Workers);
        await using var search = await GatewayBenchmark.StartAsync(_ => { }, app => app.Run(async http =>
        {
            await places.WaitAsync(ct);
            try
            {
                await Task.Delay(_work, TimeProvider.System, ct);
            }
            finally
            {
                places.Release();
            }
            await http.Response.WriteAsync("found", ct);
        }));
        await using var gateway = await GatewayServer.StartAsync(
            new GatewayServerOptions(
                "http://127.0.0.1:0",
                new GatewayOptions
                {
                    To = new Dictionary<string, IReadOnlyList<Uri>>
                    {
                        ["web"] = [GatewayBenchmark.UrlOf(home)],
                        ["search"] = [GatewayBenchmark.UrlOf(search)],
                    },
                }, []),
            admin: null, ct);
        using var http = new HttpClient { BaseAddress = gateway.Url };
        var capacity = await CapacityAsync(http, settings, ct);
        var table = report.AddTable(
            $"Home while search is asked for {Times:0} times its {capacity:0} requests a second, "
            + $"{stretch.TotalSeconds:0} s each",
            "", "home p50 ms", "home p99 ms", "search answered/s", "search p50 ms", "search refused/s",
            "slowest refusal ms", "memory MiB");
        // Compiles what refuses, and opens the flood's connections.
        await PaceAsync(http, "/api/v2/search?q=a", Times * capacity, stretch / 5, new Tally(), ct);
        foreach (var (name, rate) in new[] { ("before", 0.0), ("flood", Times * capacity), ("after", 0.0) })
        {
            await Console.Error.WriteLineAsync(name);
            var (read, found) = (new Tally(), new Tally());
            await Task.WhenAll(
                PaceAsync(http, "/api/v1/timelines/home", HomePerSecond, stretch, read, ct),
                PaceAsync(http, "/api/v2/search?q=a", rate, stretch, found, ct));
            GC.Collect();
            var seconds = stretch.TotalSeconds;
            table.Add(
                name, read.Answers.Milliseconds(0.5), read.Answers.Milliseconds(0.99), found.Answered / seconds,
                found.Answers.Milliseconds(0.5), found.Refused / seconds, found.SlowestRefusal.TotalMilliseconds,
                GC.GetTotalMemory(forceFullCollection: true) / (double)(1 << 20));
            if (read.Refused > 0) report.Note($"{name}: {read.Refused} requests for home were refused.");
        }
    }

    /// <summary>What search answers in a second when all of its places are used, and no more are asked for.</summary>
    private static async Task<double> CapacityAsync(HttpClient http, BenchSettings settings, CancellationToken ct)
    {
        var end = Stopwatch.GetTimestamp() + (settings.Quick ? 1 : 5) * Stopwatch.Frequency;
        var done = 0;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async _ =>
        {
            while (Stopwatch.GetTimestamp() < end)
            {
                using var reply = await http.GetAsync("/api/v2/search?q=a", ct);
                Interlocked.Increment(ref done);
            }
        }));
        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Sends at that rate whatever comes of it; latencies count from the moment each was meant.</summary>
    private static async Task PaceAsync(
        HttpClient http, string path, double perSecond, TimeSpan stretch, Tally tally, CancellationToken ct)
    {
        var count = (int)(perSecond * stretch.TotalSeconds);
        var start = Stopwatch.GetTimestamp();
        var sent = new Task[count];
        for (var i = 0; i < count; i++)
        {
            var due = start + (long)(i / perSecond * Stopwatch.Frequency);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (early > TimeSpan.FromMilliseconds(1)) await Task.Delay(early, TimeProvider.System, ct);
            sent[i] = SendAsync(http, path, due, tally, ct);
        }
        await Task.WhenAll(sent);
        if (count == 0) await Task.Delay(stretch, TimeProvider.System, ct);
    }

    private static async Task SendAsync(
        HttpClient http, string path, long due, Tally tally, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer token");
        var start = Math.Min(due, Stopwatch.GetTimestamp());
        using var reply = await http.SendAsync(request, ct);
        tally.Add(reply.StatusCode, Stopwatch.GetElapsedTime(start));
    }

    private sealed class Tally
    {
        private readonly Lock _lock = new();

        public Latencies Answers { get; } = new();

        public int Answered { get; private set; }

        public int Refused { get; private set; }

        public TimeSpan SlowestRefusal { get; private set; }

        public void Add(HttpStatusCode status, TimeSpan took)
        {
            if (status == HttpStatusCode.OK) Answers.Record(took);
            lock (_lock)
            {
                if (status == HttpStatusCode.OK) Answered++;
                else if (status == HttpStatusCode.ServiceUnavailable) Refused++;
                else throw new InvalidOperationException($"The gateway answered {(int)status}.");
                if (status != HttpStatusCode.OK && took > SlowestRefusal) SlowestRefusal = took;
            }
        }
    }
}
