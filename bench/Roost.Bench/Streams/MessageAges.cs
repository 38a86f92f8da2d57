using System.Diagnostics;
using System.Globalization;
using Roost.Bench.Frame;

namespace Roost.Bench.Streams;

/// <summary>How old messages are when they are read, in turns: while all read, while one reader in a hundred never
/// does, and from sockets alone, which shows what the machine itself keeps waiting.</summary>
/// <param name="posts">A second.</param>
/// <param name="seconds">How long each turn posts.</param>
internal sealed class MessageAges(StreamsWorld world, string[] tokens, int posts, int seconds)
{
    private const string UserPath = "/api/v1/streaming/user";

    /// <summary>An author that has a stream is told of its own posts, too.</summary>
    private const int ReadersOfPost = StreamsWorld.FollowersOfAuthor + 1;

    private readonly int _stalled = Math.Max(1, tokens.Length / 100);

    public async Task MeasureAsync(Report report, int rounds, CancellationToken ct)
    {
        var (process, load) = await OpenRawAsync();
        using var _ = process;
        using var rawLoad = load;
        (string Name, bool AllRead, Func<Task<Turn>> TakeAsync)[] subjects =
        [
            ("all read", true, () => TakeAsync(0, ct)),
            ($"{_stalled} never read", false, () => TakeAsync(_stalled, ct)),
            ("disk and sockets alone", true, () => TakeRawAsync(process, rawLoad)),
        ];
        var turns = subjects.Select(_ => new Turn[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < subjects.Length; i++)
            {
                var turn = (round & 1) == 0 ? i : subjects.Length - 1 - i;
                turns[turn][round] = await subjects[turn].TakeAsync();
            }
            await Console.Error.WriteLineAsync($"round {round + 1} of {rounds}");
        }
        var table = report.AddTable(
            $"From posting to being read, {posts:N0} posts/s, {StreamsWorld.FollowersOfAuthor} readers each",
            "subject", "messages", "lost", "p50 ms", "p99 ms", "of all read", "from to", "p99 ms of each round",
            "longest ms");
        for (var i = 0; i < subjects.Length; i++)
            Add(table, subjects[i].Name, subjects[i].AllRead, turns[i], turns[0]);
        report.Note("\"of all read\" is the median of the ratios of p99 within the rounds. Disk and sockets alone: "
            + "a loop that writes what is due to a file, syncs it, and sends each post to as many readers.");
    }

    private void Add(Table table, string name, bool allRead, Turn[] turns, Turn[] all)
    {
        var ratios = turns.Zip(all, (turn, other) => turn.P99 / other.P99).ToArray();
        // Those that stall get nothing and are not counted; how many messages that is follows from their share.
        var expected = (long)posts * seconds * ReadersOfPost * turns.Length;
        table.Add(
            name, turns.Sum(turn => turn.Read), allRead ? expected - turns.Sum(turn => turn.Read) : "-",
            Rounds.Median([.. turns.Select(turn => turn.P50)]), Rounds.Median([.. turns.Select(turn => turn.P99)]),
            Rounds.Median(ratios),
            string.Create(CultureInfo.InvariantCulture, $"{ratios.Min():0.00} {ratios.Max():0.00}"),
            string.Join(" ", turns.Select(turn => $"{turn.P99:N0}")), turns.Max(turn => turn.Longest));
    }

    private async Task<Turn> TakeAsync(int stalled, CancellationToken ct)
    {
        using var load = await world.OpenAsync(UserPath, tokens, stalled);
        // The first second is the machine's to get used to it.
        await PostAsync(load, 1, ct);
        return await ReportAsync(load, await PostAsync(load, seconds, ct));
    }

    private async Task<Turn> TakeRawAsync(LineProcess raw, StreamLoad load)
    {
        var read = 0L;
        foreach (var lasts in (int[])[1, seconds])
        {
            await load.ResetAsync();
            await raw.AskAsync($"pace {posts} {lasts} {ReadersOfPost} {Path.Combine(world.Folder, "raw-posts")}");
            read = await load.AwaitAsync(long.MaxValue);
        }
        return await ReportAsync(load, read);
    }

    private async Task<(LineProcess Process, StreamLoad Load)> OpenRawAsync()
    {
        var (process, url) = await StreamsPeer.StartAsync(StreamsPeer.Raw);
        return (process, await StreamLoad.OpenAsync(url, BareStreams.Path, tokens, 0, atOnce: false, world.Folder));
    }

    private static async Task<Turn> ReportAsync(StreamLoad load, long read)
    {
        var (p50, p99, longest) = await load.AgesAsync();
        return new Turn(read, p50, p99, longest);
    }

    /// <summary>Posts at a steady pace; the reply is how many messages were read.</summary>
    private async Task<long> PostAsync(StreamLoad load, int lasts, CancellationToken ct)
    {
        await load.ResetAsync();
        var start = Stopwatch.GetTimestamp();
        var posting = new List<Task>();
        for (var posted = 0; posted < posts * lasts; posted++)
        {
            var wait = TimeSpan.FromSeconds((double)posted / posts) - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.FromMilliseconds(1))
                await Task.Delay(wait, TimeProvider.System, ct);
            posting.Add(world.PostAsync(ct).AsTask());
        }
        await Task.WhenAll(posting);
        await world.HandedOverAsync(ct);
        // Readers are not shared out evenly: wait until nothing comes any more.
        return await load.AwaitAsync(long.MaxValue);
    }

    /// <param name="Read">Messages.</param>
    private readonly record struct Turn(long Read, double P50, double P99, double Longest);
}
