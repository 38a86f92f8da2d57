using System.Globalization;

namespace Roost.Bench.Streams;

/// <summary>Two processes of <see cref="StreamClient"/>, with their streams shared out between them.</summary>
internal sealed class StreamLoad : IDisposable
{
    private const int Processes = 2;

    // Each client process has an address of its own: the more of an address's ports are taken, the longer the system
    // looks for one that is free.
    private static int _address = 1;

    private readonly LineProcess[] _clients;

    private StreamLoad(LineProcess[] clients) => _clients = clients;

    /// <summary>Stands in a post before the time at which it was posted.</summary>
    public static ReadOnlySpan<byte> Stamp => "posted at "u8;

    public const int StampDigits = 19;

    /// <summary>A text that tells the time, which is the same for all processes of a machine.</summary>
    public static string Text() => string.Create(
        CultureInfo.InvariantCulture,
        $"Something happened, posted at {System.Diagnostics.Stopwatch.GetTimestamp():D19}, and you hear of it.");

    /// <summary>Opens a stream for each token.</summary>
    /// <param name="stalled">So many never read.</param>
    /// <param name="atOnce">Whether the thread that hears of bytes takes them at once, which costs readers less of what
    /// they measure, and may keep others waiting.</param>
    /// <param name="directory">For the files that tell tokens.</param>
    public static async Task<StreamLoad> OpenAsync(
        Uri server, string path, IReadOnlyList<string> tokens, int stalled, bool atOnce, string directory)
    {
        var inline = ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", atOnce ? "1" : "0");
        var clients = Enumerable.Range(0, Processes)
            .Select(_ => new LineProcess(["streams-client", $"127.0.0.{++_address}"], [inline])).ToArray();
        var share = (tokens.Count + Processes - 1) / Processes;
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            // Several loads may be opened at a time.
            var file = Path.Combine(directory, $"tokens-{server.Port}-{i}");
            await File.WriteAllLinesAsync(file, tokens.Skip(i * share).Take(share));
            await client.AskAsync($"open {server.Port} {path} {file} {stalled / Processes}");
        }));
        return new StreamLoad(clients);
    }

    public Task ResetAsync() => Task.WhenAll(_clients.Select(client => client.AskAsync("reset")));

    /// <summary>Waits until all together have so many messages; the reply is how many they have.</summary>
    public async Task<long> AwaitAsync(long messages)
    {
        var answers = await Task.WhenAll(_clients.Select(
            client => client.AskAsync($"await {messages / Processes}")));
        return answers.Sum(answer => long.Parse(answer, CultureInfo.InvariantCulture));
    }

    /// <summary>How old messages were when they were read, in ms: the worse of the processes.</summary>
    public async Task<(double P50, double P99, double Longest)> AgesAsync()
    {
        var answers = await Task.WhenAll(_clients.Select(client => client.AskAsync("report")));
        var rows = answers.Select(answer => answer.Split(' ').Select(
            word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        return (rows.Max(row => row[1]), rows.Max(row => row[2]), rows.Max(row => row[3]));
    }

    /// <summary>Stops the clients' processes; what comes waits in the system until they go on.</summary>
    public void Stop()
    {
        foreach (var client in _clients) client.Stop();
    }

    public void Continue()
    {
        foreach (var client in _clients) client.Continue();
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }
}
