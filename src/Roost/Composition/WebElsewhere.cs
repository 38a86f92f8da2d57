using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.AnnualReports;
using Roost.Services.Cards;
using Roost.Services.Collections;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Graph.Replicas;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Scheduled;
using Roost.Services.Search;
using Roost.Services.Settings;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Web;

namespace Roost.Composition;

/// <summary>
/// The services of a process that has the client port alone. Nearly all are functions of the process that has the
/// posts. Streams are matched here, where the connections are, from that one's feeds and a replica of the graph: they
/// outlive it.
/// </summary>
/// <remarks>Reads its own writes, as Web does in one process: what is changed is changed there, and whatever is kept
/// here has it before the change is answered.</remarks>
internal sealed class WebElsewhere : IAsyncDisposable
{
    /// <summary>Batches of posts take as long as they take.</summary>
    private static readonly TimeSpan _bulkMax = TimeSpan.FromMinutes(5);

    /// <summary>A request may take ten seconds: for so long nearly it waits for who takes the place of one that
    /// ended, as gateways wait for web.</summary>
    private static readonly TimeSpan _gapMax = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan _answerMax = TimeSpan.FromSeconds(9);

    private readonly Ways _ways;
    private readonly RoleElsewhere _posts;
    private readonly NodeTools _tools;

    // What follows posts, if timelines are here; and the functions of those.
    private DataDirectory? _data;
    private ServiceStack? _stack;

    private WebElsewhere(Elsewhere posts, NodeTools tools)
    {
        (_tools, _ways) = (tools, new Ways(tools));
        _posts = _ways.To(PostsServer.Name, posts);
    }

    /// <summary>What Web is made of.</summary>
    public WebServices Services { get; private set; } = null!;

    /// <summary>Which processes are called, and how they stand.</summary>
    public IReadOnlyList<CalledService> Called => _ways.Called;

    /// <summary>The functions that are answered here rather than elsewhere, and how they stand.</summary>
    public IReadOnlyList<FunctionReport> Served => _stack?.Report() ?? [];

    /// <summary>Waits until the services answer: in which order processes start does not matter.</summary>
    public static async Task<WebElsewhere> ConnectAsync(
        WebServerOptions options, NodeTools tools, CancellationToken ct)
    {
        var elsewhere = new WebElsewhere(options.Posts, tools);
        try
        {
            elsewhere.Services = await elsewhere.OpenAsync(options, ct);
            return elsewhere;
        }
        catch
        {
            await elsewhere.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ways.DisposeAsync();
        _data?.Dispose();
    }

    private async Task<WebServices> OpenAsync(WebServerOptions options, CancellationToken ct)
    {
        var time = _tools.Time;
        var usual = _posts.UsualPolicy;
        var client = _posts.Connect(
            PostsServer.Name,
            usual.GapMax == TimeSpan.Zero ? usual : usual with { GapMax = _gapMax, TimeoutMax = _answerMax });
        // Apart: calls that wait for something to happen would tell the other calls' balancer that it is slow.
        var feeds = _posts.Connect($"{PostsServer.Name}.feeds");
        var settings = await SettingsRemote.ConnectSettings(client).Get.AskUntilAnsweredAsync(
            new GetSettings(), time, ct);
        var graph = GraphHere.SourceOf(client, feeds, time);
        var replica = _ways.Opened(await GraphReplica.OpenAsync(graph, time, _tools.Loggers, _tools.Meters, ct));
        var (notifications, noticePolicy, _, webPush) = options.Notifications is { } told
            ? NoticesElsewhere.Of(_ways.To(NotificationsRole.Name, told), time)
            : NoticesElsewhere.Of(client, feeds, time);
        var known = new FiltersElsewhere(FiltersRemote.ConnectFilterLists(client), time);
        var filters = FiltersOf(client, feeds, known);
        var (users, moderation, figures) = UsersOf(client, options.Users);
        var community = await CommunityOf(client, feeds, ct);
        var search = SearchRemote.ConnectSearch(
            client, SearchRemote.ConnectReadQueries(client).Query(), QueriesElsewhere.MatchAsync);
        var (timelines, texts) = options.TimelinesHere is { } here
            ? await OpenTimelinesAsync(
                here,
                new TimelinesSources(
                    users, replica.Api, replica.Lists, replica.ReachAsync, filters, known, search,
                    TimelinesRole.NewestOf(_posts)),
                ct)
            : TimelinesOf(
                options.Timelines is { } apart
                    ? _ways.To(TimelinesRole.Name, apart).Connect(TimelinesRole.Name)
                    : client,
                users);
        var posts = PostsOf(client, feeds, texts);
        var conversations = ConversationsRemote.ConnectConversations(client);
        var push = _ways.Opened(new PushService(
            options.Push,
            new PushPeers(replica.Api, replica.Lists, replica.Tags, filters, posts, timelines)
            {
                Notifications = notifications,
                NoticePolicy = noticePolicy,
                Conversations = conversations,
                Community = community,
                Search = search,
            },
            time, _tools.Loggers, new PushMetrics(_tools.Meters)));
        await push.StartAsync(ct);
        return new WebServices(
            users,
            // Read there, and changed by way of the replica, which has it then.
            graph.Graph with { Follow = replica.Api.Follow, Unfollow = replica.Api.Unfollow },
            graph.Relations with
            {
                Block = replica.Relations.Block,
                Unblock = replica.Relations.Unblock,
                Mute = replica.Relations.Mute,
                Unmute = replica.Relations.Unmute,
                Answer = replica.Relations.Answer,
                AcceptAll = replica.Relations.AcceptAll,
            },
            graph.Lists with
            {
                Make = replica.Lists.Make,
                Change = replica.Lists.Change,
                End = replica.Lists.End,
                Members = replica.Lists.Members,
            },
            posts, timelines, search, MediaHere.Over(
                options.Media is { } where ? _ways.To(Role.Media.Name, where) : _posts, settings.Pictures, _tools),
            PostsRemote.ConnectMarks(client),
            graph.Tags with { Follow = replica.Tags.Follow, Feature = replica.Tags.Feature }, graph.Suggestions,
            notifications, noticePolicy, filters, push.Api, conversations,
            PostsRemote.ConnectPolls(
                client, static () => throw new NotSupportedException("Nobody waits for polls here.")),
            ScheduledRemote.ConnectScheduled(client))
        {
            Cards = CardsRemote.ConnectCards(
                client,
                _ways.Opened(new CardsElsewhere(CardsRemote.ConnectCardLookup(client), time, _tools.Loggers)).LookUp),
            Moderation = moderation,
            Figures = figures,
            Storage = StorageRemote.ConnectStorage(client),
            Translation = TranslationRemote.ConnectTranslation(client, settings.IsTranslating),
            Quotes = PostsRemote.ConnectQuotes(client),
            Community = community,
            WebPush = webPush,
            Collections = CollectionsRemote.ConnectCollections(client),
            AnnualReports = AnnualReportsRemote.ConnectAnnualReports(client),
        };
    }

    /// <summary>Of timelines elsewhere: pages, and what posts on them say.</summary>
    private static (TimelinesApi Timelines, Service<ReadPostTexts, PostTexts> Texts) TimelinesOf(
        RemoteClient client, UsersApi users)
    {
        var outlines = new OutlinesElsewhere(
            TimelinesRemote.ConnectOutlines(client) with
            {
                Home = client.Function(TimelinesRemote.OutlinesHome, KeyOf),
            },
            users.Get);
        var timelines = TimelinesRemote.ConnectTimelines(client) with
        {
            Home = client.Function(TimelinesRemote.TimelinesHome, KeyOf),
            HomeOutline = outlines.HomeAsync,
            Outline = outlines.OutlineAsync,
        };
        return (timelines, TextsElsewhere.Of(client.Function(PostsRemote.PostsRead)));
    }

    /// <summary>The same from this process's memory.</summary>
    private async Task<(TimelinesApi Timelines, Service<ReadPostTexts, PostTexts> Texts)> OpenTimelinesAsync(
        TimelinesHere here, TimelinesSources sources, CancellationToken ct)
    {
        _data = await FollowedSchema.OpenAsync(
            here.Data, here.Database, PostsService.Folder, "--timelines here", _tools, ct);
        _stack = new ServiceStack(_tools.Meters, _tools.Time, new MethodLimits());
        var replica = _ways.Opened(
            await TimelinesReplica.OpenAsync(sources, new TimelinesOptions(), _data, _tools, _stack, ct));
        return (replica.Timelines, replica.Texts);
    }

    private PostsApi PostsOf(RemoteClient client, RemoteClient feeds, Service<ReadPostTexts, PostTexts> texts)
    {
        var bulk = _posts.Connect(
            $"{PostsServer.Name}.bulk", _posts.UsualPolicy with { TimeoutMax = _bulkMax });
        return PostsRemote.ConnectPosts(
            client, texts,
            PostsRemote.ConnectPostFeed(feeds).Follow(_tools.Time)) with
        {
            CreateMany = bulk.Function(PostsRemote.PostsCreateMany),
        };
    }

    private FiltersApi FiltersOf(RemoteClient client, RemoteClient feeds, FiltersElsewhere filters)
    {
        var told = FiltersRemote.ConnectFilterLists(feeds);
        return filters.Heeding(FiltersRemote.ConnectFilters(
            client, filters.OfAsync, filters.OfManyAsync, told.Follow(filters, _tools.Time)));
    }

    /// <summary>Nobody is asked who need not be: only what is heeded by others goes by way of posts.</summary>
    private (UsersApi Users, ModerationApi Moderation, FiguresApi Figures) UsersOf(
        RemoteClient client, Elsewhere? where)
    {
        var (users, moderation) = (UsersRemote.ConnectUsers(client), UsersRemote.ConnectModeration(client));
        if (where is null) return (AccountsElsewhere.Over(users), moderation, UsersRemote.ConnectFigures(client));
        var direct = _ways.To(Role.Users.Name, where).Connect(Role.Users.Name);
        return (
            AccountsElsewhere.Over(UsersRemote.ConnectUsers(direct)) with { Create = users.Create }, moderation,
            UsersRemote.ConnectFigures(direct));
    }

    private async Task<CommunityApi> CommunityOf(RemoteClient client, RemoteClient feeds, CancellationToken ct)
    {
        var told = CommunityRemote.ConnectCommunityFeed(feeds);
        var emojis = _ways.Opened(await EmojisElsewhere.OpenAsync(told, _tools.Time, _tools.Loggers, ct));
        var community = CommunityRemote.ConnectCommunity(client, emojis.Book, told.Follow(_tools.Time));
        return community with
        {
            AddEmoji = emojis.Heeding(community.AddEmoji),
            RemoveEmoji = emojis.Heeding(community.RemoveEmoji),
        };
    }

    /// <summary>An account's pages come from where its inbox is.</summary>
    private static ulong KeyOf(HomeTimeline request) => (ulong)request.Account.Value;
}
