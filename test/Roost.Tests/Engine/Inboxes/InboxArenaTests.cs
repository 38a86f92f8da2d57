using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Xunit;

namespace Roost.Tests.Engine.Inboxes;

public sealed class InboxArenaTests
{
    private const long Plenty = 64 << 20;

    [Fact]
    public void Only_those_with_an_inbox_get_a_delivery()
    {
        using var arena = new InboxArena(Plenty);
        Assert.True(arena.Create(new AccountId(3), 5, tag: 7));
        Assert.True(arena.Create(new AccountId(70_000), 5, tag: 8));

        Assert.Equal(2, arena.Deliver([1, 2, 3, 4, 70_000, 200_000, int.MaxValue, 0, -1, int.MinValue], 5));
        Assert.Equal(1, arena.Deliver(SortedIds.FromUnsorted(3, 4), 6));

        Assert.Equal([6, 5], Read(arena, 3, out var view));
        Assert.Equal(new InboxView(2, 5, 7, MoreBelow: false, MoreAbove: false), view);
        Assert.Equal([5], Read(arena, 70_000, out _));
        Assert.False(arena.TryRead(new AccountId(4), uint.MaxValue, 0, new uint[1], out _));
        Assert.False(arena.Contains(new AccountId(int.MaxValue)));
        Assert.False(arena.Contains(default));
        Assert.Equal(2, arena.Count);
    }

    [Fact]
    public void A_delivery_repeated_or_below_the_mark_is_passed_over()
    {
        using var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 10, 0);

        Assert.Equal(0, arena.Deliver([1], 9));
        Assert.Equal(1, arena.Deliver([1, 1], 10));
        Assert.Equal(0, arena.Deliver([1], 10));
        Assert.Equal(1, arena.Deliver([1], 12));
        Assert.Equal(0, arena.Deliver([1], 11));

        Assert.Equal([12, 10], Read(arena, 1, out _));
    }

    [Fact]
    public void A_full_inbox_is_complete_from_just_above_what_it_dropped()
    {
        using var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 0, 0);
        for (var seq = 2u; seq <= 1_602; seq += 2)
            Assert.Equal(1, arena.Deliver([1], seq));

        var seqs = Read(arena, 1, out var view);

        Assert.Equal(Enumerable.Range(0, 800).Select(i => 1_602u - (2 * (uint)i)), seqs);
        Assert.Equal(3u, view.CompleteFrom);
    }

    [Fact]
    public void An_inbox_dropped_and_made_again_is_empty()
    {
        using var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 1, 1);
        arena.Deliver([1], 1);

        Assert.True(arena.Drop(new AccountId(1)));
        Assert.False(arena.Drop(new AccountId(1)));
        Assert.False(arena.Contains(new AccountId(1)));
        Assert.Equal(0, arena.Deliver([1], 2));
        Assert.Equal(0, arena.Count);
        arena.Create(new AccountId(1), 3, 2);

        Assert.Empty(Read(arena, 1, out var view));
        Assert.Equal(new InboxView(0, 3, 2, false, false), view);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(800)]
    [InlineData(2_000)]
    public void An_inbox_is_installed_from_either_end_and_keeps_the_newest_800(int count)
    {
        using var arena = new InboxArena(Plenty);
        uint[] ascending = [.. Enumerable.Range(1, count).Select(i => 3 * (uint)i)];
        var expected = ascending.Reverse().Take(InboxArena.Capacity).ToArray();
        var from = count <= InboxArena.Capacity ? 2 : ascending[^(InboxArena.Capacity + 1)] + 1;

        Assert.True(arena.Install(new AccountId(1), ascending, 2, 9));
        Assert.True(arena.Install(new AccountId(2), [.. ascending.Reverse()], 2, 9));

        for (var account = 1; account <= 2; account++)
        {
            Assert.Equal(expected, Read(arena, account, out var view));
            Assert.Equal((from, 9), (view.CompleteFrom, view.Tag));
            Assert.Equal(1, arena.Deliver([account], 10_000));
            Assert.Equal([10_000, .. expected.Take(799)], Read(arena, account, out _));
        }
        Assert.Equal(2, arena.Count);
    }

    [Fact]
    public void Wrong_input_is_an_error_and_changes_nothing()
    {
        using var arena = new InboxArena(Plenty);

        Assert.Throws<ArgumentOutOfRangeException>(() => new InboxArena(1_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Create(default, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Deliver([1], 0));
        Assert.Throws<ArgumentException>(() => arena.Install(new AccountId(1), [5, 6, 6], 1, 0));
        Assert.Throws<ArgumentException>(() => arena.Install(new AccountId(1), [6, 5, 7], 1, 0));
        Assert.Throws<ArgumentException>(() => arena.Install(new AccountId(1), [6, 5], 6, 0));
        Assert.Throws<ArgumentException>(() => arena.Install(new AccountId(1), [0, 1], 0, 0));

        Assert.Equal(0, arena.Count);
        Assert.False(arena.Contains(new AccountId(1)));
    }

    [Fact]
    public void Nothing_is_left_after_disposing()
    {
        var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 1, 0);

        arena.Dispose();
        arena.Dispose();

        Assert.Equal(0, arena.Bytes);
        Assert.Equal(0, arena.Deliver([1], 1));
        Assert.False(arena.Contains(new AccountId(1)));
        Assert.Throws<ObjectDisposedException>(() => arena.Create(new AccountId(1), 1, 0));
    }

    [Fact]
    public void A_used_up_budget_refuses_newcomers_until_one_inbox_is_dropped()
    {
        using var arena = new InboxArena(4 << 20);
        uint[] full = [.. Enumerable.Range(1, 800).Select(i => (uint)i)];
        var count = 0;
        while (arena.Install(new AccountId(count + 1), full, 1, 0))
            count++;
        // What the lines and heads of 16,384 accounts leave of 4 MiB, in pieces of 2 MiB and the rest.
        Assert.Equal(((2 << 20) / 3_456) + ((512 << 10) / 3_456), count);
        while (arena.Create(new AccountId(arena.Count + 1), 1, 0))
            Assert.InRange(arena.Count, 1, count + 100);

        var newcomer = new AccountId(5_000);
        Assert.False(arena.Install(newcomer, full, 1, 0));
        Assert.True(arena.Drop(new AccountId(1)));
        Assert.True(arena.Install(newcomer, full, 1, 0));
        Assert.False(arena.Create(new AccountId(1), 1, 0));
        Assert.True(arena.Drop(new AccountId(2)));
        // A ring for 800 is cut into many of 15.
        for (var account = 6_000; account < 6_050; account++)
            Assert.True(arena.Create(new AccountId(account), 801, 0));

        // A newcomer far away needs heads of its own, which the budget does not stop.
        Assert.True(arena.Drop(newcomer));
        Assert.True(arena.Create(new AccountId(1_000_000), 801, 0));
        Assert.Equal(800, Read(arena, 3, out _).Length);
    }

    [Fact]
    public void An_inbox_that_cannot_grow_drops_its_oldest_sooner()
    {
        using var arena = new InboxArena(4 << 20);
        for (var account = 1; arena.Create(new AccountId(account), 1, 0);)
            account++;

        for (var seq = 1u; seq <= 50; seq++)
            Assert.Equal(1, arena.Deliver([9], seq));

        // One block of 15, and what has come since in the hot line.
        Assert.Equal(Enumerable.Range(0, 20).Select(i => 50 - (uint)i), Read(arena, 9, out var view));
        Assert.Equal(31u, view.CompleteFrom);

        // Memory that others give back lets it grow again, without a hole.
        for (var account = 100; account < 1_000; account++)
            arena.Drop(new AccountId(account));
        Assert.False(arena.Contains(new AccountId(100)));
        for (var seq = 51u; seq <= 100; seq++)
            arena.Deliver([9], seq);
        var kept = Read(arena, 9, out view);
        Assert.Equal(Enumerable.Range(0, kept.Length).Select(i => 100 - (uint)i), kept);
        Assert.Equal(kept[^1], view.CompleteFrom);
    }

    [Theory]
    [InlineData(1, 5, 200 << 20)]
    [InlineData(2, 300, 200 << 20)]
    [InlineData(3, 3_000, 4 << 20)]
    [InlineData(4, 140_000, 200 << 20)]
    public void An_arena_behaves_as_many_bounded_lists(int seed, int accounts, long bytesMax)
    {
        var random = new Random(seed);
        using var arena = new InboxArena(bytesMax);
        var model = new InboxModel(isTight: bytesMax < Plenty);
        var seq = 1u;

        for (var step = 0; step < 6_000; step++)
        {
            var account = random.Next(1, accounts + 1);
            switch (random.Next(20))
            {
                case 0:
                    var first = seq - (uint)random.Next((int)Math.Min(seq, 2_000));
                    var range = Enumerable.Range((int)first, (int)(seq - first));
                    uint[] seqs = [.. range.Where(_ => random.Next(3) == 0).Select(i => (uint)i)];
                    uint[] given = random.Next(2) == 0 ? seqs : [.. seqs.Reverse()];
                    if (arena.Install(new AccountId(account), given, first, step))
                        model.Install(account, seqs, first, step);
                    break;
                case 1:
                    Assert.Equal(model.Inboxes.Remove(account), arena.Drop(new AccountId(account)));
                    break;
                case 2:
                    if (arena.Create(new AccountId(account), seq, step))
                        model.Install(account, [], seq, step);
                    break;
                default:
                    seq += (uint)random.Next(1, 3);
                    var recipients = Enumerable.Range(0, random.Next(accounts < 10 ? 10 : 400));
                    int[] to = [.. recipients.Select(_ => random.Next(1, accounts + 1)).Distinct()];
                    var made = random.Next(2) == 0
                        ? arena.Deliver(to, seq)
                        : arena.Deliver(SortedIds.FromUnsorted(to), seq);
                    Assert.Equal(model.Deliver(to, seq), made);
                    model.Settle(to, arena);
                    break;
            }
            Assert.Equal(model.Inboxes.Count, arena.Count);
            model.AssertRead(random, arena, account, seq);
        }
        foreach (var account in model.Inboxes.Keys)
            model.AssertRead(random, arena, account, seq);
    }

    [Theory]
    [InlineData(11, 5, 1, 200 << 20)]
    [InlineData(12, 300, 1, 200 << 20)]
    [InlineData(13, 9_000, 2, 200 << 20)]
    [InlineData(14, 40_000, 3, 128 << 20)]
    [InlineData(15, 3_000, 2, 4 << 20)]
    [InlineData(16, 600, 1, 4 << 20)]
    public void Batches_of_any_size_leave_what_their_posts_would_one_by_one(int seed, int accounts, int writersMax, long bytesMax)
    {
        var random = new Random(seed);
        // Every batch that can be is sorted as a backlog, or none: which is decided by the seed.
        using var arena = new InboxArena(bytesMax)
        {
            BacklogIdsPerAccount = seed % 3 == 0 ? 4 : 0,
            BacklogInboxesMin = 0,
        };
        var model = new InboxModel(isTight: bytesMax < Plenty);
        var seq = 0u;
        var hub = SortedIds.FromUnsorted([.. Enumerable.Range(1, accounts).Where(_ => random.Next(2) == 0)]);

        for (var step = 0; step < 120; step++)
        {
            for (var i = random.Next(accounts < 10 ? 3 : 200); i >= 0; i--)
                Change(arena, model, random, random.Next(1, accounts + 1), seq + 1, step);
            var length = random.Next(4) switch { 0 => random.Next(3), 1 => random.Next(300), _ => random.Next(256, 900) };
            var batch = new Delivery[length];
            var expected = 0L;
            for (var i = 0; i < length; i++)
            {
                // Now and then a seq that was there already, or an older one.
                seq += random.Next(50) == 0 ? 0u : (uint)random.Next(1, 3);
                var sent = seq - (random.Next(50) == 0 ? Math.Min(seq - 1, 3) : 0);
                batch[i] = Post(random, accounts, sent, hub);
                AccountId[] singles = [batch[i].Author, batch[i].Answered];
                var to = batch[i].Audience.ToArray().Concat(singles.Select(id => id.Value)).ToArray();
                expected += model.Deliver(to, sent);
            }

            Assert.Equal(expected, arena.Deliver(batch, random.Next(1, writersMax + 1)));

            model.Settle([.. model.Inboxes.Keys], arena);
            Assert.Equal(model.Inboxes.Count, arena.Count);
            for (var i = 0; i < 60; i++)
                model.AssertRead(random, arena, random.Next(1, accounts + 1), seq);
        }
        foreach (var account in model.Inboxes.Keys)
            model.AssertRead(random, arena, account, seq);
        Assert.True(arena.Bytes <= arena.BytesMax || bytesMax < Plenty);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void A_post_to_very_many_is_divided_among_threads_and_reaches_each_once(int seed, int writersMax)
    {
        const int accounts = 500_000;
        var random = new Random(seed);
        using var arena = new InboxArena(200 << 20) { GiantIdsMin = 1_000 };
        var followers = SortedIds.FromSorted(
            [.. Enumerable.Range(1, accounts).Where(_ => random.Next(10) > 0)]);
        var some = SortedIds.FromSorted([.. Enumerable.Range(1, 900)]);
        for (var account = 1; account <= accounts; account += 1 + (account % 3))
            Assert.True(arena.Create(new AccountId(account), 1, 0));
        var present = Enumerable.Range(1, accounts).Where(id => arena.Contains(new AccountId(id))).ToHashSet();
        var expected = Enumerable.Range(0, accounts + 1).Select(_ => new List<uint>()).ToArray();

        for (var seq = 1u; seq <= 34; seq += 2)
        {
            Delivery[] batch =
            [
                new(seq, some, new AccountId(random.Next(1, accounts)), new AccountId(1)),
                new(seq + 1, followers, new AccountId(random.Next(1, accounts)), new AccountId(random.Next(1, accounts))),
            ];
            var made = 0L;
            foreach (var post in batch)
            {
                foreach (var id in post.Audience.ToArray().Append(post.Author.Value).Append(post.Answered.Value).Distinct())
                {
                    if (!present.Contains(id))
                        continue;
                    expected[id].Add(post.Seq);
                    made++;
                }
            }
            Assert.Equal(made, arena.Deliver(batch, writersMax));
        }

        foreach (var id in present)
            Assert.True(expected[id].AsEnumerable().Reverse().SequenceEqual(Read(arena, id, out _)), $"Account {id}");
    }

    [Fact]
    public void A_batch_with_a_wrong_seq_delivers_nothing()
    {
        using var arena = new InboxArena(Plenty);
        arena.Create(new AccountId(1), 1, 0);
        Delivery[] batch = [new(1, default, new AccountId(1)), new(0, default, new AccountId(1))];

        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Deliver(batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Deliver(batch.AsMemory(0, 1), writersMax: 0));

        Assert.Empty(Read(arena, 1, out _));
    }

    [Fact]
    public void Deliveries_and_reads_allocate_no_managed_memory()
    {
        using var arena = new InboxArena(Plenty);
        int[] accounts = [.. Enumerable.Range(1, 3_000)];
        var ids = SortedIds.FromSorted(accounts);
        foreach (var account in accounts)
            arena.Create(new AccountId(account), 1, 0);
        var page = new uint[20];
        arena.Deliver(accounts, 1);
        arena.Deliver(ids, 2);
        arena.TryRead(new AccountId(5), uint.MaxValue, 0, page, out _);
        var seq = 3u;
        var batch = new Delivery[40];
        arena.Deliver(batch.AsMemory(0, 0));

        // Rings grow on the way: they are native. The list of slabs grows a few times in all, not with every delivery.
        var allocated = Allocations.Least(() =>
        {
            for (var end = seq + 200; seq < end; seq += 2)
            {
                arena.Deliver(accounts, seq);
                arena.Deliver(ids, seq + 1);
                for (var i = 0; i < batch.Length; i++)
                    batch[i] = new Delivery(seq + 1, ids, new AccountId(i));
                arena.Deliver(batch);
                arena.TryRead(new AccountId((int)seq % 3_000), uint.MaxValue, 0, page, out _);
                arena.TryReadOldest(new AccountId((int)seq % 3_000), seq, 5, page, out _);
            }
        });

        Assert.Equal(0, allocated);
    }

    private static void Change(InboxArena arena, InboxModel model, Random random, int account, uint next, int tag)
    {
        var first = next - (uint)random.Next((int)Math.Min(next, 1_500));
        uint[] seqs = [.. Enumerable.Range((int)first, (int)(next - first)).Where(_ => random.Next(2) == 0).Select(i => (uint)i)];
        switch (random.Next(4))
        {
            case 0:
                Assert.Equal(model.Inboxes.Remove(account), arena.Drop(new AccountId(account)));
                break;
            case 1 when arena.Install(new AccountId(account), seqs, first, tag):
                model.Install(account, seqs, first, tag);
                break;
            case > 1 when arena.Create(new AccountId(account), next, tag):
                model.Install(account, [], next, tag);
                break;
            default:
                // The budget is used up: the owner drops somebody, for the next one.
                if (model.Inboxes.Count > 0)
                {
                    var dropped = model.Inboxes.Keys.First();
                    Assert.True(model.Inboxes.Remove(dropped) && arena.Drop(new AccountId(dropped)));
                }
                break;
        }
    }

    private static Delivery Post(Random random, int accounts, uint seq, SortedIds hub)
    {
        var audience = random.Next(30) == 0
            ? hub
            : SortedIds.FromUnsorted([.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(1, accounts + 1))]);
        return new Delivery(
            seq, audience, new AccountId(random.Next(accounts + 10)), new AccountId(random.Next(2) * random.Next(accounts + 1)));
    }

    private static uint[] Read(InboxArena arena, int account, out InboxView view)
    {
        var seqs = new uint[1_000];
        Assert.True(arena.TryRead(new AccountId(account), uint.MaxValue, 0, seqs, out view));
        return seqs[..view.Count];
    }
}
