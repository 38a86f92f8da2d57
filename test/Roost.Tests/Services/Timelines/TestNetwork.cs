using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.AnnualReports;
using Roost.Services.Collections;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Scheduled;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Services.WebPush;
using Roost.Tests.Services.Graph;
using Roost.Tests.Services.Notifications;
using Roost.Tests.Services.Storage;

namespace Roost.Tests.Services.Timelines;

/// <summary>All services, real, over a directory of the test's own, which can be closed and opened again.</summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly string _directory = TestDirectory.Make();
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    // Of a Graph service outside of the node; null: the node has its own.
    private readonly string? _graphDirectory;
    private DataDirectory? _graphData;
    private GraphUnderTest? _graph;
    // Of a Media service outside of the node; null: the node has its own.
    private readonly string? _mediaDirectory;
    private RoleServer? _media;
    // Notifications outside of the node; null: the node has its own.
    private readonly NotificationsApart? _notifications;
    private Node? _node;
    private ITimelinesApart? _apart;

    private TestNetwork(
        TimelinesOptions timelines, NotificationsOptions notifications, WebPushOptions webPush, SearchOptions search,
        TimeProvider time, bool hasReplica, bool hasMediaElsewhere, bool hasNotificationsElsewhere)
    {
        _options = new NodeOptions(_directory)
        {
            Timelines = timelines,
            Notifications = notifications,
            WebPush = webPush,
            Search = search,
        };
        _time = time;
        _graphDirectory = hasReplica ? TestDirectory.Make() : null;
        _mediaDirectory = hasMediaElsewhere ? TestDirectory.Make() : null;
        _notifications = hasNotificationsElsewhere ? new NotificationsApart(notifications, webPush, time) : null;
    }

    public UsersApi Users => _node!.Users;
    public GraphApi Graph => _node!.Graph;
    public RelationsApi Relations => _node!.Relations;
    public ListsApi Lists => _node!.Lists;
    public SuggestionsApi Suggestions => _node!.Suggestions;
    public TagsApi Tags => _node!.Tags;
    public PostsApi Posts => _node!.Posts;
    public MarksApi Marks => _node!.Marks;
    public QuotesApi Quotes => _node!.Quotes;
    public TimelinesApi Timelines => _apart?.Timelines ?? _node!.Timelines;
    public SearchApi Search => _node!.Search;
    public ConversationsApi Conversations => _node!.Conversations;
    public PollsApi Polls => _node!.Polls;
    public ScheduledApi Scheduled => _node!.Scheduled;
    public MediaApi Media => _node!.Media;
    public FiltersApi Filters => _node!.Filters;
    public NotificationsApi Notifications => _node!.Notifications;
    public NoticePolicyApi NoticePolicy => _node!.NoticePolicy;
    public PushApi Push => _node!.Push!;
    public WebPushApi WebPush => _node!.WebPush;
    public ModerationApi Moderation => _node!.Moderation;
    public CollectionsApi Collections => _node!.Collections;
    public CommunityApi Community => _node!.Community;
    public AnnualReportsApi AnnualReports => _node!.AnnualReports;

    /// <summary>Makes the timelines that are asked, of a node that is open; null: the node's own.</summary>
    internal Func<Node, string, NodeTools, Task<ITimelinesApart>>? Apart { get; init; }

    public IMeterFactory Meters => _provider.GetRequiredService<IMeterFactory>();

    public static Call Call => Call.Until(Xunit.TestContext.Current.CancellationToken);

    /// <summary>A network of accounts 1 to <paramref name="accounts"/>.</summary>
    /// <param name="hasReplica">Whether the Graph service is outside of the node, which has a replica.</param>
    /// <param name="hasMediaElsewhere">Whether the Media service is reached over the network.</param>
    /// <param name="hasNotificationsElsewhere">Whether notifications are, and reach the node over it.</param>
    public static async Task<TestNetwork> StartAsync(
        int accounts, TimelinesOptions? timelines = null, TimeProvider? time = null,
        NotificationsOptions? notifications = null, WebPushOptions? webPush = null, SearchOptions? search = null,
        bool hasReplica = false, bool hasMediaElsewhere = false, bool hasNotificationsElsewhere = false,
        Func<Node, string, NodeTools, Task<ITimelinesApart>>? apart = null)
    {
        var network = new TestNetwork(
            timelines ?? new TimelinesOptions { RebuildShare = 1 }, notifications ?? new NotificationsOptions(),
            webPush ?? new WebPushOptions(), search ?? new SearchOptions(), time ?? TimeProvider.System,
            hasReplica, hasMediaElsewhere, hasNotificationsElsewhere)
        {
            Apart = apart,
        };
        await network.OpenAsync();
        var drafts = Enumerable.Range(1, accounts).Select(
            i => new AccountDraft($"u{i}", $"User {i}", network._time.GetUtcNow()));
        await network.Users.Import(new ImportAccounts([.. drafts]), Call);
        return network;
    }

    public async Task RestartAsync(Action<string>? whileClosed = null)
    {
        await CloseAsync();
        whileClosed?.Invoke(_directory);
        await OpenAsync();
    }

    public async Task<Post> PostAsync(
        int author, string text = "hello", PostId inReplyTo = default, Visibility visibility = Visibility.Public,
        int[]? mentions = null, string? language = null) =>
        await Posts.Create(
            new CreatePost(
                new AccountId(author), text, InReplyTo: inReplyTo, Visibility: visibility, Language: language,
                Mentions: [.. (mentions ?? []).Select(id => new AccountId(id))]), Call);

    public ValueTask<bool> FollowAsync(int follower, int followee) =>
        Graph.Follow(new Follow(new AccountId(follower), new AccountId(followee)), Call);

    public ValueTask<bool> UnfollowAsync(int follower, int followee) =>
        Graph.Unfollow(new Unfollow(new AccountId(follower), new AccountId(followee)), Call);

    /// <summary>A page, and the look whether its outline, made another way, says the same.</summary>
    public async Task<TimelinePage> HomeAsync(int account, PageRange? range = null)
    {
        var request = new HomeTimeline(new AccountId(account), range ?? new PageRange());
        var outlined = await Timelines.HomeOutline(request, Call);
        var page = await Timelines.Home(request, Call);
        var expected = OutlinedPage.Of(page);
        Xunit.Assert.Equal(expected.Posts, outlined.Posts);
        Xunit.Assert.Equal(expected.Authors, outlined.Authors);
        Xunit.Assert.Equal(expected.Follows, outlined.Follows);
        Xunit.Assert.Equal(expected.HasOlder, outlined.HasOlder);
        return page;
    }

    /// <summary>All of a home timeline, page by page from the newest.</summary>
    public Task<List<PostId>> WholeHomeAsync(int account, int limit) =>
        Paged.DownAsync(range => HomeAsync(account, range), limit);

    /// <summary>All of a home timeline, page by page from the oldest up; newest first.</summary>
    public Task<List<PostId>> WholeHomeUpwardsAsync(int account, int limit) =>
        Paged.UpAsync(range => HomeAsync(account, range), limit);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _provider.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        if (_graphDirectory is not null)
            Directory.Delete(_graphDirectory, recursive: true);
        if (_mediaDirectory is not null)
            Directory.Delete(_mediaDirectory, recursive: true);
        if (_notifications is not null)
            await _notifications.DisposeAsync();
    }

    private async Task CloseAsync()
    {
        if (_apart is not null)
            await _apart.DisposeAsync();
        _apart = null;
        if (_notifications is not null)
            await _notifications.CloseAsync();
        if (_node is not null)
            await _node.DisposeAsync();
        _node = null;
        if (_graph is not null)
            await _graph.DisposeAsync();
        _graphData?.Dispose();
        if (_media is not null)
            await _media.DisposeAsync();
        _media = null;
    }

    private async Task OpenAsync()
    {
        var options = _options;
        if (_graphDirectory is not null)
        {
            _graphData = DataDirectory.Open(_graphDirectory);
            _graph = new GraphUnderTest(GraphPlace.Here, _graphData, new RealTimers(_time), Meters);
            await _graph.OpenAsync();
            options = options with { GraphSource = GraphUnderTest.SourceOf(_graph.Service) };
        }
        if (_mediaDirectory is not null)
        {
            _media = await RoleServer.StartAsync(
                Role.Media, new(_mediaDirectory, "http://127.0.0.1:0", []), admin: null, default);
            options = options with { MediaElsewhere = new([_media.Url], []) };
        }
        if (_notifications is not null)
            options = options with { NotificationsElsewhere = _notifications.Place, HasStreams = false };
        var tools = new NodeTools(
            _notifications is null ? _time : new RealTimers(_time), NullLoggerFactory.Instance, Meters);
        _node = await Node.OpenAsync(options, tools, default);
        if (_notifications is not null)
            await _notifications.OpenAsync(_node, tools);
        if (Apart is not null)
            _apart = await Apart(_node, _directory, tools);
    }
}

/// <summary>Timelines that are not the node's own.</summary>
internal interface ITimelinesApart : IAsyncDisposable
{
    TimelinesApi Timelines { get; }
}
