using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Engine.Chains;
using Roost.Engine.Graph;

namespace Roost.Bench.Inbox;

/// <summary>
/// What a home timeline is made of: deliveries, reads, the merge where there is no inbox, and the intersection that a
/// reply's fan-out is.
/// </summary>
internal static class InboxBenchmark
{
    private const int Followees = 69;
    private const int PageLength = 20;
    private const int PostsPerAccount = 4;

    private static readonly Option<int> _accounts = CreateAccountsOption();

    private static readonly Option<int> _seed = new("--seed")
    {
        Description = "Of the made-up network.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string?> _redis = new("--redis")
    {
        Description = "HOST:PORT of a Redis to compare with. Its lists inbox:1, inbox:2, … are made, then deleted.",
    };

    public static Command Verb() => Verbs.Create(
        "inbox",
        "Deliveries into inboxes and reads of them beside List<long> and a managed ring; merge and intersection "
            + "beside what the class library has. Example: roost-bench inbox --accounts 250000",
        (parsed, settings) => Run(
            settings, parsed.GetValue(_accounts), parsed.GetValue(_seed), parsed.GetValue(_redis)),
        _accounts, _seed, _redis);

    private static Report Run(BenchSettings settings, int accounts, int seed, string? redis)
    {
        if (settings.Quick)
            accounts = Math.Min(accounts, 20_000);
        var start = Stopwatch.GetTimestamp();
        // Nothing here allocates, beside the millions of objects of the network.
        settings = settings with { Collect = false };
        using var world = InboxWorld.Create(accounts, seed);
        Console.Error.WriteLine($"network made in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

        var report = new Report("Inboxes");
        var random = new Random(seed);
        DeliveryBenchmark.Run(report, settings, world, random);
        if (redis is null)
            report.Note("Redis was not measured: --redis HOST:PORT names one that may be filled and emptied.");
        else
            RedisBenchmark.Run(report, settings, world, random, redis);
        ReadingBenchmark.Run(report, settings, world, random);
        world.Post(random, PostsPerAccount * accounts);
        Merge(report, settings, world, random);
        Intersect(report, settings, random);
        var followers = world.Graph.Followers(world.Giant).Count;
        report.Note(
            $"{accounts:#,0} accounts, {world.Graph.Count:#,0} follows, {world.Arena.Count:#,0} inboxes, seed {seed}; "
                + $"the largest account has {followers:#,0} followers.");
        world.Dispose();
        CrowdBenchmark.Run(report, settings, world, random);
        return report;
    }

    private static void Merge(Report report, BenchSettings settings, InboxWorld world, Random random)
    {
        foreach (var length in new[] { PageLength, 800 })
        {
            // Each reader follows others: chains are met cold, as in life.
            var readers = Enumerable.Range(0, settings.Quick ? 100 : 200_000 / length)
                .Select(_ => RandomIds(random, Followees, world.Accounts))
                .ToArray();
            var page = new uint[length];
            var measured = Rounds.Run(
                settings,
                new Subject("ChainMerge", () => Count(readers, followees =>
                {
                    using var merge = ChainMerge.Rent();
                    merge.Add(world.Chains, followees, uint.MaxValue);
                    return 1 + merge.Take(page);
                })),
                new Subject(
                    "PriorityQueue", () => Count(readers, followees => 1 + MergeLists(world, followees, page))));
            report.AddRounds($"Merge of {Followees} followees, newest {length}", "page", measured, measured[1]);
        }
    }

    private static int MergeLists(InboxWorld world, SortedIds followees, Span<uint> page)
    {
        var queue = new PriorityQueue<(List<uint> Seqs, int Index), uint>();
        foreach (var block in followees.Blocks)
        {
            foreach (var account in block)
            {
                if (world.PostsByAuthor[account] is { } seqs)
                    queue.Enqueue((seqs, seqs.Count - 1), ~seqs[^1]);
            }
        }
        var count = 0;
        while (count < page.Length && queue.TryDequeue(out var item, out var order))
        {
            page[count++] = ~order;
            if (item.Index > 0)
                queue.Enqueue((item.Seqs, item.Index - 1), ~item.Seqs[item.Index - 1]);
        }
        return count;
    }

    private static void Intersect(Report report, BenchSettings settings, Random random)
    {
        var length = settings.Quick ? 10_000 : 1_000_000;
        var a = RandomIds(random, length, 4 * length);
        var b = RandomIds(random, length, 4 * length);
        // As when the followers of somebody answered by a giant are few.
        var few = RandomIds(random, 100, 4 * length);
        var hashed = new HashSet<int>(a.ToArray());
        var flat = a.ToArray();
        var other = b.ToArray();
        var fewFlat = few.ToArray();
        var measured = Rounds.Run(
            settings,
            new Subject("SortedIds.IntersectCount", () => Repeat(10, () => SortedIds.IntersectCount(a, b))),
            new Subject("HashSet<int>.Contains", () => Repeat(1, () => other.Count(hashed.Contains))),
            new Subject("two pointers", () => Repeat(5, () => CountByTwoPointers(flat, other))));
        report.AddRounds($"Intersection of two sets of {a.Count:#,0}", "set", measured, measured[1]);

        measured = Rounds.Run(
            settings,
            new Subject("SortedIds.IntersectCount", () => Repeat(1_000, () => SortedIds.IntersectCount(few, b))),
            new Subject(
                "100 × Array.BinarySearch",
                () => Repeat(1_000, () => fewFlat.Count(id => Array.BinarySearch(other, id) >= 0))));
        report.AddRounds(
            $"Intersection of a set of {few.Count} with one of {b.Count:#,0}", "set", measured, measured[1]);
    }

    private static SortedIds RandomIds(Random random, int count, int idMax)
    {
        var ids = new HashSet<int>(count);
        while (ids.Count < count)
            ids.Add(random.Next(1, idMax + 1));
        return SortedIds.FromUnsorted([.. ids]);
    }

    private static int CountByTwoPointers(int[] a, int[] b)
    {
        int i = 0, j = 0, count = 0;
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j])
                (i, j, count) = (i + 1, j + 1, count + 1);
            else if (a[i] < b[j])
                i++;
            else
                j++;
        }
        return count;
    }

    /// <summary>
    /// Runs for each item; the results are summed so that nothing can be left out, and must be positive.
    /// </summary>
    internal static long Count<T>(T[] items, Func<T, int> run)
    {
        var sum = 0L;
        foreach (var item in items)
            sum += run(item);
        return sum > 0 ? items.Length : throw new InvalidOperationException("The benchmark read nothing.");
    }

    private static long Repeat(int times, Func<int> run)
    {
        var sum = 0L;
        for (var i = 0; i < times; i++)
            sum += run();
        return sum >= 0 ? times : -1;
    }

    private static Option<int> CreateAccountsOption()
    {
        var option = new Option<int>("--accounts")
        {
            Description = "Accounts in the network, 10,000 to 4,000,000. Reckon with 6 GB a million, mostly for peers.",
            DefaultValueFactory = _ => 1_000_000,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 10_000 or > 4_000_000)
                result.AddError("--accounts must be from 10,000 to 4,000,000.");
        });
        return option;
    }
}
