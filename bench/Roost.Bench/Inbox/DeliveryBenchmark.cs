using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>Fan-out's innermost loop: posts, one by one and in batches, into the inboxes of their authors'
/// followers.</summary>
internal static class DeliveryBenchmark
{
    /// <summary>What fan-out gets in steady load, and what has gathered after a burst.</summary>
    private static readonly int[] _batches = [32, 256, 1_000, 8_192, 65_536, InboxWorld.BatchMax];

    public static void Run(Report report, BenchSettings settings, InboxWorld world, Random random)
    {
        var count = settings.Quick ? 1_024 : _batches[^1];
        Anyone(report, settings, world, "posts of anyone", world.Authors(random, count, skew: 1));
        Anyone(report, settings, world, "the popular post more", world.Authors(random, count / 4, skew: 2));
        AccountId[] giants = [.. Enumerable.Repeat(world.Giant, settings.Quick ? 1 : 10)];
        var giant = Rounds.Run(
            settings,
            new Subject("InboxArena", () => OneByOne(world, giants)),
            new Subject("List<long>", () => ToLists(world, giants)),
            new Subject("managed ring", () => ToRings(world, giants)));
        AddTable(report, "Delivery, a post of the largest account", giant, giant[1]);
    }

    private static void Anyone(
        Report report, BenchSettings settings, InboxWorld world, string title, AccountId[] authors)
    {
        var batch = new Delivery[_batches[^1]];
        // Peers are slow: some of the posts are enough to time them.
        var forPeers = authors[..(authors.Length / 8)];
        List<Subject> subjects =
        [
            new("List<long>", () => ToLists(world, forPeers)),
            new("managed ring", () => ToRings(world, forPeers)),
            new("InboxArena, one by one", () => OneByOne(world, authors)),
        ];
        var batches = _batches.Where(length => length <= authors.Length).ToArray();
        foreach (var length in batches)
            subjects.Add(new(
                $"{length:#,0} a batch", () => InBatches(world, world.Arena, authors, batch, length, 1)));
        subjects.Add(new(
            $"{batches[^1]:#,0} a batch, 2 writers",
            () => InBatches(world, world.Arena, authors, batch, batches[^1], 2)));
        var measured = Rounds.RunAsync(settings, subjects).GetAwaiter().GetResult();
        AddTable(report, $"Delivery, {title}", measured, measured[0]);
        var followers = authors.Average(author => (double)world.Graph.Followers(author).Count);
        report.Note($"Of '{title}' an author has {followers:0} followers on average.");
    }

    internal static void AddTable(Report report, string title, Measured[] measured, Measured reference)
    {
        var table = report.AddTable(
            title, "subject", "ns/delivery", "fastest", "slowest", "M deliveries/s", "bytes/delivery",
            $"times as fast as {reference.Name}");
        foreach (var one in measured)
        {
            table.Add(
                one.Name, one.Nanoseconds, one.NanosecondsPerOperation.Min(), one.NanosecondsPerOperation.Max(),
                one.PerSecond / 1e6, one.BytesPerOperation, one.TimesAsFastAs(reference));
        }
    }

    private static long OneByOne(InboxWorld world, AccountId[] authors)
    {
        var made = 0L;
        foreach (var author in authors)
            made += world.Arena.Deliver(world.Graph.Followers(author), ++world.Seq);
        return made;
    }

    /// <summary>As fan-out does it: asks for all audiences, then delivers the batch.</summary>
    internal static long InBatches(
        InboxWorld world, InboxArena arena, ReadOnlySpan<AccountId> authors, Delivery[] batch, int length,
        int writersMax)
    {
        var made = 0L;
        var audiences = world.Audiences.AsSpan();
        while (!authors.IsEmpty)
        {
            var next = authors[..Math.Min(length, authors.Length)];
            authors = authors[next.Length..];
            world.Graph.Followers(next, audiences);
            for (var i = 0; i < next.Length; i++)
                batch[i] = new Delivery(++world.Seq, audiences[i]);
            made += arena.Deliver(batch.AsMemory(0, next.Length), writersMax);
        }
        return made;
    }

    private static long ToLists(InboxWorld world, AccountId[] authors)
    {
        var made = 0L;
        foreach (var author in authors)
        {
            var seq = ++world.Seq;
            foreach (var block in world.Graph.Followers(author).Blocks)
            {
                foreach (var account in block)
                {
                    if (world.Lists[account] is not { } list)
                        continue;
                    // Bounded like the others, at an amortized cost of one copied entry a delivery.
                    if (list.Count == 2 * InboxArena.Capacity)
                        list.RemoveRange(0, InboxArena.Capacity);
                    list.Add(seq);
                    made++;
                }
            }
        }
        return made;
    }

    private static long ToRings(InboxWorld world, AccountId[] authors)
    {
        var made = 0L;
        foreach (var author in authors)
        {
            var seq = ++world.Seq;
            foreach (var block in world.Graph.Followers(author).Blocks)
            {
                foreach (var account in block)
                {
                    if (world.Rings[account] is not { } ring)
                        continue;
                    ring.Add(seq);
                    made++;
                }
            }
        }
        return made;
    }
}
