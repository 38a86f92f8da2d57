using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Roost.Bench.Streams;

/// <summary>Two processes of <see cref="StreamClient"/>, with their streams shared out between them.</summary>
internal sealed partial class StreamLoad : IDisposable
{
    private const int Processes = 2;

    // Numbers of signals as Linux has them, for x64 and Arm.
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;

    private readonly Process[] _clients;

    private StreamLoad(Process[] clients) => _clients = clients;

    /// <summary>Stands in a post before the time at which it was posted.</summary>
    public static ReadOnlySpan<byte> Stamp => "posted at "u8;

    public const int StampDigits = 19;

    /// <summary>A text that tells the time, which is the same for all processes of a machine.</summary>
    public static string Text() => string.Create(
        CultureInfo.InvariantCulture,
        $"Something happened, posted at {Stopwatch.GetTimestamp():D19}, and you hear of it.");

    /// <summary>Opens a stream for each token.</summary>
    /// <param name="stalled">So many never read.</param>
    /// <param name="atOnce">Whether the thread that hears of bytes takes them at once, which costs readers less of what
    /// they measure, and may keep others waiting.</param>
    public static async Task<StreamLoad> OpenAsync(
        Uri server, string path, IReadOnlyList<string> tokens, int stalled, bool atOnce, string directory)
    {
        var clients = new Process[Processes];
        for (var i = 0; i < Processes; i++)
        {
            clients[i] = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
            {
                ArgumentList = { "streams-client", $"127.0.0.{2 + i}" },
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                Environment = { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = atOnce ? "1" : "0" },
            }) ?? throw new InvalidOperationException("A client process cannot be started.");
        }
        var load = new StreamLoad(clients);
        var share = (tokens.Count + Processes - 1) / Processes;
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var file = Path.Combine(directory, $"tokens-{i}");
            await File.WriteAllLinesAsync(file, tokens.Skip(i * share).Take(share));
            await AskAsync(client, $"open {server.Port} {path} {file} {stalled / Processes}");
        }));
        return load;
    }

    public Task ResetAsync() => Task.WhenAll(_clients.Select(client => AskAsync(client, "reset")));

    /// <summary>Waits until all together have so many messages; the reply is how many they have.</summary>
    public async Task<long> AwaitAsync(long messages)
    {
        var answers = await Task.WhenAll(_clients.Select(
            client => AskAsync(client, $"await {messages / Processes}")));
        return answers.Sum(answer => long.Parse(answer, CultureInfo.InvariantCulture));
    }

    /// <summary>How old messages were when they were read, in ms: the worse of the processes.</summary>
    public async Task<(double P50, double P99, double Longest)> AgesAsync()
    {
        var answers = await Task.WhenAll(_clients.Select(client => AskAsync(client, "report")));
        var rows = answers.Select(answer => answer.Split(' ').Select(
            word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        return (rows.Max(row => row[1]), rows.Max(row => row[2]), rows.Max(row => row[3]));
    }

    /// <summary>Stops the clients' processes; what comes waits in the system until they go on.</summary>
    public void Stop() => Signal(StopSignal);

    public void Continue() => Signal(ContinueSignal);

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.StandardInput.Close();
            client.WaitForExit();
            client.Dispose();
        }
    }

    private void Signal(int signal)
    {
        foreach (var client in _clients)
        {
            if (Kill(client.Id, signal) != 0)
                throw new InvalidOperationException($"A client process cannot be signalled ({signal}).");
        }
    }

    private static async Task<string> AskAsync(Process client, string line)
    {
        await client.StandardInput.WriteLineAsync(line);
        return await client.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"A client process has ended at '{line}'.");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
