using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Timelines;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Push;

/// <summary>
/// Whatever is posted while readers come and go at random: each is told everything that its page shows, nothing that it
/// does not show, each thing once, in order. ROOST_SEED repeats a run, ROOST_STEPS makes it longer.
/// </summary>
public sealed class StreamStoryTests(ITestOutputHelper output)
{
    private const int Accounts = 8;

    [Fact]
    public async Task Streams_miss_nothing_double_nothing_and_show_what_pages_show()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20261126");
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? "1500");
        output.WriteLine($"ROOST_SEED={seed} ROOST_STEPS={steps}");
        await using var network = await TestNetwork.StartAsync(Accounts + 2);
        var random = new Random(seed);
        var lists = await MakeWorldAsync(network, random);
        network.Push.Attach(Deliver);
        var readers = Readers(network, lists);
        var begin = await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
        await network.Push.Pushed(new AwaitPush(begin), TestNetwork.Call);
        foreach (var reader in readers) await reader.ComeAsync();

        var posting = TellAsync(network, new Random(seed + 1), steps);
        while (!posting.IsCompleted)
        {
            // The first half stay; the others come and go.
            var reader = readers[random.Next(readers.Count / 2, readers.Count)];
            if (reader.IsThere) reader.Leave();
            else await reader.ComeAsync();
            await Task.Yield();
        }
        var deleted = await posting;
        foreach (var reader in readers.Where(reader => !reader.IsThere)) await reader.ComeAsync();
        await network.Push.Pushed(new AwaitPush(await FenceAsync(network)), TestNetwork.Call);

        for (var i = 0; i < readers.Count; i++)
        {
            var when = $"ROOST_SEED={seed}, {readers[i].Topic} of {readers[i].Viewer}";
            readers[i].AssertInOrder(when);
            var notices = await readers[i].NoticePageAsync(begin);
            if (readers[i].Topic.Kind is StreamKind.User or StreamKind.Notifications)
                Assert.Equal(notices, readers[i].Notices().Where(notices.Contains));
            else
                Assert.Empty(readers[i].Notices());
            if (readers[i].Topic.Kind == StreamKind.Notifications) continue;
            Assert.True(
                readers[i].Posts(deleted).SetEquals(await readers[i].PageAsync()), when + ": other than its page");
            var steady = readers[i % (readers.Count / 2)];
            Assert.True(
                readers[i].Heard(deleted).SequenceEqual(steady.Heard(deleted)), when + ": other than who stayed");
        }
    }

    /// <summary>The last notification of all.</summary>
    private static async Task<long> FenceAsync(TestNetwork network)
    {
        var call = TestNetwork.Call;
        var first = new AccountId(Accounts + 1);
        var post = await network.PostAsync(first.Value);
        await network.Posts.Favourite(new FavouritePost(new AccountId(Accounts + 2), post.Id), call);
        return await network.Notifications.Caught(new AwaitNotices(), call);
    }

    private static PushDelivered Deliver(PushTurn turn)
    {
        for (var i = 0; i < turn.Events.Count; i++)
        {
            for (var part = 0; part < turn.PartsOf(i); part++)
            {
                foreach (var stream in turn.StreamsOf(i, part))
                    ((StreamReader)stream.Owner).Live(stream, turn.Events[i]);
            }
        }
        return default;
    }

    /// <summary>Relations of every kind, fixed from here on.</summary>
    private static async Task<Dictionary<int, long>> MakeWorldAsync(TestNetwork network, Random random)
    {
        var call = TestNetwork.Call;
        var lists = new Dictionary<int, long>();
        for (var a = 1; a <= Accounts; a++)
        {
            var id = new AccountId(a);
            var list = await network.Lists.Make(
                new MakeList(id, "some", (ListReplies)random.Next(3), random.Next(4) == 0), call);
            lists[a] = list.Id;
            for (var b = 1; b <= Accounts; b++)
            {
                var other = new AccountId(b);
                if (a == b) continue;
                if (random.Next(12) == 0) await network.Relations.Block(new Block(id, other), call);
                else if (random.Next(10) == 0) await network.Relations.Mute(new Mute(id, other), call);
                var relation = await network.Graph.Relationships(new GetRelationships(id, [other]), call);
                if (relation[0].Blocking || relation[0].BlockedBy || random.Next(2) == 0) continue;
                var terms = random.Next(4) == 0 ? new ChangeTerms(Boosts: false) : null;
                await network.Graph.Follow(new Follow(id, other, terms), call);
                if (random.Next(2) == 0)
                    await network.Lists.Members(new ChangeMembers(id, list.Id, [other], true), call);
            }
        }
        return lists;
    }

    /// <summary>Each kind of stream of each account twice: the first half of readers stay, the others do not.</summary>
    private static List<StreamReader> Readers(TestNetwork network, Dictionary<int, long> lists)
    {
        var readers = new List<StreamReader>();
        for (var half = 0; half < 2; half++)
        {
            for (var a = 1; a <= Accounts; a++)
            {
                readers.Add(new StreamReader(network, a, new StreamTopic(StreamKind.User)));
                readers.Add(new StreamReader(network, a, new StreamTopic(StreamKind.Notifications)));
                readers.Add(new StreamReader(network, a, new StreamTopic(StreamKind.Public)));
                readers.Add(new StreamReader(network, a, new StreamTopic(StreamKind.List, lists[a])));
                readers.Add(new StreamReader(
                    network, a, new StreamTopic(StreamKind.Account, 1 + (a % Accounts))));
            }
        }
        return readers;
    }

    /// <summary>Posts, answers, boosts, edits, favourites and deletes at random; the reply is what was deleted.</summary>
    private static async Task<HashSet<PostId>> TellAsync(TestNetwork network, Random random, int steps)
    {
        await Task.Yield();
        var posts = new List<Post>();
        var deleted = new HashSet<PostId>();
        for (var step = 0; step < steps; step++)
        {
            var account = new AccountId(1 + random.Next(Accounts));
            var any = posts.Count == 0 ? null : posts[random.Next(posts.Count)];
            switch (random.Next(20))
            {
                case 0 when any is not null:
                    await network.Posts.Favourite(new FavouritePost(account, any.Id), TestNetwork.Call);
                    break;
                case 1 or 2 when any is not null:
                    if (await network.Posts.Boost(new BoostPost(account, any.Id), TestNetwork.Call) is { } boost
                        && !posts.Exists(post => post.Id == boost.Id))
                    {
                        posts.Add(boost);
                    }
                    break;
                case 3 when any is { IsBoost: false }:
                    await network.Posts.Edit(
                        new EditPost(any.Author, any.Id, $"edit {step}", "", false, null, any.Mentions),
                        TestNetwork.Call);
                    break;
                case 4 when any is not null:
                    await network.Posts.Delete(new DeletePost(any.Author, any.Id), TestNetwork.Call);
                    deleted.UnionWith(posts.Where(post => post.Id == any.Id || post.Boosted == any.Id)
                        .Select(post => post.Id));
                    posts.RemoveAll(post => deleted.Contains(post.Id));
                    break;
                default:
                    posts.Add(await PostAsync(network, random, account.Value, any));
                    break;
            }
        }
        return deleted;
    }

    private static async Task<Post> PostAsync(TestNetwork network, Random random, int author, Post? any)
    {
        int[] mentions = random.Next(6) == 0 ? [1 + random.Next(Accounts)] : [];
        var visibility = random.Next(6) switch
        {
            0 => Visibility.Followers,
            1 => Visibility.Unlisted,
            _ => Visibility.Public,
        };
        var answers = default(PostId);
        if (any is not null && random.Next(3) == 0)
        {
            var seen = await network.Timelines.Hydrate(
                new HydratePosts(new AccountId(author), [any.Ref], ByName: true), TestNetwork.Call);
            if (seen[0] is not null) answers = any.Id;
        }
        return await network.PostAsync(author, "hello", answers, visibility, mentions);
    }
}
