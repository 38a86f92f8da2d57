using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Xunit;

namespace Roost.Tests.Engine.Graph;

public sealed class FollowGraphTests
{
    [Fact]
    public void A_follow_is_seen_from_both_sides_and_once()
    {
        var graph = new FollowGraph();

        Assert.True(graph.Follow(Id(1), Id(2)));
        Assert.False(graph.Follow(Id(1), Id(2)));

        Assert.True(graph.Follows(Id(1), Id(2)));
        Assert.False(graph.Follows(Id(2), Id(1)));
        Assert.Equal([2], graph.Followees(Id(1)).ToArray());
        Assert.Equal([1], graph.Followers(Id(2)).ToArray());
        Assert.Equal(1, graph.Count);
    }

    [Fact]
    public void An_unfollow_leaves_nothing_but_a_new_version()
    {
        var graph = new FollowGraph();
        Assert.Equal(0, graph.FolloweesVersion(Id(1)));
        graph.Follow(Id(1), Id(2));
        Assert.Equal(1, graph.FolloweesVersion(Id(1)));

        Assert.True(graph.Unfollow(Id(1), Id(2)));
        Assert.False(graph.Unfollow(Id(1), Id(2)));

        Assert.Equal(2, graph.FolloweesVersion(Id(1)));
        Assert.Equal(0, graph.FolloweesVersion(Id(2)));
        Assert.Equal(0, graph.Followees(Id(1)).Count);
        Assert.Equal(0, graph.Followers(Id(2)).Count);
        Assert.Equal(0, graph.Count);
    }

    [Fact]
    public void What_is_no_pair_is_refused_and_changes_nothing()
    {
        var graph = new FollowGraph();

        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Follow(default, Id(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Follow(Id(1), default));
        Assert.Throws<ArgumentException>(() => graph.Follow(Id(1), Id(1)));
        var error = Assert.Throws<ArgumentException>(() => graph.BulkFollow([(1, 2), (3, 3)]));
        Assert.Contains("Pair 1 is (3, 3)", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FollowGraph.Build([(0, 2)]));
        Assert.False(graph.Unfollow(Id(7), Id(8)));

        Assert.Equal(0, graph.Count);
        Assert.False(graph.Follows(Id(1), Id(2)));
    }

    [Fact]
    public void Accounts_need_not_be_announced()
    {
        var graph = new FollowGraph();

        Assert.True(graph.Follow(Id(int.MaxValue), Id(5_000_000)));

        Assert.Equal([int.MaxValue], graph.Followers(Id(5_000_000)).ToArray());
        Assert.Equal(0, graph.Followers(Id(6_000_000)).Count);
        Assert.Equal(0, graph.Followers(default).Count);
    }

    [Theory]
    [InlineData(1, 40, 3_000)]
    [InlineData(2, 3_000, 30_000)]
    [InlineData(3, 100_000, 30_000)]
    public void The_graph_behaves_as_a_set_of_pairs(int seed, int accounts, int steps)
    {
        var random = new Random(seed);
        var model = new HashSet<(int, int)>();
        var versions = new Dictionary<int, int>();
        var graph = new FollowGraph();

        for (var step = 0; step < steps; step++)
        {
            // Account 1 is a giant: its lists go through all their forms.
            var follower = random.Next(4) == 0 ? 1 : random.Next(1, accounts + 1);
            var followee = random.Next(2) == 0 ? 1 : random.Next(1, accounts + 1);
            if (follower == followee)
                continue;
            var before = graph.FolloweesVersion(Id(follower));
            var adds = random.Next(3) != 0;
            var changed = adds ? graph.Follow(Id(follower), Id(followee)) : graph.Unfollow(Id(follower), Id(followee));
            Assert.Equal(adds ? model.Add((follower, followee)) : model.Remove((follower, followee)), changed);
            Assert.Equal(before + (changed ? 1 : 0), graph.FolloweesVersion(Id(follower)));
            if (step % 1_000 == 0)
            {
                var batch = Pairs(random, accounts, random.Next(2_000));
                var added = batch.Distinct().Count(pair => !model.Contains(pair));
                model.UnionWith(batch);
                Assert.Equal(added, graph.BulkFollow(batch));
            }
            Assert.Equal(model.Count, graph.Count);
            Assert.Equal(graph.Followees(Id(follower)).Count, graph.FolloweesCount(Id(follower)));
            Assert.Equal(graph.Followers(Id(followee)).Count, graph.FollowersCount(Id(followee)));
        }
        AssertSame(model, graph);
    }

    [Theory]
    [InlineData(1, 10, 200)]
    [InlineData(2, 5_000, 200_000)]
    [InlineData(3, 2_000_000_000, 500)]
    [InlineData(4, 2_000_000, 5_000)]
    public void A_graph_built_at_once_is_the_one_built_follow_by_follow(int seed, int accounts, int count)
    {
        var pairs = Pairs(new Random(seed), accounts, count);

        var graph = FollowGraph.Build(pairs);

        AssertSame([.. pairs], graph);
        Assert.Equal(0, graph.BulkFollow(pairs));
        Assert.Equal(0, graph.BulkFollow([]));
        Assert.All(pairs.Take(100), pair => Assert.Equal(1, graph.FolloweesVersion(Id(pair.Follower))));
    }

    [Theory]
    [InlineData(1, 500)]
    [InlineData(2, 40_000)]
    public async Task A_version_is_always_that_of_the_ids_it_comes_with(int seed, int steps)
    {
        // The writer follows 1, 2, 3, … for a while, then unfollows from the top, so a version tells the count of ids.
        const int top = 3_000;
        var random = new Random(seed);
        var graph = new FollowGraph();
        var account = Id(5_000);
        var counts = new int[steps + 1];
        var written = 0;
        var reader = Task.Run(
            () =>
            {
                var last = 0;
                while (last < steps)
                {
                    var known = Volatile.Read(ref written);
                    var (ids, version) = graph.FolloweesWithVersion(account);
                    Assert.InRange(version, Math.Max(known, last), steps);
                    last = version;
                    var expected = 1;
                    foreach (var block in ids.Blocks)
                    {
                        foreach (var id in block)
                            Assert.Equal(expected++, id);
                    }
                    Assert.Equal(expected - 1, ids.Count);
                    // counts[version] is written before the list with that version is published.
                    Assert.Equal(Volatile.Read(ref counts[version]), ids.Count);
                }
            },
            TestContext.Current.CancellationToken);

        var count = 0;
        for (var step = 1; step <= steps; step++)
        {
            var grows = count == 0 || (count < top && random.Next(100) < 60);
            Volatile.Write(ref counts[step], count + (grows ? 1 : -1));
            Assert.True(grows ? graph.Follow(account, Id(count + 1)) : graph.Unfollow(account, Id(count)));
            count += grows ? 1 : -1;
            Volatile.Write(ref written, step);
        }

        await reader;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_list_is_never_seen_in_anothers_place_while_slabs_are_evacuated(int seed)
    {
        // The ids of account a are a, a + 50, a + 100, …; some lists go from slabs to trees and back.
        const int accounts = 50;
        var random = new Random(seed);
        var graph = new FollowGraph();
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(reader => Task.Run(
            () =>
            {
                var at = reader;
                var kept = new Queue<(int Account, SortedIds Ids)>();
                while (!done.IsCancellationRequested)
                {
                    var account = (at++ % accounts) + 1;
                    kept.Enqueue((account, graph.Followees(Id(account))));
                    if (kept.Count < 100)
                        continue;
                    // Also what was handed out a while ago stays as it was.
                    var (owner, ids) = kept.Dequeue();
                    var last = 0;
                    foreach (var block in ids.Blocks)
                    {
                        foreach (var id in block)
                        {
                            Assert.True(id > last && id % accounts == owner % accounts, $"{owner} has {id}");
                            last = id;
                        }
                    }
                }
            },
            TestContext.Current.CancellationToken)).ToArray();

        for (var step = 0; step < 60_000; step++)
        {
            var account = random.Next(1, accounts + 1);
            var grows = random.Next(20_000) > step % 20_000;
            var other = account + (accounts * random.Next(1, 1_600));
            if (grows)
                graph.Follow(Id(account), Id(other));
            else
                graph.Unfollow(Id(account), Id(other));
            if (step % 5_000 == 0)
                graph.BulkFollow([.. Enumerable.Range(1, 1_500).Select(i => (account, account + (accounts * i)))]);
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Theory]
    [InlineData(1, 30, 3_000)]
    [InlineData(2, 60_000, 30_000)]
    public void A_graph_made_of_the_pieces_of_an_image_is_the_same(int seed, int accounts, int count)
    {
        var random = new Random(seed);
        var pairs = Pairs(random, accounts, count);
        var graph = FollowGraph.Build(pairs);
        graph.Unfollow(Id(pairs[0].Follower), Id(pairs[0].Followee));
        var image = graph.Freeze();
        var model = pairs.Where(pair => pair != pairs[0]).ToHashSet();
        // What comes later is not in it.
        graph.BulkFollow(Pairs(random, accounts, count));

        var loader = new GraphLoader();
        foreach (var side in (GraphSide[])[GraphSide.Followers, GraphSide.Followees])
        {
            foreach (var piece in image.Pieces(side))
                Assert.True(loader.Add(
                    side, piece.Account, piece.Account == 0 ? piece.Packed.ToArray() : piece.List.ToArray()));
        }
        var loaded = loader.Finish();

        AssertSame(model, loaded!);
        Assert.True(loaded!.Freeze().IsSame(image));
        Assert.False(graph.Freeze().IsSame(image));
        // And it is a graph like any other.
        loaded.Follow(Id(pairs[0].Follower), Id(pairs[0].Followee));
        AssertSame([.. pairs], loaded);
    }

    [Theory]
    [InlineData(0, new[] { 1, 2, 1 })]
    [InlineData(0, new[] { 0, 1, 1, 5 })]
    [InlineData(0, new[] { 1, 0, 1 })]
    [InlineData(0, new[] { 1, 1, 1, 5, 1, 1, 1, 6 })]
    [InlineData(0, new[] { 1, 1 })]
    [InlineData(7, new[] { 1, 2, 3 })]
    public void What_is_no_piece_is_refused(int account, int[] piece) =>
        Assert.False(new GraphLoader().Add(GraphSide.Followers, account, piece));

    private static AccountId Id(int value) => new(value);

    private static (int Follower, int Followee)[] Pairs(Random random, int accounts, int count) =>
    [
        .. Enumerable.Range(0, count)
            .Select(_ => (random.Next(1, accounts + 1), random.Next(2) == 0 ? 1 : random.Next(1, accounts + 1)))
            .Where(pair => pair.Item1 != pair.Item2),
    ];

    [Fact]
    public void Whose_followees_have_changed_is_told_once_to_who_watches()
    {
        var graph = FollowGraph.Build([(1, 2), (3, 2)]);
        var changed = graph.Watch();
        Assert.Empty(changed.Take());

        graph.Follow(Id(1), Id(3));
        graph.Follow(Id(1), Id(4));
        graph.Unfollow(Id(3), Id(2));
        // These change nothing.
        graph.Follow(Id(5), Id(6));
        graph.Follow(Id(5), Id(6));
        graph.Unfollow(Id(7), Id(2));
        graph.BulkFollow([(8, 1), (8, 2), (1, 2), (9, 1)]);

        changed.Forget(Id(9));
        changed.Forget(Id(8));
        changed.Note(Id(8));

        Assert.Equal([1, 3, 5, 8], changed.Take().Select(account => account.Value).Order());
        Assert.Empty(changed.Take());
    }

    [Fact]
    public async Task Who_has_seen_a_change_is_told_of_it()
    {
        var graph = new FollowGraph();
        var changed = graph.Watch();
        var ct = TestContext.Current.CancellationToken;
        var writing = Task.Run(
            () =>
            {
                for (var follower = 2; follower < 20_000; follower++)
                    graph.Follow(Id(follower), Id(1));
            }, ct);
        var told = new HashSet<AccountId>();

        while (told.Count < 19_998)
        {
            ct.ThrowIfCancellationRequested();
            var seen = graph.Followers(Id(1)).ToArray();
            told.UnionWith(changed.Take());
            Assert.All(seen, follower => Assert.Contains(Id(follower), told));
        }
        await writing;
    }

    [Fact]
    public void Followers_of_many_are_those_of_each()
    {
        var pairs = Pairs(new Random(7), 3_000, 20_000);
        var graph = FollowGraph.Build(pairs);
        AccountId[] accounts = [.. Enumerable.Range(0, 3_100).Select(Id)];
        var sets = new SortedIds[accounts.Length];

        graph.Followers(accounts, sets);

        Assert.All(accounts.Zip(sets), pair => Assert.True(graph.Followers(pair.First).SetEquals(pair.Second)));
        Assert.Throws<ArgumentException>(() => graph.Followers(accounts, new SortedIds[5]));
    }

    private static void AssertSame(HashSet<(int Follower, int Followee)> model, FollowGraph graph)
    {
        Assert.Equal(model.Count, graph.Count);
        foreach (var group in model.GroupBy(pair => pair.Follower))
            Assert.Equal(group.Select(pair => pair.Followee).Order(), graph.Followees(Id(group.Key)).ToArray());
        foreach (var group in model.GroupBy(pair => pair.Followee))
            Assert.Equal(group.Select(pair => pair.Follower).Order(), graph.Followers(Id(group.Key)).ToArray());
    }
}
