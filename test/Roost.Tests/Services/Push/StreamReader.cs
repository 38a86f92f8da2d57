using Roost.Engine.Ids;
using Roost.Services.Notifications;
using Roost.Services.Push;
using Roost.Services.Timelines;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Push;

/// <summary>Listens to one stream, with pauses, as a gateway does: what is missed comes first, what happens meanwhile
/// waits.</summary>
internal sealed class StreamReader(TestNetwork network, int viewer, StreamTopic topic)
{
    private readonly Lock _lock = new();
    private readonly List<PushedEvent> _heard = [];
    private List<PushedEvent>? _waiting;
    private PushStream? _stream;
    private PushPlace? _last;

    public int Viewer => viewer;
    public StreamTopic Topic => topic;
    public bool IsThere => _stream is not null;

    public async Task ComeAsync()
    {
        var stream = new PushStream(new AccountId(viewer), topic, this);
        lock (_lock) (_stream, _waiting) = (stream, []);
        var live = await network.Push.Open(new OpenStream(stream), TestNetwork.Call);
        // Who hears the first time begins now, whatever came before.
        var missed = await network.Push.Replay(
            new ReplayStream(stream, _last ?? live, live), TestNetwork.Call);
        Assert.True(missed.IsWhole);
        await foreach (var pushed in missed.Events) _heard.Add(pushed);
        lock (_lock)
        {
            _heard.AddRange(_waiting!);
            _waiting = null;
            _last = _heard is [.., var last] ? last.Place : _last ?? live;
        }
    }

    public void Leave()
    {
        network.Push.Close(_stream!);
        lock (_lock)
        {
            // What is still handed over after this the reader has not got.
            _stream = null;
            _last = _heard is [.., var last] ? last.Place : _last;
        }
    }

    public void Live(PushStream stream, PushedEvent pushed)
    {
        lock (_lock)
        {
            if (stream == _stream) (_waiting ?? _heard).Add(pushed);
        }
    }

    public void AssertInOrder(string when)
    {
        for (var i = 1; i < _heard.Count; i++)
        {
            var (before, after) = (_heard[i - 1].Place, _heard[i].Place);
            Assert.True(before.Seq <= after.Seq && before.Notice <= after.Notice, $"{when}: {after} after {before}");
            Assert.True(before != after, $"{when}: {after} twice");
        }
    }

    /// <summary>All that it heard, apart from what became of posts that are gone: who came later did not hear of
    /// these.</summary>
    public IEnumerable<(PushedKind Kind, uint Seq)> Heard(HashSet<PostId> deleted) => _heard
        .Where(one => one.Kind == PushedKind.Delete
            || (one.Kind != PushedKind.Notification && !deleted.Contains(one.Post)))
        .Select(one => (one.Kind, one.Place.Seq));

    /// <summary>The notifications that it was told of, in order, each as often as it was.</summary>
    public IEnumerable<long> Notices() => _heard.Where(one => one.Kind == PushedKind.Notification)
        .Select(one => one.Place.Notice);

    /// <summary>The notifications that its account's page shows, oldest first.</summary>
    /// <param name="after">Only later ones.</param>
    public async Task<List<long>> NoticePageAsync(long after)
    {
        var ids = new List<long>();
        while (true)
        {
            var page = await network.Notifications.List(
                new ListNotices(
                    new AccountId(viewer), new NoticeRange(0, after, true, 80), NoticeChoice.Usual),
                TestNetwork.Call);
            var views = await NoticeViews.HydrateAsync(
                network.Timelines, new AccountId(viewer), page.Items, TestNetwork.Call);
            ids.AddRange(views.Select(view => view.Notice.Id).Order());
            if (page.Items.Count < 80) return ids;
            after = page.Items[0].Id;
        }
    }

    /// <summary>The posts that it heard of and that are still there.</summary>
    public HashSet<PostId> Posts(HashSet<PostId> deleted) =>
        [.. _heard.Where(one => one.Kind == PushedKind.Update && !deleted.Contains(one.Post)).Select(one => one.Post)];

    /// <summary>What the page of the same shows, whole.</summary>
    public async Task<List<PostId>> PageAsync()
    {
        var id = new AccountId(viewer);
        return await Paged.DownAsync(async range => topic.Kind switch
        {
            StreamKind.User => await network.Timelines.Home(new HomeTimeline(id, range), TestNetwork.Call),
            StreamKind.List => (await network.Timelines.List(
                new ListTimeline(id, topic.Subject, range), TestNetwork.Call))!,
            StreamKind.Account => await network.Timelines.Account(
                new AccountTimeline(id, new AccountId((int)topic.Subject), range, false, false), TestNetwork.Call),
            _ => await network.Timelines.Public(new PublicTimeline(id, range), TestNetwork.Call),
        }, 40);
    }
}
