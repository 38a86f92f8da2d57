using Roost.Engine.Chains;
using Roost.Engine.Graph;
using Xunit;

namespace Roost.Tests.Engine.Chains;

public sealed class PostChainsTests
{
    [Fact]
    public void A_chain_without_entries_has_none()
    {
        var chains = new PostChains();

        Assert.True(chains.Newest(5).IsNone);
        Assert.True(chains.NewestBelow(5, 9).IsNone);
        Assert.True(chains.NewestBelow(5, 0).IsNone);
        Assert.True(chains.OldestAbove(5, 0).IsNone);
        Assert.True(chains.Previous(default).IsNone);
        Assert.Equal(0, chains.Count(5));
    }

    [Fact]
    public void Entries_that_do_not_ascend_are_refused()
    {
        var chains = new PostChains();
        chains.Append(1, 10);

        Assert.Throws<ArgumentException>(() => chains.Append(1, 10));
        Assert.Throws<ArgumentException>(() => chains.Append(2, 0));
        chains.Append(2, 3);

        Assert.Equal(10u, chains.Newest(1).Seq);
        Assert.Equal(2u, chains.Total);
    }

    [Theory]
    [InlineData(1, 1, 5_000)]
    [InlineData(2, 30, 20_000)]
    [InlineData(3, 50_000, 20_000)]
    public void A_chain_finds_its_entries_by_seq(int seed, int keys, int count)
    {
        var random = new Random(seed);
        var chains = new PostChains();
        var model = Fill(chains, random, keys, count, out var last);

        foreach (var (key, seqs) in model)
        {
            Assert.Equal(seqs.Count, chains.Count(key));
            Assert.Equal(Enumerable.Reverse(seqs), All(chains, key));
            for (var i = 0; i < 20; i++)
            {
                var at = i == 0 ? uint.MaxValue : i == 1 ? 0 : (uint)random.NextInt64(last + 2);
                Assert.Equal(seqs.LastOrDefault(seq => seq < at), chains.NewestBelow(key, at).Seq);
                Assert.Equal(seqs.FirstOrDefault(seq => seq > at), chains.OldestAbove(key, at).Seq);
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 20)]
    [InlineData(3, 400)]
    public void A_merge_has_all_chains_in_order_without_duplicates(int seed, int keys)
    {
        var random = new Random(seed);
        var byAuthor = new PostChains();
        var byAnswered = new PostChains();
        var authors = Fill(byAuthor, random, keys, 4_000, out var last);
        var answered = Fill(byAnswered, random, keys, 4_000, out _);

        for (var round = 0; round < 200; round++)
        {
            var bound = (uint)random.NextInt64(last + 2);
            var oldestFirst = random.Next(2) == 0;
            var wanted = Enumerable.Range(1, keys).Where(_ => random.Next(3) == 0).ToArray();
            var other = random.Next(1, keys + 1);
            var expected = wanted.SelectMany(key => authors.GetValueOrDefault(key) ?? [])
                .Concat(answered.GetValueOrDefault(other) ?? [])
                .Distinct()
                .Where(seq => oldestFirst ? seq > bound : seq < bound)
                .OrderBy(seq => oldestFirst ? seq : ~seq)
                .ToArray();

            using var merge = ChainMerge.Rent(oldestFirst);
            merge.Add(byAuthor, SortedIds.FromSorted(wanted), bound);
            merge.Add(byAnswered, other, bound);
            var page = new uint[random.Next(0, 50)];
            var count = merge.Take(page);
            var rest = new List<uint>(page[..count]);
            while (merge.TryNext(out var seq))
                rest.Add(seq);

            Assert.Equal(Math.Min(expected.Length, page.Length), count);
            Assert.Equal(expected, rest);
            Assert.False(merge.TryNext(out _));
        }
    }

    [Fact]
    public void A_chain_may_join_a_merge_that_has_begun()
    {
        var chains = new PostChains();
        chains.Append(1, 10);
        chains.Append(2, 20);
        chains.Append(1, 30);
        using var merge = ChainMerge.Rent();
        merge.Add(chains, 1, uint.MaxValue);
        Assert.True(merge.TryNext(out var seq));
        Assert.Equal(30u, seq);

        merge.Add(chains, 2, seq);

        Assert.True(merge.TryNext(out seq));
        Assert.Equal(20u, seq);
    }

    [Fact]
    public void A_merge_given_back_is_not_used_again_by_its_old_owner()
    {
        var chains = new PostChains();
        chains.Append(1, 10);
        var merge = ChainMerge.Rent();
        merge.Dispose();
        merge.Dispose();

        Assert.Throws<ObjectDisposedException>(() => merge.Add(chains, 1, uint.MaxValue));
    }

    [Fact]
    public void Merging_allocates_nothing_once_warm()
    {
        var chains = new PostChains();
        Fill(chains, new Random(1), 100, 10_000, out _);
        var ids = SortedIds.FromSorted([.. Enumerable.Range(1, 69)]);
        var page = new uint[20];

        var allocated = Allocations.Least(Merge);

        Assert.Equal(0, allocated);

        void Merge()
        {
            using var merge = ChainMerge.Rent();
            merge.Add(chains, ids, uint.MaxValue);
            merge.Take(page);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Readers_see_whole_chains_while_the_writer_appends(int seed)
    {
        // The chain of a key has the multiples of the key, up to some seq of which the reader knows a lower bound.
        const uint last = 120_000;
        var chains = new PostChains();
        var mark = 0u;
        var reader = Task.Run(
            () =>
            {
                var random = new Random(seed);
                for (var known = 0u; known < last;)
                {
                    known = Volatile.Read(ref mark);
                    var key = random.Next(1, 60);
                    var below = (uint)random.NextInt64(known + 1);
                    var entry = chains.NewestBelow(key, below);
                    Assert.Equal(below == 0 ? 0 : (below - 1) / (uint)key * (uint)key, entry.Seq);
                    var above = chains.OldestAbove(key, below);
                    Assert.True(above.IsNone || above.Seq == ((below / (uint)key) + 1) * (uint)key);

                    var newest = chains.Newest(key);
                    Assert.True(newest.Seq >= known / (uint)key * (uint)key);
                    for (var i = 0; i < 100 && !newest.IsNone; i++)
                    {
                        var previous = chains.Previous(newest);
                        Assert.Equal(newest.Seq - (uint)key, previous.Seq);
                        newest = previous;
                    }
                }
            },
            TestContext.Current.CancellationToken);

        for (var seq = 1u; seq <= last; seq++)
        {
            for (var key = 1u; key < 60; key++)
            {
                if (seq % key == 0)
                    chains.Append((int)key, seq);
            }
            Volatile.Write(ref mark, seq);
        }

        await reader;
    }

    private static Dictionary<int, List<uint>> Fill(
        PostChains chains, Random random, int keys, int count, out uint last)
    {
        var model = new Dictionary<int, List<uint>>();
        last = 0;
        for (var i = 0; i < count; i++)
        {
            last += (uint)random.Next(1, 4);
            var key = random.Next(1, keys + 1);
            chains.Append(key, last);
            if (!model.TryGetValue(key, out var seqs))
                model[key] = seqs = [];
            seqs.Add(last);
        }
        return model;
    }

    private static IEnumerable<uint> All(PostChains chains, int key)
    {
        for (var entry = chains.Newest(key); !entry.IsNone; entry = chains.Previous(entry))
            yield return entry.Seq;
    }
}
