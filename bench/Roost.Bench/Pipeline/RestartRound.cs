using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Posts.Log;
using Roost.Services.Timelines;

namespace Roost.Bench.Pipeline;

/// <summary>Opens a data directory in a process of its own: what runs after a start runs for the first time there, in
/// memory that the system has yet to give.</summary>
internal static class RestartRound
{
    private const string Name = "restart-round";
    private const int Accounts = 100_000;
    private const int Readers = 2;

    /// <summary>What the benchmark starts itself with; not for people.</summary>
    public static Command Verb()
    {
        var path = new Argument<string>("path");
        var logOnly = new Option<bool>("--log-only");
        var command = new Command(Name, "Opens a data directory for the restart benchmark.") { path, logOnly };
        command.Hidden = true;
        command.SetAction(async (parsed, ct) =>
        {
            var directory = parsed.GetValue(path)!;
            double[] seconds = parsed.GetValue(logOnly)
                ? [await OpenLogAsync(directory)]
                : await OpenAsync(directory, ct);
            Console.WriteLine(JsonSerializer.Serialize(seconds));
        });
        return command;
    }

    /// <summary>The network whose posts the log holds: the same in every process.</summary>
    public static PipelineNetwork CreateNetwork() => PipelineNetwork.Create(Accounts, 70, 100, 1_000_000, seed: 1);

    /// <summary>Seconds until the log is open; all services are; the first home timeline is there; all are.</summary>
    public static async Task<double[]> RunAsync(string path, CancellationToken ct) =>
        [.. await StartAsync([Name, path, "--log-only"], ct), .. await StartAsync([Name, path], ct)];

    private static async Task<double[]> StartAsync(string[] arguments, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("The process that opens the log cannot be started.");
        var answer = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<double[]>(answer)!
            : throw new InvalidOperationException($"The process that opens the log ended with {process.ExitCode}.");
    }

    private static async Task<double> OpenLogAsync(string path)
    {
        using var meters = new BenchMeters();
        var start = Stopwatch.GetTimestamp();
        await using var log = PostLog.Open(
            new PostLogOptions { Directory = Path.Combine(path, PostsService.Folder) }, TimeProvider.System,
            NullLogger<PostLog>.Instance, new PostLogMetrics(meters));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double[]> OpenAsync(string path, CancellationToken ct)
    {
        var network = CreateNetwork();
        var start = Stopwatch.GetTimestamp();
        await using var node = await PipelineNode.StartAsync(path, network, keep: true, ct);
        var nodeSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await ReadAsync(node, network.Active.AsMemory(0, 1), ct);
        var firstSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.WhenAll(network.Active.Chunk(1 + (network.Active.Length / Readers))
            .Select(part => Task.Run(() => ReadAsync(node, part, ct), ct)));
        return [nodeSeconds, firstSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds];
    }

    private static async Task ReadAsync(PipelineNode node, ReadOnlyMemory<int> accounts, CancellationToken ct)
    {
        for (var i = 0; i < accounts.Length; i++)
        {
            var reader = new AccountId(accounts.Span[i]);
            await node.Timelines.Home(new HomeTimeline(reader, new PageRange()), Call.Until(ct));
        }
    }
}
