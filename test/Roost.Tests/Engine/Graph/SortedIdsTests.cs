using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Xunit;

namespace Roost.Tests.Engine.Graph;

public sealed class SortedIdsTests
{
    [Fact]
    public void The_empty_set_has_nothing()
    {
        var empty = SortedIds.Empty;

        Assert.Equal(0, empty.Count);
        Assert.False(empty.Contains(new AccountId(1)));
        Assert.Equal(0, empty.NextPage(0, new int[3]));
        Assert.Equal(0, SortedIds.IntersectCount(empty, SortedIds.FromUnsorted(1, 2)));
        Assert.Equal(0, SortedIds.FromSorted([]).Count);
        foreach (var _ in empty.Blocks)
            Assert.Fail("An empty set has no blocks.");
    }

    [Fact]
    public void Unsorted_ids_are_sorted_and_duplicates_dropped() =>
        Assert.Equal([1, 3, 9], SortedIds.FromUnsorted(9, 3, 1, 3, 9).ToArray());

    [Theory]
    [InlineData(new[] { 1, 1 })]
    [InlineData(new[] { 2, 1 })]
    [InlineData(new[] { 0, 1 })]
    [InlineData(new[] { -5 })]
    public void Ids_out_of_order_are_no_sorted_ids(int[] ids) =>
        Assert.Throws<ArgumentException>(() => SortedIds.FromSorted(ids));

    [Fact]
    public void Wrong_ids_and_short_destinations_are_errors()
    {
        Assert.Throws<ArgumentException>(() => SortedIds.FromUnsorted(3, 0));
        Assert.Throws<ArgumentException>(() => SortedIds.FromUnsorted(3, 4).CopyTo(new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SortedIds.Empty.With(default));
        Assert.Throws<ArgumentException>(
            () => SortedIds.Intersect(SortedIds.FromUnsorted(1, 2), SortedIds.FromUnsorted(1, 2), new int[1]));
        Assert.Throws<ArgumentException>(() => new Intersection(default, default, new int[10]).MoveNext());
    }

    [Theory]
    [InlineData(1, 3_000, 4_000)]
    [InlineData(2, 300_000, 20_000)]
    [InlineData(3, 2_000, 60_000)]
    public void Adding_and_removing_behaves_as_a_sorted_set(int seed, int idMax, int steps)
    {
        var random = new Random(seed);
        var model = new SortedSet<int>();
        var ids = SortedIds.Empty;

        for (var step = 0; step < steps; step++)
        {
            // Waves of growth and shrinkage, so that blocks split and join again.
            var grows = step / (steps / 8) % 2 == 0;
            var id = new AccountId(random.Next(1, idMax + 1));
            var before = ids;
            if (random.Next(10) < (grows ? 9 : 1))
            {
                ids = ids.With(id);
                Assert.Equal(model.Add(id.Value), ids.Count > before.Count);
            }
            else
            {
                if (!grows && model.Count > 0)
                    id = new AccountId(model.GetViewBetween(random.Next(1, model.Max + 1), model.Max).Min);
                ids = ids.Without(id);
                Assert.Equal(model.Remove(id.Value), ids.Count < before.Count);
            }
            Assert.Equal(model.Count, ids.Count);
            Assert.Equal(model.Contains(id.Value), ids.Contains(id));
            if (step % (steps / 40) == 0)
                AssertSame(model, ids, random);
        }
        AssertSame(model, ids, random);
    }

    [Fact]
    public void Ids_that_ascend_fill_their_blocks()
    {
        var ids = SortedIds.Empty;
        for (var id = 1; id <= 300_000; id++)
            ids = ids.With(new AccountId(id));

        var blocks = 0;
        foreach (var block in ids.Blocks)
            blocks++;

        Assert.Equal(300_000, ids.Count);
        Assert.InRange(blocks, 292, 300);
        for (var id = 300_000; id > 3; id--)
            ids = ids.Without(new AccountId(id));
        Assert.Equal([1, 2, 3], ids.ToArray());
    }

    [Fact]
    public void One_more_follower_of_a_giant_copies_little()
    {
        var ids = SortedIds.FromSorted([.. Enumerable.Range(1, 3_000_000).Select(i => 2 * i)]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var more = ids.With(new AccountId(3_000_001));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000);
        Assert.Equal(3_000_001, more.Count);
        Assert.Equal(3_000_000, ids.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_intersection_has_what_both_have(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var idMax = 1 << random.Next(3, 19);
            var a = Some(random, idMax);
            var b = Some(random, idMax);
            var expected = a.ToArray().Intersect(b.ToArray()).Order().ToArray();

            Assert.Equal(expected, SortedIds.Intersect(a, b).ToArray());
            Assert.Equal(expected, SortedIds.Intersect(b, a).ToArray());
            Assert.Equal(expected.Length, SortedIds.IntersectCount(a, b));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void All_ways_to_intersect_two_runs_agree(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++)
        {
            var idMax = random.Next(1, IdBlocks.BlockMax + 1);
            var a = Run(random, idMax);
            var b = Run(random, idMax);
            var expected = a.Intersect(b).Order().ToArray();
            var output = new int[Intersection.BufferLength];

            int i = 0, j = 0;
            var n = IdMerge.MergeEights(a, b, output, ref i, ref j);
            Assert.Equal(expected, output[..IdMerge.MergeRest(a, b, output, n, ref i, ref j)]);
            Assert.True(i == a.Length || j == b.Length);

            (i, j) = (0, 0);
            n = IdMerge.MergeFours(a, b, output, ref i, ref j);
            Assert.Equal(expected, output[..IdMerge.MergeRest(a, b, output, n, ref i, ref j)]);

            (i, j) = (0, 0);
            Assert.Equal(expected, output[..IdMerge.MergeRest(a, b, output, 0, ref i, ref j)]);

            if (a.Length == 0 || b.Length == 0)
                continue;
            Assert.Equal(expected, output[..IdMerge.Gallop(a, b, output, out i, out j)]);
            Assert.True(i == a.Length || j == b.Length);
            Assert.Equal(expected, output[..IdMerge.Intersect(a, b, output, out i, out j)]);
            Assert.True(i == a.Length || j == b.Length);
        }
    }

    [Fact]
    public void Intersecting_allocates_nothing()
    {
        var random = new Random(5);
        var a = SortedIds.FromSorted(Run(random, 100_000));
        var b = SortedIds.FromSorted(Run(random, 100_000));
        var expected = SortedIds.IntersectCount(a, b);
        var count = 0;

        var allocated = Allocations.Least(() => count = SortedIds.IntersectCount(a, b));

        Assert.Equal(0, allocated);
        Assert.Equal(expected, count);
    }

    private static SortedIds Some(Random random, int idMax) =>
        random.Next(8) == 0 ? SortedIds.Empty : SortedIds.FromSorted(Run(random, idMax));

    private static int[] Run(Random random, int idMax)
    {
        var density = Math.Pow(random.NextDouble(), 3);
        var from = random.Next(3) == 0 ? random.Next(idMax) : 0;
        return [.. Enumerable.Range(1, idMax).Where(id => id > from && random.NextDouble() < density)];
    }

    private static void AssertSame(SortedSet<int> model, SortedIds ids, Random random)
    {
        var expected = model.ToArray();
        Assert.Equal(expected, ids.ToArray());
        foreach (var block in ids.Blocks)
            Assert.InRange(block.Length, 1, IdBlocks.BlockMax);

        var page = new int[random.Next(1, 3_000)];
        var read = new List<int>();
        for (int after = 0, count = page.Length; count == page.Length; after = count > 0 ? page[count - 1] : 0)
        {
            count = ids.NextPage(after, page);
            read.AddRange(page.AsSpan(0, count));
        }
        Assert.Equal(expected, read);
        Assert.Equal(0, ids.NextPage(int.MaxValue, page));

        var cursor = ids.Blocks;
        foreach (var to in Enumerable.Range(0, 20).Select(_ => random.Next(1, 310_000)).Order())
        {
            var next = Array.FindIndex(expected, id => id >= to);
            Assert.Equal(next >= 0, cursor.SkipTo(to));
            if (next < 0)
                break;
            Assert.Contains(expected[next], cursor.Current.ToArray());
        }
    }
}
