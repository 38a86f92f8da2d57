using System.Diagnostics;
using System.Text;
using Roost.Bench.Frame;

namespace Roost.Bench.Streams;

/// <summary>How many messages a second reach their readers: one to each, and several that wait for each. Beside it what
/// the web server alone, and what this machine's sockets alone, make of as many bytes.</summary>
internal sealed class MessagesOut(StreamsWorld world, string[] tokens, int rounds, int atOnce)
{
    /// <summary>Rounds before what is measured, with fewer streams and with all: what is compiled and grown at first is
    /// nobody's.</summary>
    private const int WarmRounds = 100;

    private const int FirstRounds = 2;
    private const int WarmStreams = 200;

    public async Task MeasureAsync(Report report, string publicPath, string socketPath, string pagePath)
    {
        var table = report.AddTable(
            "Messages out", "subject", "bytes/message", "messages/s", $"{atOnce} at once, messages/s",
            "of bare", $"{atOnce} at once, of bare", "server ns/message", $"{atOnce} at once, server ns/message");
        await WarmAsync(BareStreams.Path, BareOf(1_000));
        foreach (var path in (string[])[publicPath, socketPath, pagePath])
            await WarmAsync(path, OursAsync);
        foreach (var path in (string[])[publicPath, pagePath])
        {
            var length = await LengthAsync(path);
            var bare = await PhaseAsync(BareStreams.Path, BareOf(length));
            Add("bare", bare);
            Add("raw sockets", await PhaseAsync(RawStreams.Path, RawOf(length)));
            world.Raw.Clear();
            Add(path, await PhaseAsync(path, OursAsync));
            // A WebSocket has the same post with a head of its own.
            if (path == publicPath)
                Add(socketPath, await PhaseAsync(socketPath, OursAsync));

            void Add(string subject, Phase phase) => table.Add(
                subject, length, phase.Single, phase.Batched, phase.Single / bare.Single,
                phase.Batched / bare.Batched, phase.SingleCost, phase.BatchedCost);
        }
    }

    private async Task OursAsync(int count)
    {
        if (count == 1)
            await world.PostAsync(CancellationToken.None);
        else
            await world.PostManyAsync(count, CancellationToken.None);
        await world.HandedOverAsync(CancellationToken.None);
    }

    private Func<int, Task> BareOf(int length) => count => world.Bare.SendAsync(MessageOf(length), count);

    private Func<int, Task> RawOf(int length) => count => Task.Run(() => world.Raw.Send(MessageOf(length), count));

    private async Task WarmAsync(string path, Func<int, Task> send)
    {
        var some = tokens[..Math.Min(WarmStreams, tokens.Length)];
        using var load = await world.OpenAsync(path, some, atOnce: true);
        for (var round = 0; round < WarmRounds; round++)
        {
            foreach (var count in (int[])[1, atOnce])
            {
                await load.ResetAsync();
                await send(count);
                await load.AwaitAsync((long)some.Length * count);
            }
        }
    }

    /// <summary>Opens streams, and sends rounds of one message to each, and of several.</summary>
    private async Task<Phase> PhaseAsync(string path, Func<int, Task> send)
    {
        using var load = await world.OpenAsync(path, tokens, atOnce: true);
        var single = new List<(double PerSecond, double Cost)>();
        var batched = new List<(double PerSecond, double Cost)>();
        for (var round = -FirstRounds; round < rounds; round++)
        {
            var (one, many) = (await RoundAsync(1), await RoundAsync(atOnce));
            if (round < 0)
                continue;
            single.Add(one);
            batched.Add(many);
        }
        return new Phase(
            Median(single, one => one.PerSecond), Median(batched, one => one.PerSecond),
            Median(single, one => one.Cost), Median(batched, one => one.Cost));

        static double Median(List<(double, double)> all, Func<(double PerSecond, double Cost), double> choose) =>
            Rounds.Median([.. all.Select(choose)]);

        async Task<(double PerSecond, double Cost)> RoundAsync(int count)
        {
            await load.ResetAsync();
            var expected = (long)tokens.Length * count;
            var start = Stopwatch.GetTimestamp();
            var processor = Environment.CpuUsage.TotalTime;
            var reading = load.AwaitAsync(expected);
            await send(count);
            var read = await reading;
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (read < expected)
                throw new InvalidOperationException($"{path}: {read:N0} of {expected:N0} messages came.");
            return (read / seconds, (Environment.CpuUsage.TotalTime - processor).TotalNanoseconds / read);
        }
    }

    private async Task<int> LengthAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = world.Server.Url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", world.Tokens[0]);
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        await world.PostAsync(CancellationToken.None);
        var length = 0;
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(':'))
                continue;
            length += Encoding.UTF8.GetByteCount(line) + 1;
            if (line.Length == 0)
                break;
        }
        return length;
    }

    /// <summary>An event of that many bytes that says nothing.</summary>
    private static byte[] MessageOf(int length) =>
        Encoding.ASCII.GetBytes("data: ".PadRight(length - 2, 'x') + "\n\n");

    /// <summary>Messages a second, and what they cost of the server's processor in ns: less depends on what else the
    /// machine does.</summary>
    private readonly record struct Phase(double Single, double Batched, double SingleCost, double BatchedCost);
}
