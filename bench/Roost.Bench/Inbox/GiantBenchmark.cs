using System.Globalization;
using Roost.Bench.Frame;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>
/// One post to 31 million followers who all have an inbox, as many as the account with the most followers had in 2013.
/// Fewer where memory does not suffice.
/// </summary>
internal static class GiantBenchmark
{
    private const int Followers = 31_000_000;

    /// <summary>Line, head, a ring of one block, and the id in the list of followers.</summary>
    private const long BytesPerFollower = 96 + 64 + 12;

    private const long BytesKept = 2L << 30;

    /// <summary>What rings of one block take, beside the line.</summary>
    private const int PostsMax = 30;

    public static Report Run(BenchSettings settings)
    {
        var report = new Report("Inboxes of a giant's followers");
        var affordable = (AvailableBytes() - BytesKept) / BytesPerFollower;
        var followers = (int)Math.Min(settings.Quick ? 300_000 : Followers, Math.Max(1_000_000, affordable));
        var ids = new int[followers];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = i + 1;
        var audience = SortedIds.FromSorted(ids);
        using var arena = new InboxArena(((long)followers * 164) + (256 << 20));
        for (var account = 1; account <= followers; account++)
        {
            if (!arena.Create(new AccountId(account), 1, 0))
                throw new InvalidOperationException($"The arena's {arena.BytesMax} bytes are used up.");
        }
        var seq = 0u;
        var rounds = Math.Min(settings.Rounds, (PostsMax / 2) - 2);
        var measured = Rounds.Run(
            settings with { Rounds = rounds },
            new Subject("1 writer", () => Post(writers: 1)), new Subject("2 writers", () => Post(writers: 2)));
        var table = report.AddTable(
            $"One post reaches {followers:#,0} followers", "subject", "s (median)", "fastest", "slowest",
            "M deliveries/s");
        foreach (var one in measured)
        {
            var seconds = one.NanosecondsPerOperation.Select(nanoseconds => nanoseconds * followers / 1e9).ToArray();
            table.Add(one.Name, Rounds.Median(seconds), seconds.Min(), seconds.Max(), one.PerSecond / 1e6);
        }
        report.Note(
            $"Those inboxes take {arena.Bytes / 1e9:0.0} GB. One post in 15 finds all lines full, and copies them to "
                + "their rings: the slowest.");
        if (followers < Followers && !settings.Quick)
            report.Note($"They are fewer than {Followers:#,0}, for want of memory.");
        return report;

        long Post(int writers)
        {
            var made = arena.Deliver(new Delivery[] { new(++seq, audience) }, writers);
            return made == followers
                ? made : throw new InvalidOperationException($"{made} of {followers} were reached.");
        }
    }

    private static long AvailableBytes()
    {
        const string available = "MemAvailable:";
        if (!OperatingSystem.IsLinux())
            return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        var line = File.ReadLines("/proc/meminfo").First(line => line.StartsWith(available, StringComparison.Ordinal));
        var kibibytes = line[available.Length..].Replace("kB", "", StringComparison.Ordinal);
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }
}
