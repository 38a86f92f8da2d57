using System.Diagnostics;
using System.Text;

namespace Roost.Bench.Web;

/// <summary>
/// A closed loop of connections that ask one server for the same pages in turn, each as soon as its last reply is
/// there. No pipelining.
/// </summary>
internal sealed class HttpLoad : IDisposable
{
    private readonly KeepAliveClient[] _clients;
    private readonly byte[][] _requests;

    private long _replies;
    private TimeSpan _processorTime;

    private HttpLoad(KeepAliveClient[] clients, byte[][] requests) => (_clients, _requests) = (clients, requests);

    public Latencies Latencies { get; } = new();

    /// <summary>Of all replies so far, heads included.</summary>
    public double BytesPerReply => _clients.Sum(client => client.BytesReceived) / (double)Math.Max(1, _replies);

    /// <summary>What this whole process used of all cores, while it ran.</summary>
    public TimeSpan ProcessorTimePerReply => _processorTime / Math.Max(1, _replies);

    public static Task<HttpLoad> ConnectAsync(
        Uri server, string path, int connections, IReadOnlyList<string> tokens, CancellationToken ct) =>
        ConnectAsync(server, [path], connections, tokens, ct);

    /// <param name="paths">Each token asks for the next of them.</param>
    public static async Task<HttpLoad> ConnectAsync(
        Uri server, IReadOnlyList<string> paths, int connections, IReadOnlyList<string> tokens, CancellationToken ct)
    {
        var clients = new KeepAliveClient[connections];
        for (var i = 0; i < connections; i++)
        {
            clients[i] = new KeepAliveClient();
            await clients[i].ConnectAsync(server, ct);
        }
        return new HttpLoad(
            clients, [.. tokens.Select((token, place) => Request(server, paths[place % paths.Count], token))]);
    }

    /// <summary>Runs all connections for that long; the result is the number of replies.</summary>
    public async ValueTask<long> RunAsync(TimeSpan duration, CancellationToken ct)
    {
        var processorTime = Environment.CpuUsage.TotalTime;
        var until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var runs = new Task<long>[_clients.Length];
        for (var i = 0; i < runs.Length; i++)
        {
            // Connections begin at different readers, so that they do not all ask for one page at once.
            var (client, first) = (_clients[i], i * _requests.Length / runs.Length);
            runs[i] = Task.Run(() => client.RunAsync(_requests, first, until, Latencies, ct), ct);
        }
        var replies = (await Task.WhenAll(runs)).Sum();
        _replies += replies;
        _processorTime += Environment.CpuUsage.TotalTime - processorTime;
        return replies;
    }

    /// <summary>Forgets what warming up took.</summary>
    public void Forget()
    {
        foreach (var client in _clients) client.BytesReceived = 0;
        (_replies, _processorTime) = (0, default);
        Latencies.Clear();
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    private static byte[] Request(Uri server, string path, string token) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {token}\r\n"
        + "Accept: application/json\r\n\r\n");
}
