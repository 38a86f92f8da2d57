using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Roost.Bench.Frame;

namespace Roost.Bench.Streams;

/// <summary>What a stream costs that nothing is sent to. Each kind is weighed in a process of its own: what another
/// left behind would be taken for memory that is there already.</summary>
internal static class IdleStreams
{
    private const string Name = "streams-idle";

    /// <summary>What the benchmark starts itself with; not for people.</summary>
    public static Command Verb()
    {
        var path = new Argument<string>("path");
        var streams = new Argument<int>("streams");
        var command = new Command(Name, "Weighs idle streams for the streams benchmark.") { path, streams };
        command.Hidden = true;
        command.SetAction(async (parsed, ct) =>
        {
            var (managed, resident) = await WeighAsync(parsed.GetValue(path)!, parsed.GetValue(streams), ct);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{managed} {resident}"));
        });
        return command;
    }

    /// <summary>Adds a table with a row for each kind.</summary>
    public static async Task MeasureAsync(Report report, string[] paths, int streams, CancellationToken ct)
    {
        var table = report.AddTable("An idle stream", "subject", "managed bytes", "resident bytes");
        foreach (var path in paths)
        {
            using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
            {
                ArgumentList = { Name, path, $"{streams}" },
                RedirectStandardOutput = true,
            }) ?? throw new InvalidOperationException("The process that weighs cannot be started.");
            var words = (await process.StandardOutput.ReadToEndAsync(ct)).Split(' ');
            await process.WaitForExitAsync(ct);
            table.Add(
                path, double.Parse(words[0], CultureInfo.InvariantCulture),
                double.Parse(words[1], CultureInfo.InvariantCulture));
        }
    }

    private static async Task<(double Managed, double Resident)> WeighAsync(
        string path, int streams, CancellationToken ct)
    {
        await using var world = await StreamsWorld.OpenAsync(streams, ct);
        using (await world.OpenAsync(path, world.Tokens[..Math.Min(200, streams)]))
        {
            // What is compiled and grown at first is nobody's.
        }
        await AskOnceAsync(world.Server.Url, world.Tokens[..streams], ct);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, ct);
        var (managed, resident) = Weigh();
        using var load = await world.OpenAsync(path, world.Tokens[..streams]);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, ct);
        var (managedThen, residentThen) = Weigh();
        return ((double)(managedThen - managed) / streams, (double)(residentThen - resident) / streams);
    }

    /// <summary>Who they are and how much they have asked for is kept of all who ask for anything, with a stream or
    /// without.</summary>
    private static async Task AskOnceAsync(Uri server, string[] tokens, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = server };
        await Parallel.ForEachAsync(tokens, ct, async (token, ct) =>
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, "api/v1/apps/verify_credentials");
            ask.Headers.Authorization = new("Bearer", token);
            using var reply = await http.SendAsync(ask, ct);
            reply.EnsureSuccessStatusCode();
        });
    }

    private static (long Managed, long Resident) Weigh()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}
