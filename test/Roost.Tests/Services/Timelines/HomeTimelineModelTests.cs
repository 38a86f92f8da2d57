using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>
/// Whatever happens in whatever order, a home timeline is what the naive model says, whole and by every way of paging.
/// ROOST_SEED repeats a run, ROOST_STEPS makes it longer.
/// </summary>
public sealed class HomeTimelineModelTests(ITestOutputHelper output)
{
    private const int Accounts = 12;

    [Fact]
    public async Task A_home_timeline_is_what_a_naive_model_says()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20140307");
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? "1500");
        output.WriteLine($"ROOST_SEED={seed} ROOST_STEPS={steps}");
        await using var network = await TestNetwork.StartAsync(Accounts);
        var story = new Story(network, new Random(seed));

        for (var step = 0; step < steps; step++)
            await story.StepAsync(step);

        for (var account = 1; account <= Accounts; account++)
            await story.CompareAsync(account, "the end");
    }

    private sealed class Story(TestNetwork network, Random random)
    {
        private readonly NaiveNetwork _model = new();

        public async Task StepAsync(int step)
        {
            var account = 1 + random.Next(Accounts);
            var other = 1 + random.Next(Accounts);
            switch (random.Next(20))
            {
                case < 7: await PostAsync(account); break;
                case < 9: await ReplyAsync(account); break;
                case < 11: await BoostAsync(account); break;
                case 11: await UnboostAsync(account); break;
                case 12: await DeleteAsync(); break;
                case 13 or 14 when account != other:
                    await network.FollowAsync(account, other);
                    _model.Follow(account, other);
                    break;
                case 15 when account != other:
                    await network.UnfollowAsync(account, other);
                    _model.Unfollow(account, other);
                    break;
                case 16 when random.Next(40) == 0: await network.RestartAsync(); break;
                default: await CompareAsync(account, $"step {step}"); break;
            }
        }

        public async Task CompareAsync(int account, string when)
        {
            var expected = _model.Home(account);
            var limit = 1 + random.Next(40);

            Assert.True(
                expected.SequenceEqual(await network.WholeHomeAsync(account, limit)),
                $"{when}: account {account}, down by {limit}");
            Assert.True(
                expected.SequenceEqual(await network.WholeHomeUpwardsAsync(account, limit)), $"{when}: account {account}, up by {limit}");
            await CompareRangeAsync(account, expected, when);
            var counts = await network.Posts.Counts(new CountPosts([new AccountId(account)]), TestNetwork.Call);
            Assert.Equal(_model.Live.Count(item => item.Author == account), counts[0].Posts);
        }

        private async Task CompareRangeAsync(int account, List<PostId> expected, string when)
        {
            if (expected.Count < 2)
                return;
            var (newer, older) = (random.Next(expected.Count), random.Next(expected.Count));
            var range = new PageRange(
                Before: expected[Math.Min(newer, older)], After: expected[Math.Max(newer, older)], Limit: 10);
            var between = expected.Where(id => id < range.Before && id > range.After).Take(10);

            var page = await network.HomeAsync(account, range);

            Assert.True(
                between.SequenceEqual(page.Entries.Select(entry => entry.Post.Id)),
                $"{when}: account {account}, {range}");
        }

        private async Task PostAsync(int author)
        {
            var visibility = random.Next(8) == 0 ? Visibility.Followers : Visibility.Public;
            _model.Add(await network.PostAsync(author, visibility: visibility), 0);
        }

        private async Task ReplyAsync(int author)
        {
            if (Any(item => IsSeen(author, item)) is not { } target)
                return;
            var original = target.Boosted.IsNone ? target : _model.Live.Single(item => item.Id == target.Boosted);
            _model.Add(await network.PostAsync(author, inReplyTo: target.Id), original.Author);
        }

        private async Task BoostAsync(int account)
        {
            if (Any(item => item.Boosted.IsNone && item.Visibility == Visibility.Public) is not { } target)
                return;
            var boost = await network.Posts.Boost(new BoostPost(new AccountId(account), target.Id), TestNetwork.Call);
            _model.Add(boost!, 0);
        }

        private async Task UnboostAsync(int account)
        {
            if (Any(item => item.Boosted.IsNone && item.Visibility == Visibility.Public) is not { } target)
                return;
            await network.Posts.Unboost(new UnboostPost(new AccountId(account), target.Id), TestNetwork.Call);
            _model.RemoveBoost(account, target.Id);
        }

        private async Task DeleteAsync()
        {
            if (Any(_ => true) is not { } item)
                return;
            Assert.NotNull(
                await network.Posts.Delete(new DeletePost(new AccountId(item.Author), item.Id), TestNetwork.Call));
            _model.Remove(item.Id);
        }

        private NaiveNetwork.Item? Any(Func<NaiveNetwork.Item, bool> which)
        {
            var fitting = _model.Live.Where(which).ToList();
            return fitting.Count == 0 ? null : fitting[random.Next(fitting.Count)];
        }

        private bool IsSeen(int account, NaiveNetwork.Item item) =>
            item.Visibility != Visibility.Followers || item.Author == account || _model.Follows(account, item.Author);
    }
}
