using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>
/// Everybody has an inbox: what that takes of memory, and backlogs. Lengths are log-normal: half have 40 entries or
/// fewer, one in thirty would have more than 800. Every entry is delivered, so rings have grown as they do in life.
/// </summary>
internal static class CrowdBenchmark
{
    private const double MedianLength = 40;
    private const double Spread = 1.6;

    /// <summary>Where a length is cut off; an inbox keeps 800 all the same.</summary>
    private const int LengthMax = 1_000;

    private static readonly int[] _batches = [1_000, 8_192, 32_768];

    public static void Run(Report report, BenchSettings settings, InboxWorld world, Random random)
    {
        var lengths = new int[world.Accounts];
        for (var i = 0; i < lengths.Length; i++)
            lengths[i] = (int)Math.Min(LengthMax, MedianLength * Math.Exp(Spread * Normal(random)));
        using var arena = new InboxArena(((long)world.Accounts * 2_048) + (256 << 20));
        var seq = Fill(arena, lengths);
        Memory(report, arena, lengths);
        world.Seq = Math.Max(world.Seq, seq);

        var authors = world.Authors(random, settings.Quick ? 1_000 : _batches[^1], skew: 2);
        var batch = new Delivery[_batches[^1]];
        List<Subject> subjects = [];
        foreach (var length in _batches)
            subjects.Add(new(
                $"{length:#,0} a batch", () => DeliveryBenchmark.InBatches(world, arena, authors, batch, length, 1)));
        subjects.Add(new(
            $"{_batches[^1]:#,0} a batch, 2 writers",
            () => DeliveryBenchmark.InBatches(world, arena, authors, batch, _batches[^1], 2)));
        var measured = Rounds.RunAsync(settings, subjects).GetAwaiter().GetResult();
        DeliveryBenchmark.AddTable(
            report, "Delivery, the popular post more, everybody has an inbox", measured, measured[0]);
    }

    private static uint Fill(InboxArena arena, int[] lengths)
    {
        for (var i = 0; i < lengths.Length; i++)
        {
            if (!arena.Create(new AccountId(i + 1), 1, 0))
                throw new InvalidOperationException($"The arena's {arena.BytesMax} bytes are used up.");
        }
        int[] hungry = [.. Enumerable.Range(1, lengths.Length)];
        var count = hungry.Length;
        var seq = 0u;
        while (count > 0)
        {
            var left = 0;
            foreach (var account in hungry.AsSpan(0, count))
            {
                if (lengths[account - 1] > seq)
                    hungry[left++] = account;
            }
            count = left;
            if (count > 0)
                arena.Deliver(hungry.AsSpan(0, count), ++seq);
        }
        return seq;
    }

    private static void Memory(Report report, InboxArena arena, int[] lengths)
    {
        var table = report.AddTable(
            $"Memory of {lengths.Length:#,0} inboxes", "subject", "MB in all", "bytes an inbox", "bytes an entry");
        // One in a hundred is enough to weigh lists.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var lists = new List<List<long>>(lengths.Length / 100);
        for (var i = 0; i < lengths.Length; i += 100)
        {
            var list = new List<long>();
            for (var entry = 0; entry < Math.Min(lengths[i], InboxArena.Capacity); entry++)
                list.Add(entry);
            lists.Add(list);
        }
        var listBytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / lists.Count;
        GC.KeepAlive(lists);
        var entries = lengths.Average(length => (double)Math.Min(length, InboxArena.Capacity));
        Add("InboxArena", (double)arena.Bytes / lengths.Length);
        Add("List<long>", listBytes);
        Add("managed ring", (InboxArena.Capacity * sizeof(uint)) + 24 + 32);
        Array.Sort(lengths);
        var full = lengths.Count(length => length >= InboxArena.Capacity) * 100.0 / lengths.Length;
        report.Note(
            $"Inboxes there have {entries:0} entries on average, {lengths[lengths.Length / 2]} in the median, "
                + $"{full:0.0} % have {InboxArena.Capacity}.");

        void Add(string name, double bytes) =>
            table.Add(name, bytes * lengths.Length / 1e6, bytes, bytes / entries);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
