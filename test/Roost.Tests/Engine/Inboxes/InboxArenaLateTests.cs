using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Xunit;

namespace Roost.Tests.Engine.Inboxes;

public sealed class InboxArenaLateTests
{
    private const long Plenty = 64 << 20;

    [Fact]
    public void A_late_delivery_goes_where_it_belongs()
    {
        using var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 10, 0);
        arena.Create(new AccountId(2), 10, 0);
        arena.Deliver([1], 20);
        arena.Deliver([1], 30);

        Assert.Equal(2, arena.DeliverLate((int[])[1, 2, 3, -1, 0, 200_000], 25));
        Assert.Equal(0, arena.DeliverLate((int[])[1, 2], 25));
        Assert.Equal(1, arena.DeliverLate((int[])[1, 1], 10));
        Assert.Equal(0, arena.DeliverLate((int[])[1, 2], 9));
        Assert.Equal(1, arena.DeliverLate((int[])[1], 31));

        Assert.Equal([31, 30, 25, 20, 10], Read(arena, 1, out var view));
        Assert.Equal(10u, view.CompleteFrom);
        Assert.Equal([25], Read(arena, 2, out _));
    }

    [Fact]
    public void A_late_delivery_to_a_full_inbox_pushes_the_oldest_out_unless_it_is_older()
    {
        using var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 0, 0);
        for (var seq = 2u; seq <= 1_602; seq += 2)
            arena.Deliver([1], seq);

        Assert.Equal(0, arena.DeliverLate((int[])[1], 1));
        Assert.Equal(1, arena.DeliverLate((int[])[1], 3));
        Assert.Equal(0, arena.DeliverLate((int[])[1], 3));
        Assert.Equal(1, arena.DeliverLate((int[])[1], 1_001));
        Assert.Equal(0, arena.DeliverLate((int[])[1], 3));

        uint[] all = [.. Enumerable.Range(2, 800).Select(i => 2 * (uint)i - 2), 1_602, 3, 1_001];
        var expected = all.OrderDescending().Take(800).ToArray();
        Assert.Equal(expected, Read(arena, 1, out var view));
        Assert.Equal(5u, view.CompleteFrom);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.DeliverLate((int[])[1], 0));
    }

    [Theory]
    [InlineData(21, 3, 200 << 20)]
    [InlineData(22, 50, 200 << 20)]
    [InlineData(23, 2_000, 200 << 20)]
    [InlineData(24, 2_000, 4 << 20)]
    public void In_whatever_order_posts_come_inboxes_end_as_bounded_sorted_lists(int seed, int accounts, long bytesMax)
    {
        var random = new Random(seed);
        using var arena = new InboxArena(bytesMax) { LatePartMin = 8 };
        var isTight = bytesMax < Plenty;
        var model = new InboxModel(isTight);
        var seq = 1u;

        for (var step = 0; step < 6_000; step++)
        {
            var account = random.Next(1, accounts + 1);
            int[] to = [.. Enumerable.Range(0, random.Next(400)).Select(_ => random.Next(1, accounts + 1)).Distinct()];
            switch (random.Next(10))
            {
                case 0:
                    if (arena.Create(new AccountId(account), seq, step))
                        model.Install(account, [], seq, step);
                    break;
                case 1 when random.Next(4) == 0:
                    Assert.Equal(model.Inboxes.Remove(account), arena.Drop(new AccountId(account)));
                    break;
                case < 6:
                    seq += (uint)random.Next(1, 5);
                    Assert.Equal(model.Deliver(to, seq), arena.Deliver(to, seq));
                    model.Settle(to, arena);
                    break;
                default:
                    var late = Math.Max(1, seq - (uint)random.Next((int)Math.Min(seq, random.Next(2) == 0 ? 40 : 3_000)));
                    var made = step % 2 == 0
                        ? arena.DeliverLate(to, late)
                        : arena.DeliverLate(to.Order().ToArray(), late, writersMax: 3);
                    Assert.True(model.DeliverLate(to, late) == made || isTight);
                    model.Settle(to, arena);
                    break;
            }
            Assert.Equal(model.Inboxes.Count, arena.Count);
            model.AssertRead(random, arena, account, seq);
        }
        foreach (var account in model.Inboxes.Keys)
            model.AssertRead(random, arena, account, seq);
    }

    [Fact]
    public async Task Readers_beside_late_deliveries_see_sorted_lists_without_doubles()
    {
        using var arena = new InboxArena(Plenty);
        int[] accounts = [.. Enumerable.Range(1, 40)];
        foreach (var account in accounts)
            arena.Create(new AccountId(account), 0, 0);
        var ended = false;
        var writer = Task.Run(() =>
        {
            // Three at a time, the middle one last: every inbox always takes one below two newer ones.
            for (var seq = 1u; seq < 60_000; seq += 3)
            {
                arena.Deliver(accounts, seq);
                arena.Deliver(accounts, seq + 2);
                arena.DeliverLate(accounts, seq + 1);
            }
            Volatile.Write(ref ended, true);
        }, TestContext.Current.CancellationToken);

        var seqs = new uint[InboxArena.Capacity];
        for (var reads = 0; !Volatile.Read(ref ended); reads++)
        {
            Assert.True(arena.TryRead(new AccountId(1 + (reads % 40)), uint.MaxValue, 0, seqs, out var view));
            for (var i = 1; i < view.Count; i++)
                Assert.True(seqs[i] < seqs[i - 1] && seqs[i - 1] - seqs[i] <= 2, $"{seqs[i]} follows {seqs[i - 1]}");
            Assert.True(view.Count == 0 || view.CompleteFrom <= seqs[view.Count - 1]);
        }
        await writer;

        Assert.Equal(Enumerable.Range(0, 800).Select(i => 60_000 - (uint)i), Read(arena, 7, out _));
    }

    private static uint[] Read(InboxArena arena, int account, out InboxView view)
    {
        var seqs = new uint[1_000];
        Assert.True(arena.TryRead(new AccountId(account), uint.MaxValue, 0, seqs, out view));
        return seqs[..view.Count];
    }
}
