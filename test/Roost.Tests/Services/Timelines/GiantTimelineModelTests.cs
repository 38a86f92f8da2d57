using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>
/// With posts cut into slices and left half delivered for as long as chance has it, while others post, follow, unfollow,
/// leave and come back in between: every reader sees what the naive model says. Fan-out is driven step by step, also
/// in the middle of a rebuild. ROOST_SEED repeats a run, ROOST_STEPS makes it longer.
/// </summary>
public sealed class GiantTimelineModelTests(ITestOutputHelper output)
{
    private const int Accounts = 10;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Half_delivered_posts_are_seen_by_all_for_whom_they_are_and_by_nobody_else(int deliveriesPerTurn)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20130803") + deliveriesPerTurn;
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? "1200");
        output.WriteLine($"ROOST_SEED={seed - deliveriesPerTurn} ROOST_STEPS={steps}");
        await using var network = await TestNetwork.StartAsync(Accounts);
        await using var story = new Story(network, new Random(seed), deliveriesPerTurn);

        for (var step = 0; step < steps; step++)
            await story.StepAsync($"step {step}");

        Assert.True(story.ReadWhileOnTheWay > steps / 100, $"only {story.ReadWhileOnTheWay} reads met a giant");
        await story.FinishAsync();
    }

    private sealed class Story : IAsyncDisposable
    {
        private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
        private readonly TestNetwork _network;
        private readonly Random _random;
        private readonly FakeTime _time = new();
        private readonly NaiveNetwork _model;
        private readonly Presence _presence;
        private readonly MemoryInboxes _inboxes;
        private readonly FanOut _fanOut;
        private readonly Rebuilds _rebuilds;
        private readonly HomeSlices _home;
        private readonly Queue<PostEvent> _feed = new();
        private readonly Dictionary<PostId, uint> _seqs = [];
        private List<Post> _newest = [];

        public Story(TestNetwork network, Random random, int deliveriesPerTurn)
        {
            (_network, _random) = (network, random);
            var options = new TimelinesOptions { DeliveriesPerTurn = deliveriesPerTurn, RebuildShare = 1 };
            var metrics = new TimelinesMetrics(_provider.GetRequiredService<IMeterFactory>());
            var posts = network.Posts with
            {
                Newest = async (request, call) =>
                {
                    if (request.Limit > Pager.LimitMax + 1 && _random.Next(2) == 0)
                        await FanOutAsync();
                    return await network.Posts.Newest(request, call);
                },
            };
            _model = new NaiveNetwork(_time);
            _presence = new Presence(_time);
            _inboxes = new MemoryInboxes(options, posts, _presence, metrics);
            _fanOut = new FanOut(
                _inboxes, posts, network.Graph, options, TimeProvider.System, metrics, NullLogger<FanOut>.Instance);
            _rebuilds = new Rebuilds(
                _inboxes, options, TimeProvider.System, metrics, NullLogger<Rebuilds>.Instance);
            _home = new HomeSlices(_inboxes, _rebuilds, posts, metrics);
        }

        public int ReadWhileOnTheWay { get; private set; }

        public async Task StepAsync(string when)
        {
            // The first three are the popular ones.
            var account = _random.Next(3) == 0 ? 1 + _random.Next(3) : 1 + _random.Next(Accounts);
            var other = 1 + _random.Next(_random.Next(2) == 0 ? 3 : Accounts);
            switch (_random.Next(20))
            {
                case < 6: await PostAsync(account); break;
                case < 8: await ReplyAsync(account); break;
                case < 11 when account != other:
                    _model.Follow(account, other);
                    await _network.FollowAsync(account, other);
                    break;
                case 11 when account != other:
                    _model.Unfollow(account, other);
                    await _network.UnfollowAsync(account, other);
                    break;
                case 12 when _random.Next(4) == 0:
                    _time.Advance(TimeSpan.FromMinutes(2));
                    await _inboxes.SweepAsync(TimeSpan.FromMinutes(1), default);
                    break;
                case 13 when _random.Next(4) == 0:
                    await _inboxes.ActivateAsync(new AccountId(Accounts), _network.Graph, TestNetwork.Call);
                    break;
                case < 17: await FanOutAsync(); break;
                default: await CompareAsync(account, when); break;
            }
        }

        /// <summary>Delivers all, and compares every inbox's every page once more.</summary>
        public async Task FinishAsync()
        {
            while (_feed.Count > 0 || _inboxes.Giants > 0)
                await FanOutAsync();
            Assert.Equal(_inboxes.Processed, _inboxes.Settled);
            for (var account = 1; account <= Accounts; account++)
                await CompareAsync(account, "the end");
        }

        public async ValueTask DisposeAsync()
        {
            await _rebuilds.DisposeAsync();
            await _inboxes.DisposeAsync();
            await _provider.DisposeAsync();
        }

        private async Task FanOutAsync()
        {
            for (var steps = _random.Next(4); steps >= 0; steps--)
            {
                PostEvent[] batch = [.. _feed.Take(_random.Next(1, 8))];
                if (batch.Length > 0 && _random.Next(3) > 0)
                {
                    var done = await _fanOut.TakeTurnAsync(batch, default);
                    for (; done > 0; done--)
                        _feed.Dequeue();
                }
                else if (_inboxes.Giants > 0)
                {
                    await _fanOut.AdvanceGiantAsync(default);
                }
            }
        }

        private async Task PostAsync(int author) => Add(await _network.PostAsync(author), 0);

        private async Task ReplyAsync(int author)
        {
            if (_newest.Count == 0)
                return;
            var target = _newest[_random.Next(_newest.Count)];
            Add(await _network.PostAsync(author, inReplyTo: target.Id), target.Author.Value);
        }

        private void Add(Post post, int answered)
        {
            _model.Add(post, answered);
            _seqs[post.Id] = post.Ref.Seq;
            _newest = [.. _newest.TakeLast(20), post];
            _feed.Enqueue(new PostEvent(PostEventKind.Post, post.Ref, post.Visibility, 0, 0));
        }

        private async Task CompareAsync(int account, string when)
        {
            if (_inboxes.Giants > 0)
                ReadWhileOnTheWay++;
            List<uint> expected = [.. _model.Home(account).Select(id => _seqs[id])];
            var limit = 1 + _random.Next(Pager.LimitMax);
            var why = $"{when}: account {account} by {limit}, {_inboxes.Giants} giants";
            _presence.Note(new AccountId(account));

            Assert.True(expected.SequenceEqual(await WholeAsync(account, new SliceRange(0, 0, false, limit))), why);
            Assert.True(expected.SequenceEqual(await WholeAsync(account, new SliceRange(0, 0, true, limit))), why);
            if (expected.Count == 0)
                return;
            var (a, b) = (expected[_random.Next(expected.Count)], expected[_random.Next(expected.Count)]);
            var range = new SliceRange(Math.Max(a, b) + (uint)_random.Next(2), Math.Min(a, b), false, limit);
            var between = expected.Where(seq => seq < range.Below && seq > range.Above);
            Assert.True(between.SequenceEqual(await WholeAsync(account, range)), $"{why}, {range}");
        }

        private async Task<List<uint>> WholeAsync(int account, SliceRange range)
        {
            var reader = new AccountId(account);
            var followees = await _network.Graph.Followees(new GetFollowees(reader), TestNetwork.Call);
            if (await _inboxes.HasAsync(reader, followees, TestNetwork.Call) is not true)
                await _inboxes.RebuildAsync(reader, followees, TimeProvider.System, TestNetwork.Call);
            var seqs = new List<uint>();
            while (true)
            {
                if (_random.Next(5) == 0)
                    await FanOutAsync();
                var slice = await _home.TakeAsync(reader, followees, range, TestNetwork.Call);
                Assert.True(slice.Refs.Count <= range.Limit);
                var found = slice.Refs.Select(post => post.Seq);
                seqs = range.Oldest ? [.. found, .. seqs] : [.. seqs, .. found];
                if (!slice.HasMore)
                    return seqs;
                range = range.Oldest ? range with { Above = slice.Cursor } : range with { Below = slice.Cursor };
            }
        }
    }
}
