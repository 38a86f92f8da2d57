using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Xunit;

namespace Roost.Tests.Engine.Inboxes;

/// <summary>
/// Readers against a writer that delivers, drops, creates and installs. Account a gets the multiples of a and nothing
/// else, so a reader can tell a torn, stale or foreign entry from a right one.
/// </summary>
public sealed class InboxArenaConcurrencyTests
{
    private const int Accounts = 12;
    private const uint Last = 60_000;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 7, 1)]
    [InlineData(4, 200, 1)]
    [InlineData(5, 700, 1)]
    [InlineData(6, 700, 2)]
    [InlineData(7, 3_000, 3)]
    public async Task Readers_see_contiguous_windows_of_what_was_delivered(int seed, int batchMax, int writersMax)
    {
        // A budget from 128 MiB on has memory to sort backlogs, and every batch that can be one is.
        using var arena = new InboxArena(batchMax > 256 ? 128 << 20 : 16 << 20)
        {
            BacklogIdsPerAccount = 0,
            BacklogInboxesMin = 0,
        };
        for (var account = 1; account <= Accounts; account++)
            arena.Create(Id(account), 1, Tag(account, 1));
        var mark = 0u;
        var ct = TestContext.Current.CancellationToken;
        var readers = new[]
        {
            Task.Run(() => Read(arena, new Random(seed), ref mark), ct),
            Task.Run(() => Read(arena, new Random(~seed), ref mark), ct),
            Task.Run(() => Read(arena, new Random(seed << 8), ref mark), ct),
        };

        var random = new Random(seed);
        var batch = new Delivery[batchMax];
        for (var seq = 1u; seq <= Last;)
        {
            var length = Math.Min(random.Next(1, batchMax + 1), (int)(Last + 1 - seq));
            for (var i = 0; i < length; i++, seq++)
            {
                var to = Enumerable.Range(1, Accounts).Where(account => seq % account == 0).Select(account => Id(account).Value);
                batch[i] = new Delivery(seq, SortedIds.FromSorted([.. to]), Id(1));
            }
            arena.Deliver(batch.AsMemory(0, length), writersMax);
            if (random.Next(8) == 0)
                Change(arena, random, seq - 1);
            Volatile.Write(ref mark, seq - 1);
        }

        await Task.WhenAll(readers);
    }

    private static void Change(InboxArena arena, Random random, uint seq)
    {
        var account = random.Next(1, Accounts + 1);
        var from = seq + 1 - (uint)random.Next(1, (int)Math.Min(seq, 900) + 1);
        arena.Drop(Id(account));
        if (random.Next(2) == 0)
            Assert.True(arena.Create(Id(account), seq + 1, Tag(account, seq + 1)));
        else
        {
            uint[] seqs =
            [
                .. Enumerable.Range((int)from, (int)(seq + 1 - from)).Where(i => i % account == 0).Select(i => (uint)i),
            ];
            Assert.True(arena.Install(Id(account), seqs, from, Tag(account, from)));
        }
    }

    private static void Read(InboxArena arena, Random random, ref uint mark)
    {
        var page = new uint[InboxArena.Capacity];
        for (var known = 0u; known < Last;)
        {
            known = Volatile.Read(ref mark);
            var account = random.Next(1, Accounts + 1);
            var a = (uint)account;
            var oldest = random.Next(4) == 0;
            var above = oldest ? (uint)random.NextInt64(known + 1) : 0;
            var limit = random.Next(1, page.Length);
            var below = random.Next(2) == 0 ? uint.MaxValue : (uint)random.NextInt64(known + 2);
            var found = oldest
                ? arena.TryReadOldest(Id(account), below, above, page.AsSpan(0, limit), out var view)
                : arena.TryRead(Id(account), below, above, page.AsSpan(0, limit), out view);
            // Between drop and creation there is no inbox.
            if (!found)
                continue;

            Assert.Equal(account, view.Tag & 15);
            Assert.True((uint)(view.Tag >> 4) <= view.CompleteFrom, "The mark only rises.");
            var seqs = page.AsSpan(0, view.Count);
            if (oldest)
                seqs.Reverse();
            for (var i = 0; i < seqs.Length; i++)
            {
                Assert.True(seqs[i] % a == 0 && seqs[i] > above && seqs[i] < below && seqs[i] >= view.CompleteFrom);
                var hasHole = i > 0 && seqs[i] != seqs[i - 1] - a;
                Assert.False(hasHole, $"Account {account} has a hole just above {seqs[i]}.");
            }
            // All that was delivered before the read, from the mark on and in the range, must be there, unless the page
            // was full.
            if (!view.MoreBelow && !view.MoreAbove)
            {
                var low = Math.Max(view.CompleteFrom, above + 1);
                var oldestDue = (low + a - 1) / a * a;
                var newestDue = Math.Min(known, below - 1) / a * a;
                var isNothingDue = below == 0 || newestDue < oldestDue;
                Assert.True(isNothingDue || (seqs.Length > 0 && seqs[0] >= newestDue && seqs[^1] == oldestDue));
            }
        }
    }

    /// <summary>Far from each other, so that several writers have something to divide.</summary>
    private static AccountId Id(int account) => new(account * 5_000);

    /// <summary>The account, and above it where its inbox began.</summary>
    private static int Tag(int account, uint from) => (int)(from << 4) | account;
}
