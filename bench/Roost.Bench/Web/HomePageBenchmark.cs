using System.CommandLine;
using System.Runtime;
using Roost.Bench.Frame;

namespace Roost.Bench.Web;

/// <summary>
/// A signed-in reader's home page of 20 posts, from the whole server over HTTP: routing, the token, the inbox, the
/// posts with their authors and counters, JSON. The ceiling is an endpoint on the same kind of server in the same
/// process that writes as many constant bytes; beside it the same page by way of a client port apart, which asks the
/// same services by gRPC. All are asked by the same load generator, which shares the machine's cores with them.
/// </summary>
internal static class HomePageBenchmark
{
    private const string Home = "home page";
    private const string Apart = "home page, web apart";
    private const string Ceiling = "constant bytes";
    private const string InProcess = "Timelines.Home, no HTTP";

    private static readonly Option<int> _connections = CreateConnectionsOption();

    public static Command Verb() => Verbs.Create(
        "home-page",
        "A home page of 20 posts over HTTP, against constant bytes from the same web server. "
        + "Example: roost-bench home-page --connections 32",
        RunAsync, _connections);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        await using var world = settings.Quick
            ? await HomePageWorld.OpenAsync(accounts: 300, posts: 3_000, readersMax: 20, ceilings: 1, ct)
            : await HomePageWorld.OpenAsync(accounts: 2_000, posts: 20_000, readersMax: 200, ceilings: 1, ct);
        var connections = parsed.GetValue(_connections);
        using var home = await HttpLoad.ConnectAsync(
            world.Server.Url, HomePageWorld.Path, connections, world.Tokens, ct);
        using var constant = await HttpLoad.ConnectAsync(
            world.Server.Url, world.Constants[0].Path, connections, world.Tokens, ct);
        await using var web = await ApartServer.StartAsync(world.Server.Node, ct);
        using var apart = await HttpLoad.ConnectAsync(web.Url, HomePageWorld.Path, connections, world.Tokens, ct);

        await WarmUpAsync(world, [home, apart, constant], settings, ct);
        var turn = TimeSpan.FromSeconds(settings.Quick ? 0.1 : 0.8);
        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject(Home, () => home.RunAsync(turn, ct)),
                new Subject(Apart, () => apart.RunAsync(turn, ct)),
                new Subject(Ceiling, () => constant.RunAsync(turn, ct)),
                new Subject(InProcess, () => world.ReadAsync(settings.Quick ? 500 : 10_000, ct)),
            ],
            ct);
        return Tell(world, measured, [(Home, home), (Apart, apart), (Ceiling, constant)], connections);
    }

    /// <summary>Until the JIT has compiled, watched and compiled again what is hot, but no longer than 16 s.</summary>
    private static async Task WarmUpAsync(
        HomePageWorld world, HttpLoad[] loads, BenchSettings settings, CancellationToken ct)
    {
        const int TurnsMin = 3;
        const int TurnsMax = 8;
        var turn = TimeSpan.FromSeconds(settings.Quick ? 0.1 : 1);
        var compiled = -1L;
        for (var i = 0; i < TurnsMin || (i < TurnsMax && compiled != JitInfo.GetCompiledMethodCount()); i++)
        {
            compiled = JitInfo.GetCompiledMethodCount();
            foreach (var load in loads) await load.RunAsync(turn, ct);
            await world.ReadAsync(world.Readers.Length, ct);
        }
        foreach (var load in loads) load.Forget();
    }

    private static Report Tell(
        HomePageWorld world, Measured[] measured, (string Name, HttpLoad Load)[] loads, int connections)
    {
        var report = new Report($"Home pages of {HomePageWorld.PagePosts} posts over HTTP/1.1");
        report.AddRounds("Pages", "page", measured, reference: measured[2]);
        var answers = report.AddTable(
            $"An answer, {connections} connections in turn", "subject", "p50 ms", "p99 ms", "bytes", "CPU µs");
        foreach (var (name, load) in loads)
        {
            answers.Add(
                name, load.Latencies.Milliseconds(0.5), load.Latencies.Milliseconds(0.99), load.BytesPerReply,
                load.ProcessorTimePerReply.TotalMicroseconds);
        }
        report.Note(
            $"{world.Readers.Length} readers; both sides answer under the same headers, the ceiling with "
            + $"{world.Constants[0].BodyBytes:N0} bytes of body, the home pages' average.");
        report.Note(
            "Load generator, servers and services share this process and its cores: bytes a page are what all of them "
            + "allocated, and CPU time is that of all of them on all cores.");
        return report;
    }

    private static Option<int> CreateConnectionsOption()
    {
        var option = new Option<int>("--connections")
        {
            Description = "How many connections ask at a time, 1 to 1000.",
            DefaultValueFactory = _ => 32,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
                result.AddError("--connections must be from 1 to 1000.");
        });
        return option;
    }
}
