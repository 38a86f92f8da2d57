using System.Globalization;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Filters;
using Roost.Services.AnnualReports;
using Roost.Services.Collections;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Posts.Log;
using Roost.Services.Push;
using Roost.Services.Scheduled;
using Roost.Services.Search;
using Roost.Services.Settings;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Services.WebPush;
using Roost.Web;

namespace Roost.Composition;

/// <summary>
/// All services in one process over one data directory. This is the whole wiring: read it top-down to see who is given
/// whom.
/// <code>
///   Timelines ──► Users, Graph, Filters, Posts, Search        Posts ──► Graph (who may see a post), Media (pictures)
///   Notifications ──► Users, Graph, Posts
/// </code>
/// </summary>
/// <remarks>
/// The directory is locked for the node's life. Opening reads what start-up needs (the graph, the log's indexes) on two
/// threads. Disposing stops in the other direction: first who calls, then who is called.
/// </remarks>
public sealed partial class Node : IAsyncDisposable
{
    private readonly DataDirectory _data;
    private readonly IAsyncDisposable _users;
    private readonly GraphHere _graph;
    private readonly MediaHere _media;
    private readonly CommunityService _community;
    private readonly PostsHere _posts;
    private readonly FiltersService _filters;
    private readonly Services.Cards.CardsService _cards;
    private readonly NotificationsHere _notifications;
    private readonly TimelinesService _timelines;
    private readonly PushService? _push;
    private readonly WebPushService? _webPush;
    private readonly ConversationsService _conversations;
    private readonly ScheduledService _scheduled;
    private readonly CollectionsService _collections;
    private readonly AnnualReportsService _annualReports;
    private readonly TranslationService _translation;

    private Node(
        DataDirectory data, UsersHere users, GraphHere graph, MediaHere media,
        ConversationsService conversations, ScheduledService scheduled, CommunityService community, PostsHere posts,
        NodeOptions options, NodeTools tools)
    {
        (_data, _users, _graph, _media) = (data, users.Owner, graph, media);
        (_conversations, _scheduled, _community, _posts) = (conversations, scheduled, community, posts);
        var stack = posts.Stack;
        (Users, Moderation, Figures) = (posts.Users, posts.Moderation, posts.Figures);
        (_, Graph, Relations, Lists, Tags, Suggestions, GraphFeeds, _, _, _) = posts.Graph;
        Media = posts.Media = media.Behind(stack);
        var fetching = tools.Toggles.Get("cards.fetch", "Pages that posts link to are fetched for cards.", usual: 1);
        _cards = Services.Cards.CardsService.Open(
            data, options.Cards with { MayFetch = url => fetching.IsOn(url) }, Media, tools.Time, tools.Loggers,
            tools.Meters);
        Cards = _cards.Api.With(stack);
        Community = community.Api.With(stack);
        (Posts, Marks) = (posts.Posts, posts.Marks);
        Quotes = posts.Service.Quotes.With(stack);
        Polls = posts.Service.Polls.With(stack);
        _filters = FiltersService.Open(data, tools.Time, tools.Loggers, tools.Meters);
        Filters = _filters.Api.With(stack);
        _collections = CollectionsService.Open(
            data, new CollectionsPeers(Users, Graph), tools.Time, tools.Loggers, tools.Meters);
        Collections = _collections.Api.With(stack);
        _annualReports = AnnualReportsService.Open(
            data, options.AnnualReports, new ReportPeers(Posts, Graph), tools.Time, tools.Loggers, tools.Meters);
        AnnualReports = _annualReports.Api.With(stack);
        _notifications = NotificationsHere.Open(
            data, options,
            new NotificationsPeers(Users, Graph, Posts, Marks, Quotes)
            {
                Polls = Polls,
                Staff = new StaffPeers(Moderation, Community),
            },
            stack, tools);
        Users = Users with { Create = _notifications.Heeding(Users.Create) };
        Community = Community with
        {
            File = _notifications.Heeding(Community.File),
            Warn = _notifications.Heeding(Community.Warn),
        };
        Notifications = _notifications.Notifications;
        NoticePolicy = _notifications.Policy;
        Search = posts.SearchService.Api.With(stack);
        _timelines = new TimelinesService(
            InboxesOf(data, options.Timelines),
            new TimelinesPeers(Users, Graph, Lists, Posts)
            {
                Search = Search,
                Filters = Filters,
                Changed = options.Timelines.Redis is null ? null : graph.WatchFollowees(),
            },
            tools.Time, tools.Loggers, new TimelinesMetrics(tools.Meters));
        Timelines = _timelines.Api.With(stack);
        Conversations = conversations.Api.With(stack);
        if (options.HasStreams)
        {
            _push = new PushService(
                options.Push,
                new PushPeers(Graph, Lists, Tags, Filters, Posts, Timelines)
                {
                    Notifications = Notifications,
                    NoticePolicy = NoticePolicy,
                    Conversations = Conversations,
                    Community = Community,
                    Search = Search,
                },
                tools.Time, tools.Loggers, new PushMetrics(tools.Meters));
            Push = _push.Api.With(stack);
        }
        _webPush = _notifications.IsOwn
            ? WebPushService.Open(
                data, options.WebPush, new WebPushPeers(Users, Moderation, Graph, Timelines, Notifications),
                tools.Time, tools.Loggers, tools.Meters)
            : null;
        WebPush = _notifications.WebPushElsewhere ?? _webPush!.Api.With(stack);
        Scheduled = scheduled.Api.With(stack);
        _translation = new TranslationService(options.Translation, tools.Time, tools.Loggers, tools.Meters);
        Translation = _translation.Api.With(stack);
        Storage = new StorageApi((_, _) => new(SpaceUse.Of(_data))).With(stack);
        ForWeb = new ForWeb(
            PostFeedElsewhere.Of(Posts.Feed, tools.Time).With(stack), OutlinesElsewhere.Of(Timelines).With(stack),
            _notifications.Feeds,
            community.Feed.With(stack), _filters.Lists.With(stack), _cards.Lookups.With(stack),
            QueriesElsewhere.Of(posts.SearchService.Api.Query).With(stack),
            new SettingsApi((_, _) => new(
                new ServiceSettings(Translation.IsOn, Media.Limits))).With(stack),
            ReadIndexApi.Of(Posts, _filters.Lists, graph.Newest).With(stack))
        {
            Cues = _notifications.Cues?.With(stack),
        };
        Removals = new Removals(
            new RemovalPeers(Users, Moderation, Graph, Relations, Lists, Posts)
            {
                Marks = Marks,
                Tags = Tags,
                Scheduled = Scheduled,
                Filters = Filters,
                Media = Media,
                Collections = Collections,
                AnnualReports = AnnualReports,
            },
            tools.Time, tools.Loggers.CreateLogger<Removals>());
        Moderation = Moderation with { Change = Removals.Heeding(Moderation.Change) };
    }

    public UsersApi Users { get; }

    public ModerationApi Moderation { get; }

    public FiguresApi Figures { get; }

    public CommunityApi Community { get; }

    /// <summary>Removes what deleted accounts have left.</summary>
    internal Removals Removals { get; }

    public GraphApi Graph { get; }

    public RelationsApi Relations { get; }

    public ListsApi Lists { get; }

    public TagsApi Tags { get; }

    public SuggestionsApi Suggestions { get; }

    /// <summary>What replicas of the graph are made and kept by.</summary>
    internal FeedsApi GraphFeeds { get; }

    public MediaApi Media { get; }

    public PostsApi Posts { get; }

    public MarksApi Marks { get; }

    public QuotesApi Quotes { get; }

    public FiltersApi Filters { get; }

    public Services.Cards.CardsApi Cards { get; }

    public NotificationsApi Notifications { get; }

    public NoticePolicyApi NoticePolicy { get; }

    public PollsApi Polls { get; }

    public TimelinesApi Timelines { get; }

    public SearchApi Search { get; }

    /// <summary>Null where others have the streams.</summary>
    public PushApi? Push { get; }

    public WebPushApi WebPush { get; }

    public ConversationsApi Conversations { get; }

    public ScheduledApi Scheduled { get; }

    public CollectionsApi Collections { get; }

    public AnnualReportsApi AnnualReports { get; }

    public TranslationApi Translation { get; }

    public StorageApi Storage { get; }

    /// <summary>What processes that have the client port alone ask for besides.</summary>
    internal ForWeb ForWeb { get; }

    /// <summary>What Web is made of.</summary>
    public WebServices Web => new(
        Users, Graph, Relations, Lists, Posts, Timelines, Search, Media, Marks, Tags, Suggestions,
        Notifications, NoticePolicy, Filters, Push!, Conversations, Polls, Scheduled)
    {
        Cards = Cards,
        Moderation = Moderation,
        Figures = Figures,
        Translation = Translation,
        Storage = Storage,
        Community = Community,
        Quotes = Quotes,
        WebPush = WebPush,
        Collections = Collections,
        AnnualReports = AnnualReports,
    };

    /// <summary>Which services elsewhere the node calls, and how they stand.</summary>
    internal IReadOnlyList<CalledService> Called =>
        [
            .. _graph.Owned.Prepend(_users).Append(_media.Owner).Append(_notifications.Way)
                .Concat(_posts.SearchElsewhere?.Ways ?? []).OfType<RoleElsewhere>().Where(way => !way.IsInProcess)
                .Select(way => way.Report()),
        ];

    /// <summary>The functions of the node's own services, and how they stand.</summary>
    internal IReadOnlyList<FunctionReport> Served => _posts.Stack.Report();

    /// <summary>Fires when another process has taken over what this one has in databases of a server.</summary>
    internal CancellationToken Lost => _data.Lost;

    /// <inheritdoc cref="PostsService.ConfirmAsync"/>
    internal Task ConfirmAsync() => _posts.Service.ConfirmAsync();

    /// <summary>The directory's full path.</summary>
    public string DataDirectory => _data.Path;

    /// <exception cref="ServiceException">
    /// The directory is in use (by which process is said), damaged, not Roost's, or cannot be written.
    /// </exception>
    public static async Task<Node> OpenAsync(NodeOptions options, NodeTools tools, CancellationToken ct)
    {
        var standBy = options.StandBy;
        StandBy.Require(options);
        var data = OpenWhole(options);
        data.TakeOver = standBy?.TakeOver;
        if (data is { IsHeir: true, Files: null } && options.NotificationsElsewhere is null)
            LogHeir(tools.Loggers.CreateLogger<Node>(), data.Path, WebPushService.KeyFile);
        if (standBy is not null) RequireServer(data);
        var log = Task.Run(() => PostsHere.OpenLog(data, standBy is not null, tools), CancellationToken.None);
        SearchReading? reading = null;
        PostsHere? posts = null;
        GraphHere? graph = null;
        UsersHere? users = null;
        MediaHere? media = null;
        ConversationsService? conversations = null;
        ScheduledService? scheduled = null;
        CommunityService? community = null;
        try
        {
            reading = options.SearchElsewhere is null ? SearchReading.Begin(data) : SearchReading.None(data);
            graph = await GraphHere.OpenAsync(data, options, tools, ct);
            users = await UsersHere.OpenAsync(data, options, tools, ct);
            if (standBy is not null)
            {
                posts = new PostsHere(await log, users, graph, reading, options, tools);
                await posts.SearchService.StartAsync(ct);
                await standBy.TakeAsync(posts.Service.TakeAsync, ct);
            }
            await using var ahead = DatabasesAhead.Begin(
                data,
                [
                    .. options.MediaElsewhere is null ? [MediaService.Name] : Array.Empty<string>(),
                    ConversationsService.Name, ScheduledService.Name, CommunityService.Name,
                    Services.Cards.CardsService.Name, FiltersService.Name, CollectionsService.Name,
                    AnnualReportsService.Name,
                    .. options.NotificationsElsewhere is null
                        ? [NotificationsService.Name, WebPushService.Name]
                        : Array.Empty<string>(),
                ],
                tools.Time, tools.Loggers, tools.Meters);
            media = MediaHere.Open(data, options, tools);
            conversations = ConversationsService.Open(data, tools.Time, tools.Loggers, tools.Meters);
            scheduled = ScheduledService.Open(data, tools.Time, tools.Loggers, tools.Meters);
            community = CommunityService.Open(data, tools.Time, tools.Loggers, tools.Meters);
            posts ??= new PostsHere(await log, users, graph, reading, options, tools);
            var node = new Node(
                data, users, graph, media, conversations, scheduled, community, posts, options, tools);
            DataParts.Note(
                data, PostsService.Folder, $"{Services.Cards.CardsService.Name}.db",
                $"{FiltersService.Name}.db", $"{ConversationsService.Name}.db", $"{ScheduledService.Name}.db",
                $"{CommunityService.Name}.db", $"{CollectionsService.Name}.db", $"{AnnualReportsService.Name}.db");
            if (node._notifications.IsOwn) DataParts.Note(data, RolePlace.Notifications.Parts);
            if (data.IsOnServer) DataParts.Note(data, $"{PostsService.Folder}.db");
            await posts.Service.StartAsync(ct);
            conversations.Start(node.Posts);
            scheduled.Start(new ScheduledPeers(node.Posts, node.Media));
            await node._notifications.StartAsync(ct);
            await node._timelines.StartAsync(ct);
            if (standBy is null) await posts.SearchService.StartAsync(ct);
            if (node._push is not null) await node._push.StartAsync(ct);
            if (node._webPush is not null) await node._webPush.StartAsync(ct);
            node._annualReports.Start();
            node.Removals.Start();
            return node;
        }
        catch
        {
            if (posts is not null)
            {
                await posts.DisposeAsync();
            }
            else
            {
                await CloseAsync(log);
                if (reading is not null)
                    await reading.DisposeAsync();
            }
            if (community is not null)
                await community.DisposeAsync();
            if (scheduled is not null)
                await scheduled.DisposeAsync();
            if (conversations is not null)
                await conversations.DisposeAsync();
            if (media is not null)
                await media.Owner.DisposeAsync();
            if (users is not null)
                await users.Owner.DisposeAsync();
            if (graph is not null)
                await graph.DisposeAsync();
            data.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Sets the directory aside for what is about to be loaded, before the first of it is written. A directory that
    /// holds anything is taken only by the source that it was set aside for.
    /// </summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Conflict"/>: it holds something else; says what. Nothing was changed.
    /// </exception>
    public async Task SetAsideForAsync(LoadedSource source, CancellationToken ct)
    {
        var before = LoadedSource.Of(_data);
        if (before?.Digest == source.Digest)
            return;
        var accounts = await Users.Count(new CountAccounts(), Call.Until(ct));
        if (before is not null)
            throw Refusal($"It was loaded, or begun to be loaded, from another source: {before.Name}.");
        if (accounts > 0)
            throw Refusal(string.Create(CultureInfo.InvariantCulture, $"It is in use: it holds {accounts:N0} "
                + $"account{(accounts == 1 ? "" : "s")} that no load made."));
        source.Write(_data);

        ServiceException Refusal(string holds) => new(
            ErrorCode.Conflict,
            $"{source.Name} was not loaded into {DataDirectory}, and nothing there was changed. {holds} Give an empty "
            + "or new directory with --data DIR.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_webPush is not null) await _webPush.DisposeAsync();
        if (_push is not null) await _push.DisposeAsync();
        await Removals.DisposeAsync();
        await _annualReports.DisposeAsync();
        await _timelines.DisposeAsync();
        await _notifications.DisposeAsync();
        await _scheduled.DisposeAsync();
        await _conversations.DisposeAsync();
        _translation.Dispose();
        await _cards.DisposeAsync();
        await _filters.DisposeAsync();
        await _collections.DisposeAsync();
        // Now, for another process may be waiting to write posts; they can be read until the end.
        await _posts.Service.EndWritingAsync();
        await _community.DisposeAsync();
        await _media.Owner.DisposeAsync();
        await _posts.DisposeAsync();
        await _graph.DisposeAsync();
        await _users.DisposeAsync();
        _data.Dispose();
    }

    private static TimelinesOptions InboxesOf(DataDirectory data, TimelinesOptions options) =>
        options.Redis is { } redis ? options with { Redis = redis with { Network = NetworkName.Of(data) } } : options;

    private static DataDirectory OpenWhole(NodeOptions options)
    {
        var data = Services.Storage.DataDirectory.Open(
            options.DataDirectory, database: options.Database, service: PostsService.Folder, files: options.Files);
        try
        {
            DataParts.Require(data, caches: PostsService.Folder);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private static void RequireServer(DataDirectory data)
    {
        try
        {
            StandBy.Require(data);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the log is open or failed to, which was told already, and closes it.</summary>
    private static async Task CloseAsync(Task<PostLog> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
            await (await opening).DisposeAsync();
    }

    [LoggerMessage(LogLevel.Warning,
        "{Directory} is new and takes the place of the data directory that the database belonged to. Posts are fetched "
        + "from there; {KeyFile} was in the other one: copy it from there, or from a backup")]
    private static partial void LogHeir(ILogger logger, string directory, string keyFile);
}
