using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Bench.Frame;
using Roost.Bench.Web;
using Roost.Composition;
using Roost.Operations.Gateway;
using Yarp.ReverseProxy.Configuration;

namespace Roost.Bench.Gateway;

/// <summary>
/// The gateway beside bare YARP, nginx and haproxy, in front of one web server with constant answers; then what a flood
/// on search does to home.
/// </summary>
internal static class GatewayBenchmark
{
    private const int Connections = 32;

    public static Command Verb() => Verbs.Create(
        "gateway",
        "Requests through the gateway, beside bare YARP and, where they are installed, nginx and haproxy; and home's "
        + "latency while search is asked for five times what it can. Example: roost-bench gateway --rounds 5",
        RunAsync);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var report = new Report("The gateway");
        foreach (var bytes in new[] { 1_000, 36_000 }) await ThroughputAsync(report, bytes, settings, ct);
        await GatewayFlood.RunAsync(report, settings, ct);
        return report;
    }

    private static async Task ThroughputAsync(Report report, int bytes, BenchSettings settings, CancellationToken ct)
    {
        var body = new byte[bytes];
        Array.Fill(body, (byte)'a');
        await using var upstream = await StartAsync(_ => { }, app => app.Run(async http =>
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = body.Length;
            await http.Response.BodyWriter.WriteAsync(body, CancellationToken.None);
        }));
        var target = UrlOf(upstream);
        await using var yarp = await StartAsync(
            services => services.AddReverseProxy().LoadFromMemory(
                [new RouteConfig { RouteId = "all", ClusterId = "web", Match = new() { Path = "{**path}" } }],
                [new ClusterConfig
                {
                    ClusterId = "web",
                    Destinations = new Dictionary<string, DestinationConfig>
                    {
                        ["one"] = new() { Address = target.ToString() },
                    },
                    HttpRequest = new() { Version = HttpVersion.Version11 },
                }]),
            app => app.MapReverseProxy());
        var log = Path.GetTempFileName();
        await using var gateway = await StartGatewayAsync(target, null, ct);
        await using var logging = await StartGatewayAsync(target, log, ct);
        await using var nginx = await ProxyPeer.NginxAsync(target, ct);
        await using var haproxy = await ProxyPeer.HaproxyAsync(target, ct);
        (string Name, Uri? Url)[] servers =
        [
            ("gateway", gateway.Url), ("gateway with access log", logging.Url), ("bare YARP", UrlOf(yarp)),
            ("nginx", nginx?.Url), ("haproxy", haproxy?.Url), ("no proxy", target),
        ];
        var loads = new List<(string Name, HttpLoad Load)>();
        foreach (var (name, url) in servers)
        {
            if (url is null)
                report.Note($"{name} is not installed, and left out.");
            else
                loads.Add((
                    name,
                    await HttpLoad.ConnectAsync(url, "/api/v1/timelines/home", Connections, ["token"], ct)));
        }
        var turn = TimeSpan.FromSeconds(settings.Quick ? 0.1 : 1);
        foreach (var (_, load) in loads)
        {
            await load.RunAsync(turn, ct);
            load.Forget();
        }
        var measured = await Rounds.RunAsync(
            settings, [.. loads.Select(one => new Subject(one.Name, () => one.Load.RunAsync(turn, ct)))], ct);
        var peer = measured.Single(one => one.Name == "bare YARP");
        var table = report.AddTable(
            $"Requests through a proxy, {bytes:N0} bytes, {Connections} connections in turn", "subject", "requests/s",
            "p50 ms", "p99 ms", "bytes allocated", "times as fast as bare YARP");
        for (var i = 0; i < measured.Length; i++)
        {
            var latencies = loads[i].Load.Latencies;
            table.Add(
                measured[i].Name, measured[i].PerSecond, latencies.Milliseconds(0.5), latencies.Milliseconds(0.99),
                measured[i].BytesPerOperation, measured[i].TimesAsFastAs(peer));
            loads[i].Load.Dispose();
        }
        report.Note(
            "Load generator, upstream server and the proxies but nginx and haproxy share one process; all share the "
            + "machine's cores. What a request allocates is what all of them allocated.");
        File.Delete(log);
    }

    private static Task<GatewayServer> StartGatewayAsync(Uri target, string? accessLog, CancellationToken ct) =>
        GatewayServer.StartAsync(
            new GatewayServerOptions(
                "http://127.0.0.1:0",
                new GatewayOptions { To = new Dictionary<string, IReadOnlyList<Uri>> { ["web"] = [target] } }, [])
            {
                AccessLog = accessLog,
            },
            admin: null, ct);

    public static async Task<WebApplication> StartAsync(Action<IServiceCollection> services, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        services(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    public static Uri UrlOf(WebApplication app) => new(
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
}
