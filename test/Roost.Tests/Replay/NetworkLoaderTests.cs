using Roost.Engine.Ids;
using Roost.Replay;
using Roost.Replay.Loading;
using Roost.Replay.Verifying;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Replay;

public sealed class NetworkLoaderTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_load_makes_accounts_follows_and_posts_at_their_own_times()
    {
        var node = new FakeNode();

        var report = await LoadAsync(node, Networks.Parse(3, "ab ca", "aP bBa cRa cBb"));

        Assert.Equal(["a", "b", "c"], node.Accounts.Select(a => a.Username));
        Assert.Equal(new AccountId(3), node.ActivatedUpTo);
        Assert.Equal(2, node.Follows.Count);
        Assert.Equal(
            ["post 1", "", "@a reply 3", "Stands for a post by b that was not recorded, before 4.", ""],
            node.Posts.Select(p => p.Text));
        Assert.Equal([0, 1, 2, 3, 3],
            node.Posts.Select(p => (p.At.ToUnixTimeMilliseconds() - Networks.Announcement) / 1_000));
        Assert.Equal(node.Posts[0].Id, node.Posts[1].Target);
        Assert.Equal(node.Posts[0].Id, node.Posts[2].Target);
        Assert.Equal(new AccountId(1), node.Posts[2].Answered);
        Assert.Equal(node.Posts[3].Id, node.Posts[4].Target);
        Assert.Equal((3, 2, 1, 5L), (report.Posts, report.Boosts, report.StandIns, report.PostsAdded));
    }

    [Fact]
    public async Task Loading_again_changes_nothing()
    {
        var node = new FakeNode();
        var network = Networks.Random(1, 30, 100, 500);
        await LoadAsync(node, network);
        var posts = node.Posts.ToList();

        var again = await LoadAsync(node, network);

        Assert.Equal(posts, node.Posts);
        Assert.Equal((0L, 0L), (again.FollowsAdded, again.PostsAdded));
        Assert.Equal(30, node.Accounts.Count);
    }

    [Fact]
    public async Task A_load_broken_off_anywhere_is_completed_by_the_next_without_doubling()
    {
        var network = Networks.Random(2, 20, 60, 60);
        var whole = new FakeNode();
        await LoadAsync(whole, network);

        for (var posts = 0; posts < whole.Posts.Count; posts++)
        {
            var node = new FakeNode { BreakAfterPosts = posts };
            await Assert.ThrowsAsync<ServiceException>(() => LoadAsync(node, network));
            node.BreakAfterPosts = int.MaxValue;
            await LoadAsync(node, network);
            Assert.Equal(whole.Posts.Select(p => (p.Id, p.Key, p.Target)),
                node.Posts.Select(p => (p.Id, p.Key, p.Target)));
        }
    }

    [Fact]
    public async Task A_directory_where_somebody_posted_since_is_refused_with_what_to_do()
    {
        var node = new FakeNode();
        node.PostNow(PostId.Create(PostId.EpochUnixMilliseconds + 1_250_000_000_000, 0, 0), new AccountId(1));

        var error = await Assert.ThrowsAsync<ServiceException>(() => LoadAsync(node, Networks.Parse(2, "ab", "aP")));

        Assert.Equal(ErrorCode.Conflict, error.Code);
        Assert.Contains("empty directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_differ_between_posts_and_between_sources()
    {
        var (first, second) = (new FakeNode(), new FakeNode());
        await LoadAsync(first, Networks.Random(3, 20, 60, 1_000));
        await LoadAsync(second, Networks.Random(4, 20, 60, 1_000));

        var keys = first.Posts.Concat(second.Posts).Select(p => p.Key).ToList();

        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.DoesNotContain(0UL, keys);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task What_was_loaded_passes_the_verification(int seed)
    {
        var node = new FakeNode();
        var network = Networks.Random(seed, 25, 120, 700);
        await LoadAsync(node, network);

        var report = await VerifyAsync(node, network);

        Assert.True(report.Difference is null, $"seed {seed}: {report.Difference}");
        Assert.Equal(25, report.Accounts);
    }

    [Fact]
    public async Task A_post_missing_from_a_timeline_fails_the_verification()
    {
        var node = new FakeNode { Hidden = "post 2" };
        var network = Networks.Parse(2, "ab", "aP bP aP");
        await LoadAsync(node, network);

        var report = await VerifyAsync(node, network);

        Assert.NotNull(report.Difference);
        Assert.Equal(("a", 1), (report.Difference.Username, report.Difference.Position));
        Assert.Contains("post 2", report.Difference.Expected, StringComparison.Ordinal);
        Assert.Contains("post 1", report.Difference.Got, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_follow_that_the_source_does_not_have_fails_the_verification()
    {
        var node = new FakeNode();
        await LoadAsync(node, Networks.Parse(3, "ab ac", "bP cP"));

        var report = await VerifyAsync(node, Networks.Parse(3, "ab", "bP cP"));

        Assert.Contains("post 2", report.Difference!.Got, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verifying_what_was_never_loaded_says_so()
    {
        var error = await Assert.ThrowsAsync<ServiceException>(() =>
            VerifyAsync(new FakeNode(), Networks.Parse(2, "ab", "aP")));

        Assert.Equal(ErrorCode.NotFound, error.Code);
    }

    [Fact]
    public void A_sample_has_no_account_twice_and_is_the_same_for_the_same_seed()
    {
        var all = Enumerable.Range(0, 1_000).ToArray();

        var sample = HomeVerifier.Sample(all, 100, 7);

        Assert.Equal(100, sample.Distinct().Count());
        Assert.Equal(sample, HomeVerifier.Sample(all, 100, 7));
        Assert.NotEqual(sample, HomeVerifier.Sample(all, 100, 8));
        Assert.Equal(all, HomeVerifier.Sample(all, 5_000, 7));
    }

    private static Task<LoadReport> LoadAsync(FakeNode node, Network network) =>
        new NetworkLoader(node.Target, TimeProvider.System).LoadAsync(network, TimeProvider.System.GetTimestamp(), Ct);

    private static async Task<VerifyReport> VerifyAsync(FakeNode node, Network network)
    {
        var reader = await NodeHomeReader.OpenAsync(network, node.Target.Users, node.Target.Timelines, Ct);
        var verifier = new HomeVerifier(network, new HomeModel(network), reader.ReadAsync, true, TimeProvider.System);
        return await verifier.VerifyAsync([.. Enumerable.Range(0, network.Usernames.Length)], Ct);
    }
}
