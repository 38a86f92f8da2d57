using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>
/// The same deliveries into Redis: a list for each account that has an inbox, LPUSHX of the seq, LTRIM to 800. Commands
/// are pipelined by the thousand over one connection, so what is measured is Redis, not the round trip. Its best way is
/// what ours are compared with: ours in small batches with its in small ones, and both in large ones.
/// </summary>
internal static class RedisBenchmark
{
    private const int EntriesAtStart = 100;
    private const int BatchLength = 1_000;
    private const int LargeBatchLength = 8_192;
    private const int RepliesMax = 8_192;

    /// <summary>Where trimming is put off: so many entries too many before it is done.</summary>
    private const int Slack = 200;

    public static void Run(Report report, BenchSettings settings, InboxWorld world, Random random, string hostAndPort)
    {
        using var redis = new RedisPeer(hostAndPort);
        Load(redis, world);
        var authors = world.Authors(random, settings.Quick ? 100 : 8 * LargeBatchLength, skew: 2);
        // Enough to time Redis.
        var some = authors[..Math.Min(authors.Length, 2 * BatchLength)];
        var many = authors[..Math.Min(authors.Length, LargeBatchLength)];
        var batch = new Delivery[LargeBatchLength];
        var measured = Rounds.Run(
            settings,
            new Subject($"InboxArena, {BatchLength:#,0} posts a batch", () => ToArena(BatchLength, writers: 1)),
            new Subject(
                $"InboxArena, {LargeBatchLength:#,0} posts a batch", () => ToArena(LargeBatchLength, writers: 1)),
            new Subject("the same, 2 writers", () => ToArena(LargeBatchLength, writers: 2)),
            new Subject("Redis, LPUSHX and LTRIM", () => Deliver(redis, world, some, trimAlways: true)),
            new Subject("Redis, LTRIM when 200 too many", () => Deliver(redis, world, some, trimAlways: false)),
            new Subject(
                $"Redis, {LargeBatchLength:#,0} posts, one LPUSHX an inbox, LTRIM when 200 too many",
                () => DeliverGrouped(redis, world, many)));
        var best = measured[3..].MinBy(one => one.Nanoseconds)!;
        DeliveryBenchmark.AddTable(report, "Delivery beside Redis, the popular post more", measured, best);
        Delete(redis, world);

        long ToArena(int length, int writers) =>
            DeliveryBenchmark.InBatches(world, world.Arena, authors, batch, length, writers);
    }

    /// <summary>What a backlog allows Redis: an inbox's new entries in one command.</summary>
    private static long DeliverGrouped(RedisPeer redis, InboxWorld world, AccountId[] authors)
    {
        var pairs = new List<(int Account, uint Seq)>();
        foreach (var author in authors)
        {
            var seq = ++world.Seq;
            foreach (var block in world.Graph.Followers(author).Blocks)
            {
                foreach (var account in block)
                {
                    if (world.Lists[account] is not null)
                        pairs.Add((account, seq));
                }
            }
        }
        pairs.Sort();
        var sent = new List<int>(RepliesMax);
        var made = 0L;
        foreach (var inbox in pairs.GroupBy(pair => pair.Account))
        {
            var seqs = inbox.Select(pair => pair.Seq).ToArray();
            redis.Begin(2 + seqs.Length);
            redis.Word("LPUSHX"u8);
            redis.Word("inbox:"u8, inbox.Key);
            foreach (var seq in seqs)
                redis.Word([], seq);
            sent.Add(inbox.Key);
            made += seqs.Length;
            if (sent.Count == RepliesMax)
                Settle(redis, sent, trimAlways: false);
        }
        Settle(redis, sent, trimAlways: false);
        return made;
    }

    private static long Deliver(RedisPeer redis, InboxWorld world, AccountId[] authors, bool trimAlways)
    {
        var sent = new List<int>(RepliesMax);
        var made = 0L;
        foreach (var author in authors)
        {
            var seq = ++world.Seq;
            foreach (var block in world.Graph.Followers(author).Blocks)
            {
                foreach (var account in block)
                {
                    // Roost's bits, too, keep those without an inbox from costing anything.
                    if (world.Lists[account] is null)
                        continue;
                    redis.Begin(3);
                    redis.Word("LPUSHX"u8);
                    redis.Word("inbox:"u8, account);
                    redis.Word([], seq);
                    if (trimAlways)
                        Trim(redis, account);
                    sent.Add(account);
                    if (sent.Count == RepliesMax)
                        made += Settle(redis, sent, trimAlways);
                }
            }
        }
        return made + Settle(redis, sent, trimAlways);
    }

    /// <summary>Sends, reads the replies, trims what has grown too long; counts entries added.</summary>
    private static long Settle(RedisPeer redis, List<int> sent, bool trimAlways)
    {
        redis.Send();
        var made = 0L;
        var trims = 0;
        foreach (var account in sent)
        {
            var length = redis.Reply();
            made += length > 0 ? 1 : 0;
            if (trimAlways)
                redis.Reply();
            else if (length >= InboxArena.Capacity + Slack)
            {
                Trim(redis, account);
                trims++;
            }
        }
        sent.Clear();
        redis.Send();
        for (; trims > 0; trims--)
            redis.Reply();
        return made;
    }

    private static void Trim(RedisPeer redis, int account)
    {
        redis.Begin(4);
        redis.Word("LTRIM"u8);
        redis.Word("inbox:"u8, account);
        redis.Word([], 0);
        redis.Word([], InboxArena.Capacity - 1);
    }

    private static void Load(RedisPeer redis, InboxWorld world)
    {
        var from = world.Seq;
        ForAll(redis, world, account =>
        {
            redis.Begin(2 + EntriesAtStart);
            redis.Word("LPUSH"u8);
            redis.Word("inbox:"u8, account);
            for (var i = 0u; i < EntriesAtStart; i++)
                redis.Word([], from + i);
        });
        world.Seq += EntriesAtStart;
    }

    private static void Delete(RedisPeer redis, InboxWorld world) => ForAll(redis, world, account =>
    {
        redis.Begin(2);
        redis.Word("DEL"u8);
        redis.Word("inbox:"u8, account);
    });

    private static void ForAll(RedisPeer redis, InboxWorld world, Action<int> command)
    {
        foreach (var some in world.Active.Chunk(RepliesMax / 8))
        {
            foreach (var account in some)
                command(account);
            redis.Send();
            foreach (var _ in some)
                redis.Reply();
        }
    }
}
