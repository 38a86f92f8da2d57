using System.Diagnostics;
using System.Globalization;
using System.Text;
using Roost.Bench.Frame;

namespace Roost.Bench.Streams;

/// <summary>How many messages a second reach their readers: one to each, and several that wait for each. Beside it what
/// the web server alone, and what this machine's sockets alone, make of as many bytes, each in a process of its own.
/// And how many the server writes when readers leave it the processors: their processes are stopped meanwhile, and the
/// messages wait in the system.</summary>
/// <remarks>A machine that others share is twice as fast in one minute as in the next. So all three have their streams
/// open at once, every kind of round is run by one after the other, back and forth, and what counts is the median of
/// the ratios within the rounds.</remarks>
internal sealed class MessagesOut(StreamsWorld world, string[] tokens, int rounds, int atOnce)
{
    /// <summary>Rounds before what is measured, with fewer streams and with all: what is compiled and grown at first is
    /// nobody's.</summary>
    private const int WarmRounds = 100;

    private const int FirstRounds = 2;
    private const int WarmStreams = 200;

    /// <summary>What the system surely takes for a reader that does not read: half of what a socket has.</summary>
    private const int UnreadBytesMax = 64 << 10;

    /// <summary>Kinds of rounds: how many messages wait for each reader, and whether readers are stopped.</summary>
    private readonly (int Count, bool Stops)[] _kinds =
        [(1, false), (atOnce, false), (1, true), (atOnce, true)];

    public async Task MeasureAsync(Report report, string[] paths)
    {
        var read = report.AddTable(
            "Messages out, in turns", "subject", "bytes/message", "messages/s", "of bare", "of raw", "from to",
            $"{atOnce} at once, messages/s", "of bare", "of raw", "from to", "server ns/message", $"{atOnce} at once");
        var unread = report.AddTable(
            "Messages written while readers are stopped, in turns", "subject", "bytes/message", "messages/s", "of raw",
            "from to", "handed over, of raw", $"{atOnce} at once, messages/s", "of raw", "from to",
            "handed over, of raw");
        foreach (var path in paths) await WarmAsync(path);
        using var raw = await OutSubject.Peer.StartAsync(StreamsPeer.Raw, tokens, world.Folder);
        using var bare = await OutSubject.Peer.StartAsync(StreamsPeer.Bare, tokens, world.Folder);
        foreach (var path in paths)
        {
            // A WebSocket has the same post with a head of its own.
            var length = await LengthAsync(path.Contains('?', StringComparison.Ordinal) ? paths[0] : path);
            using var ours = new OutSubject.Ours(path, world, await world.OpenAsync(path, tokens, atOnce: true));
            OutSubject[] subjects = [raw, bare, ours];
            var rates = await RoundsAsync(subjects, length);
            for (var i = 0; i < subjects.Length; i++)
            {
                AddRead(read, subjects[i].Name, length, [.. rates.Select(kind => kind[i])], rates);
                if (subjects[i].KnowsWritten && length * atOnce <= UnreadBytesMax)
                    AddUnread(unread, subjects[i].Name, length, [.. rates.Select(kind => kind[i])], rates);
            }
        }
        report.Note("What Roost writes it has committed to the disk within the same time; \"handed over\" is without.");
        report.Note("\"of\" is the median of the ratios within the rounds, \"from to\" the smallest and the largest of "
            + "those to raw sockets.");
    }

    private static void AddRead(Table table, string subject, int length, Rates[][] own, Rates[][][] all)
    {
        var (one, many) = (own[0], own[1]);
        table.Add(
            subject, length, Median(one, rate => rate.PerSecond), Ratio(one, all[0][1]), Ratio(one, all[0][0]),
            Range(one, all[0][0]), Median(many, rate => rate.PerSecond), Ratio(many, all[1][1]),
            Ratio(many, all[1][0]), Range(many, all[1][0]), Median(one, rate => rate.Cost),
            Median(many, rate => rate.Cost));
    }

    private static void AddUnread(Table table, string subject, int length, Rates[][] own, Rates[][][] all)
    {
        var (one, many) = (own[2], own[3]);
        table.Add(
            subject, length, Median(one, rate => rate.PerSecond), Ratio(one, all[2][0]), Range(one, all[2][0]),
            Median([.. one.Zip(all[2][0], (mine, peer) => mine.HandedOver / peer.HandedOver)]),
            Median(many, rate => rate.PerSecond), Ratio(many, all[3][0]), Range(many, all[3][0]),
            Median([.. many.Zip(all[3][0], (mine, peer) => mine.HandedOver / peer.HandedOver)]));
    }

    private async Task WarmAsync(string path)
    {
        var some = tokens[..Math.Min(WarmStreams, tokens.Length)];
        using var ours = new OutSubject.Ours(path, world, await world.OpenAsync(path, some, atOnce: true));
        for (var round = 0; round < WarmRounds; round++)
        {
            foreach (var count in (int[])[1, atOnce])
            {
                await ours.Load.ResetAsync();
                await ours.SendAsync(0, count);
                await ours.Load.AwaitAsync((long)some.Length * count);
            }
        }
    }

    /// <returns>By kind of round, subject and round.</returns>
    private async Task<Rates[][][]> RoundsAsync(OutSubject[] subjects, int length)
    {
        var rates = _kinds.Select(_ => subjects.Select(_ => new Rates[rounds]).ToArray()).ToArray();
        for (var round = -FirstRounds; round < rounds; round++)
        {
            for (var kind = 0; kind < _kinds.Length; kind++)
            {
                for (var turn = 0; turn < subjects.Length; turn++)
                {
                    var subject = (round & 1) == 0 ? turn : subjects.Length - 1 - turn;
                    var rate = await RoundAsync(subjects[subject], length, _kinds[kind]);
                    if (round >= 0)
                        rates[kind][subject][round] = rate;
                }
            }
        }
        return rates;
    }

    private async Task<Rates> RoundAsync(OutSubject subject, int length, (int Count, bool Stops) kind)
    {
        await subject.Load.ResetAsync();
        var expected = (long)tokens.Length * kind.Count;
        var processor = await subject.UsageAsync();
        if (kind.Stops)
            subject.Load.Stop();
        var start = Stopwatch.GetTimestamp();
        var reading = kind.Stops ? Task.FromResult(0L) : subject.Load.AwaitAsync(expected);
        var took = await subject.SendAsync(length, kind.Count);
        await reading;
        var seconds = kind.Stops ? took.Seconds : Stopwatch.GetElapsedTime(start).TotalSeconds;
        var cost = await subject.UsageAsync() - processor;
        if (kind.Stops)
            subject.Load.Continue();
        var read = await subject.Load.AwaitAsync(expected);
        if (read < expected)
            throw new InvalidOperationException($"{subject.Name}: {read:N0} of {expected:N0} messages came.");
        return new Rates(read / seconds, cost / read, read / took.HandingOver);
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

    private static double Median(Rates[] rates, Func<Rates, double> of) => Median([.. rates.Select(of)]);

    private static double Median(double[] values) => Rounds.Median(values);

    private static double Ratio(Rates[] own, Rates[] peer) => Median(Ratios(own, peer));

    private static string Range(Rates[] own, Rates[] peer)
    {
        var ratios = Ratios(own, peer);
        return string.Create(CultureInfo.InvariantCulture, $"{ratios.Min():0.00} {ratios.Max():0.00}");
    }

    private static double[] Ratios(Rates[] own, Rates[] peer) =>
        [.. own.Zip(peer, (mine, other) => mine.PerSecond / other.PerSecond)];

    /// <param name="PerSecond">Messages a second that are read, or written where nobody reads.</param>
    /// <param name="Cost">What one of them costs of the server's processor in ns: less depends on what else the machine
    /// does.</param>
    /// <param name="HandedOver">Messages a second by the time that writing alone took.</param>
    private readonly record struct Rates(double PerSecond, double Cost, double HandedOver);
}
