using System.Diagnostics;
using System.Text;
using Roost.Bench.Frame;

namespace Roost.Bench.Streams;

/// <summary>How many messages a second reach their readers: one to each, and several that wait for each. Beside it what
/// the web server alone, and what this machine's sockets alone, make of as many bytes. And how many the server writes
/// when readers leave it the processors: their processes are stopped meanwhile, and the messages wait in the system.
/// </summary>
internal sealed class MessagesOut(StreamsWorld world, string[] tokens, int rounds, int atOnce)
{
    /// <summary>Rounds before what is measured, with fewer streams and with all: what is compiled and grown at first is
    /// nobody's.</summary>
    private const int WarmRounds = 100;

    private const int FirstRounds = 2;
    private const int WarmStreams = 200;

    /// <summary>What the system surely takes for a reader that does not read: half of what a socket has.</summary>
    private const int UnreadBytesMax = 64 << 10;

    public async Task MeasureAsync(Report report, string publicPath, string socketPath, string pagePath)
    {
        var table = report.AddTable(
            "Messages out", "subject", "bytes/message", "messages/s", $"{atOnce} at once, messages/s",
            "of bare", $"{atOnce} at once, of bare", "server ns/message", $"{atOnce} at once, server ns/message");
        var unread = report.AddTable(
            "Messages written while readers are stopped", "subject", "bytes/message", "messages/s",
            $"{atOnce} at once, messages/s", "of raw sockets", $"{atOnce} at once, of raw sockets");
        await WarmAsync(BareStreams.Path, BareOf(1_000));
        foreach (var path in (string[])[publicPath, socketPath, pagePath])
            await WarmAsync(path, OursAsync);
        foreach (var path in (string[])[publicPath, pagePath])
        {
            var length = await LengthAsync(path);
            var bare = await PhaseAsync(BareStreams.Path, BareOf(length));
            var raw = await PhaseAsync(RawStreams.Path, RawOf(length));
            world.Raw.Clear();
            Add("bare", bare);
            Add("raw sockets", raw);
            Add(path, await PhaseAsync(path, OursAsync));
            // A WebSocket has the same post with a head of its own.
            if (path == publicPath)
                Add(socketPath, await PhaseAsync(socketPath, OursAsync));

            void Add(string subject, Phase phase)
            {
                table.Add(
                    subject, length, phase.Single.PerSecond, phase.Batched.PerSecond,
                    phase.Single.PerSecond / bare.Single.PerSecond, phase.Batched.PerSecond / bare.Batched.PerSecond,
                    phase.Single.Cost, phase.Batched.Cost);
                // When the web server has written what it was given, only it knows.
                if (subject != "bare" && length * atOnce <= UnreadBytesMax)
                {
                    unread.Add(
                        subject, length, phase.Single.Unread, phase.Batched.Unread,
                        phase.Single.Unread / raw.Single.Unread, phase.Batched.Unread / raw.Batched.Unread);
                }
            }
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
        var (single, batched) = (new List<Rates>(), new List<Rates>());
        for (var round = -FirstRounds; round < rounds; round++)
        {
            var (one, many) = (await RatesAsync(1), await RatesAsync(atOnce));
            if (round < 0)
                continue;
            single.Add(one);
            batched.Add(many);
        }
        return new Phase(Rates.Median(single), Rates.Median(batched));

        async Task<Rates> RatesAsync(int count)
        {
            var (read, cost) = await RoundAsync(count, stops: false);
            return new Rates(read, cost, (await RoundAsync(count, stops: true)).PerSecond);
        }

        async Task<(double PerSecond, double Cost)> RoundAsync(int count, bool stops)
        {
            await load.ResetAsync();
            var expected = (long)tokens.Length * count;
            if (stops)
                load.Stop();
            var start = Stopwatch.GetTimestamp();
            var processor = Environment.CpuUsage.TotalTime;
            var reading = stops ? Task.FromResult(0L) : load.AwaitAsync(expected);
            await send(count);
            await reading;
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var cost = (Environment.CpuUsage.TotalTime - processor).TotalNanoseconds;
            if (stops)
                load.Continue();
            var read = await load.AwaitAsync(expected);
            if (read < expected)
                throw new InvalidOperationException($"{path}: {read:N0} of {expected:N0} messages came.");
            return (read / seconds, cost / read);
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

    /// <param name="PerSecond">Messages a second that are read.</param>
    /// <param name="Cost">What one of them costs of the server's processor in ns: less depends on what else the machine
    /// does.</param>
    /// <param name="Unread">Messages a second that are written while nobody reads.</param>
    private readonly record struct Rates(double PerSecond, double Cost, double Unread)
    {
        public static Rates Median(IReadOnlyCollection<Rates> all) => new(
            Rounds.Median([.. all.Select(one => one.PerSecond)]), Rounds.Median([.. all.Select(one => one.Cost)]),
            Rounds.Median([.. all.Select(one => one.Unread)]));
    }

    private readonly record struct Phase(Rates Single, Rates Batched);
}
