using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Engine.Chains;
using Roost.Engine.Graph;

namespace Roost.Bench.Inbox;

/// <summary>
/// What a home timeline is made of: deliveries, reads, and the merge where there is no inbox.
/// </summary>
internal static class InboxBenchmark
{
    private const int PageLength = 20;

    /// <summary>How many somebody follows: the mean of the largest networks, and who follows very many.</summary>
    private static readonly int[] _followees = [69, 1_000];
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

    private static readonly Option<bool> _giant = new("--giant")
    {
        Description = "Instead: one post to 31,000,000 followers who all have an inbox, in 5.3 GB of memory.",
    };

    public static Command Verb() => Verbs.Create(
        "inbox",
        "Deliveries into inboxes and reads of them beside List<long> and a managed ring; merge beside "
            + "what the class library has. Example: roost-bench inbox --accounts 250000",
        (parsed, settings) => parsed.GetValue(_giant)
            ? GiantBenchmark.Run(settings)
            : Run(settings, parsed.GetValue(_accounts), parsed.GetValue(_seed), parsed.GetValue(_redis)),
        _accounts, _seed, _redis, _giant);

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
        foreach (var followees in _followees)
            Merge(report, settings, world, random, followees);
        var followers = world.Graph.Followers(world.Giant).Count;
        report.Note(
            $"{accounts:#,0} accounts, {world.Graph.Count:#,0} follows, {world.Arena.Count:#,0} inboxes, seed {seed}; "
                + $"the largest account has {followers:#,0} followers.");
        world.Dispose();
        CrowdBenchmark.Run(report, settings, world, random);
        return report;
    }

    private static void Merge(
        Report report, BenchSettings settings, InboxWorld world, Random random, int followed)
    {
        foreach (var length in new[] { PageLength, 800 })
        {
            // Each reader follows others: chains are met cold, as in life.
            var readers = Enumerable.Range(0, settings.Quick ? 100 : 400_000 / (length + followed))
                .Select(_ => RandomIds(random, followed, world.Accounts))
                .ToArray();
            var page = new uint[length];
            var measured = Rounds.Run(
                settings,
                new Subject("ChainMerge", () => Count(readers, followees =>
                {
                    using var merge = ChainMerge.Rent(wanted: length);
                    merge.Add(world.Chains, followees, uint.MaxValue);
                    return 1 + merge.Take(page);
                })),
                new Subject(
                    "PriorityQueue", () => Count(readers, followees => 1 + MergeLists(world, followees, page))));
            report.AddRounds($"Merge of {followed} followees, newest {length}", "page", measured, measured[1]);
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

    private static SortedIds RandomIds(Random random, int count, int idMax)
    {
        var ids = new HashSet<int>(count);
        while (ids.Count < count)
            ids.Add(random.Next(1, idMax + 1));
        return SortedIds.FromUnsorted([.. ids]);
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
