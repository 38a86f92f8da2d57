using System.Collections.Concurrent;
using Roost.Engine.Graph;
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
using Roost.Services.Users;
using Roost.Services.WebPush;
using Roost.Web;

namespace Roost.Tests.Web;

/// <summary>
/// The services in memory, plain and slow, keeping the contracts that Web relies on. One lock around everything.
/// Posts are
/// in <c>FakeNetwork.Posts.cs</c>.
/// </summary>
internal sealed partial class FakeNetwork
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly List<Account> _accounts = [];
    private readonly Dictionary<AccountId, string> _passwords = [];
    private readonly List<(App App, string Secret)> _apps = [];
    private readonly Dictionary<string, (long AppId, Grant Grant)> _grants = [];
    private readonly ConcurrentDictionary<string, Token> _tokens = new();
    private readonly List<(long Id, AccountId Follower, AccountId Followee)> _follows = [];
    private long _next;

    /// <summary>When set, the home timeline fails with it.</summary>
    public Exception? HomeFailure { get; set; }

    /// <summary>What is found, whatever the words: nothing, unless set.</summary>
    public Func<SearchRange, FoundPosts> Finds { get; set; } = _ => new([], null, false, null);

    public int FindCalls { get; private set; }

    public WebServices Services =>
        new(
            Users(), Graph(), Relations(), Lists(), Posts(), Timelines(), Search(), Media(), Marks(), Tags(), Suggestions(),
            Notifications(), NoticePolicy(), Filters(), Push(), Conversations(), Polls(), Scheduled())
        {
            Moderation = Moderation(),
            Figures = Figures(),
            Storage = new StorageApi((_, _) => new([])),
            Community = Community(),
            Quotes = Quotes(),
            WebPush = WebPush(),
            Collections = Collections(),
            AnnualReports = AnnualReports(),
        };

    public Account AddAccount(string username, string password = "correct horse")
    {
        lock (_lock)
        {
            var account = new Account(new AccountId(_accounts.Count + 1), username, "", "", false, false, Start);
            _accounts.Add(account);
            _passwords[account.Id] = password;
            return account;
        }
    }

    public string AddToken(AccountId account, string scopes, string? appName = "Test app") =>
        Issue(new CreateToken(appName is null ? 0 : 77, account, scopes), appName);

    public void AddFollow(AccountId follower, AccountId followee)
    {
        lock (_lock)
        {
            if (!_follows.Exists(f => f.Follower == follower && f.Followee == followee))
                _follows.Add((++_next, follower, followee));
        }
    }

    private Account? Find(string name) =>
        _accounts.Find(a => a.Username.Equals(name, StringComparison.OrdinalIgnoreCase));

    private Account? Get(AccountId id) => id.Value >= 1 && id.Value <= _accounts.Count ? _accounts[id.Value - 1] : null;

    private string Issue(CreateToken request, string? appName)
    {
        var value = $"token-{Interlocked.Increment(ref _next)}";
        _tokens[value] = new Token(request.AppId, appName, request.Account, request.Scopes) { Number = _next };
        return value;
    }

    private Service<TRequest, TReply> Locked<TRequest, TReply>(Func<TRequest, TReply> answer) => (request, _) =>
    {
        lock (_lock) return ValueTask.FromResult(answer(request));
    };

    private static Service<TRequest, TReply> Unused<TRequest, TReply>() =>
        (_, _) => throw new NotSupportedException($"Web does not ask {typeof(TRequest).Name}.");

    /// <summary>Trends of nothing, posts as told, and accounts whose usernames begin so.</summary>
    private SearchApi Search() => new(
        Posts: Locked<FindPosts, FoundPosts>(request => Finds(request.Range)),
        Tagged: Locked<FindTagged, FoundPosts>(request => Finds(request.Range)),
        Linked: Locked<FindLinked, FoundPosts>(request => Finds(request.Range)),
        CountTagged: Locked<CountTagged, TaggedCount>(_ => new TaggedCount(0, null)),
        Query: Unused<ReadQuery, QueryRead>(),
        Matching: Unused<MatchPosts, IReadOnlyList<int>[]>(),
        People: Locked<FindPeople, AccountId[]>(request => [.. _accounts
            .Where(a => a.Username.StartsWith(request.Text.TrimStart('@'), StringComparison.OrdinalIgnoreCase))
            .Skip(request.Offset).Take(request.Limit).Select(a => a.Id)]),
        Tags: Locked<FindTags, TagUses[]>(_ => []),
        Tag: Locked<GetTagUses, TagUses>(request => new TagUses(request.Name, [])),
        TrendingTags: Locked<GetTrends, TagUses[]>(_ => []),
        TrendingLinks: Locked<GetTrends, LinkUses[]>(_ => []),
        TrendingPosts: Locked<GetTrends, PostRef[]>(_ => []),
        Ingested: Unused<AwaitIngest, IngestStatus>());

    private UsersApi Users() => new(
        Locked<CreateAccount, CreateAccountReply>(Create),
        Unused<ImportAccounts, IReadOnlyList<AccountId>>(),
        Locked<GetAccounts, Account?[]>(r => [.. r.Ids.Select(Get)]),
        Locked<FindAccounts, Account?[]>(r =>
        {
            FindCalls++;
            return [.. r.Usernames.Select(Find)];
        }),
        Locked<VerifyPassword, Account?>(r => Find(r.Login) is { } a && _passwords[a.Id] == r.Password ? a : null),
        Unused<SetPassword, bool>(),
        Locked<CountAccounts, long>(_ => _accounts.Count),
        Locked<CreateApp, App>(r =>
        {
            var id = _apps.Count + 1;
            var app = new App(id, r.Name, r.Website, r.RedirectUris, r.Scopes, $"client-{id}", null);
            _apps.Add((app, $"secret-{id}"));
            return app with { Secret = $"secret-{id}" };
        }),
        Locked<FindApp, App?>(r =>
            _apps.Find(a => a.App.ClientId == r.ClientId && (r.Secret is null || r.Secret == a.Secret)).App),
        Locked<GetApp, App?>(r => _apps.Find(a => a.App.Id == r.Id).App),
        Locked<CreateGrant, string>(r =>
        {
            var code = $"code-{++_next}";
            _grants[code] = (r.AppId, new Grant(r.Account, r.Scopes, r.RedirectUri, r.CodeChallenge));
            return code;
        }),
        Locked<RedeemGrant, Grant?>(r =>
            _grants.Remove(r.Code, out var found) && found.AppId == r.AppId ? found.Grant : null),
        Locked<CreateToken, IssuedToken>(Issue),
        Unused<CreateTokens, IReadOnlyList<IssuedToken>>(),
        (r, _) => ValueTask.FromResult(_tokens.GetValueOrDefault(r.Value)),
        Locked<FindTokens, Token?[]>(r => [.. r.Values.Select(value => _tokens.GetValueOrDefault(value))]),
        Locked<RevokeToken, bool>(r =>
            _tokens.TryGetValue(r.Value, out var t) && (r.AppId is null || r.AppId == t.AppId)
                && _tokens.TryRemove(r.Value, out _)),
        Locked<ChangeAccount, Account?>(Change),
        Locked<GetTokensVersion, long>(_ => _tokens.Count),
        Unused<RenewAccounts, RenewedAccount[]>());

    /// <summary>Streams on which nothing happens.</summary>
    private static PushApi Push() => new(
        _ => { }, (_, _) => ValueTask.FromResult(new PushPlace(0)), _ => { }, Unused<ReplayStream, MissedEvents>(),
        Unused<AwaitPush, PushStatus>());

    /// <summary>Nobody is subscribed.</summary>
    private static WebPushApi WebPush() => new(
        (_, _) => { }, (_, _) => new(new PushKey(new byte[65])), Unused<SubscribeToPush, PushSubscription>(),
        (_, _) => ValueTask.FromResult<PushSubscription?>(null),
        (_, _) => ValueTask.FromResult<PushSubscription?>(null), (_, _) => ValueTask.FromResult(false),
        Unused<AwaitSent, int>());

    private Account? Change(ChangeAccount request)
    {
        if (Get(request.Account) is not { } old) return null;
        return _accounts[old.Id.Value - 1] = old with
        {
            DisplayName = request.DisplayName ?? old.DisplayName,
            Note = request.Note ?? old.Note,
            Locked = request.Locked ?? old.Locked,
            Bot = request.Bot ?? old.Bot,
            Profile = request.Profile?.ApplyTo(old.Profile) ?? old.Profile,
            Stamp = ++_next,
        };
    }

    private static MediaApi Media() => new(
        Unused<UploadMedia, MediaItem>(), Unused<GetMedia, MediaItem?[]>(), Unused<DescribeMedia, MediaItem?>(),
        Unused<UseMedia, MediaItem[]?>(), Unused<FreeMedia, bool>(), Unused<SettleMedia, bool>(),
        Unused<GetSettled, uint>(), Unused<DeleteMedia, DeleteMediaReply>(), Unused<FindMediaFile, MediaFile?>(),
        Unused<GetMediaPart, MediaPart?>(),
        new MediaLimits(1 << 20, 1 << 24, 1_500));

    private static TagsApi Tags() => new(
        Unused<FollowTag, TagTie?>(), Unused<FeatureTag, TagTie?>(),
        (_, _) => ValueTask.FromResult(new TagPage([], false)), (_, _) => ValueTask.FromResult(TagTies.None),
        Unused<GetTagFollowers, SortedIds[]>());

    private static SuggestionsApi Suggestions() => new(
        (_, _) => ValueTask.FromResult<AccountId[]>([]),
        (_, _) => ValueTask.FromResult<Suggested[]>([]), Unused<DismissSuggestion, bool>());

    private static ScheduledApi Scheduled() => new(
        Unused<SchedulePost, ScheduledPost>(), Unused<ListScheduled, ScheduledPage>(),
        Unused<GetScheduled, ScheduledPost?>(), Unused<Reschedule, ScheduledPost?>(), Unused<CancelScheduled, bool>());

    private static QuotesApi Quotes() => new(
        Unused<SetQuotePolicy, bool>(), Unused<RevokeQuote, Revocation>(), Unused<ListQuotes, MarkedPage?>(),
        Unused<ListQuoting, QuotingPost[]>());

    private static PollsApi Polls() => new(
        Unused<VoteInPoll, bool>(), Unused<FindEndedPolls, EndedPoll[]>(),
        Unused<FindNextPollEnd, DateTimeOffset?>(), Unused<ListVoters, Voter[]>(),
        () => throw new NotSupportedException("Web does not ask for polls."));

    private static ConversationsApi Conversations() => new(
        Unused<ListConversations, ConversationPage>(), Unused<ReadConversation, Conversation?>(),
        Unused<EndConversation, bool>(), Unused<ListDirect, DirectPage>(), Unused<GetConversationOf, Conversation?>());

    private static MarksApi Marks() => new(
        Unused<MarkPost, bool>(), (_, _) => ValueTask.FromResult(new MarkedPage([], false)), Unused<ListMarkers, MarkersPage?>(),
        Unused<FindMutedThreads, bool[]>(), Unused<ListOwnMarks, uint[]>(), Unused<ListActive, AccountId[]>());

    private IssuedToken Issue(CreateToken request) =>
        new(Issue(request, _apps.Find(a => a.App.Id == request.AppId).App?.Name), request.Scopes, Start);

    private CreateAccountReply Create(CreateAccount request)
    {
        var errors = new List<FieldError>();
        if (request.Username.Length == 0) errors.Add(new FieldError("username", "ERR_BLANK", "can't be blank"));
        if (Find(request.Username) is not null)
            errors.Add(new FieldError("username", "ERR_TAKEN", "This username has already been taken"));
        if (request.Password.Length < 8)
            errors.Add(new FieldError("password", "ERR_TOO_SHORT", "is too short (minimum is 8 characters)"));
        if (errors.Count > 0) return new CreateAccountReply(null, errors);
        var account = AddAccount(request.Username, request.Password);
        var token = request.Token is { } wanted ? Issue(new CreateToken(wanted.AppId, account.Id, wanted.Scopes)) : null;
        return new CreateAccountReply(account, [], token);
    }

    private GraphApi Graph() => new(
        Locked<Follow, bool>(r =>
        {
            AddFollow(r.Follower, r.Followee);
            return true;
        }),
        Locked<Unfollow, bool>(r => _follows.RemoveAll(f => f.Follower == r.Follower && f.Followee == r.Followee) > 0),
        Unused<ImportFollows, long>(),
        Locked<GetRelationships, Relationship[]>(r =>
            [.. r.Others.Select(o => new Relationship(o, IsFollowing(r.Account, o), IsFollowing(o, r.Account)))]),
        Locked<CountFollows, FollowCounts[]>(r => [.. r.Accounts.Select(CountsOf)]),
        Locked<ListFollows, FollowPage>(List),
        Unused<GetFollowees, Followees>(),
        Unused<GetFollowers, Roost.Engine.Graph.SortedIds>(),
        Unused<GetFollowersOfMany, Roost.Engine.Graph.SortedIds[]>(),
        Locked<GetRules, ViewerRules?>(_ => null),
        Locked<GetRulesOfMany, ViewerRules?[]>(r => new ViewerRules?[r.Viewers.Length]),
        Unused<GetSubscribers, Roost.Engine.Graph.SortedIds[]>(),
        Unused<GetNewestTie, long>(),
        Unused<CountNewFollows, NewFollows>(),
        (_, _) => throw new NotSupportedException("Web follows no feed of the graph."));

    /// <summary>What everybody is told, in groups.</summary>
    public GroupPage Groups { get; set; } = new([], 0, 0, false);

    public int Unread { get; set; }

    /// <summary>Where a marker was put last.</summary>
    public long ReadUpTo { get; private set; }

    private NotificationsApi Notifications() => new(
        Locked<ListNotices, NoticePage>(_ => new NoticePage([], false)),
        Unused<GetNotice, Notice?>(), Unused<DismissNotice, bool>(), Unused<ClearNotices, bool>(),
        Locked<CountUnread, int>(_ => Unread),
        Locked<ListGroups, GroupPage>(_ => Groups), Unused<GetGroup, NoticeGroup?>(), Unused<ListGroupSenders, AccountId[]>(),
        Unused<DismissGroup, bool>(), Locked<GetMarkers, Marker?[]>(_ => [null]),
        Locked<SetMarker, Marker>(r =>
        {
            ReadUpTo = r.LastReadId;
            return new Marker(r.LastReadId, 0, Start);
        }),
        Unused<AwaitNotices, long>(), Unused<GetNewestNotice, long>(),
        (_, _) => throw new NotSupportedException("Web follows no notifications."));

    private static FiltersApi Filters() => new(
        (_, _) => new((ViewerFilters?)null), Unused<GetFiltersOfMany, ViewerFilters?[]>(),
        Unused<ListFilters, Filter[]>(), Unused<MakeFilter, Filter>(),
        Unused<ChangeFilter, Filter?>(), Unused<EndFilter, bool>(), Unused<AddKeyword, FilterKeyword?>(),
        Unused<ChangeKeyword, FilterKeyword?>(), Unused<EndKeyword, bool>(), Unused<AddFilteredPost, FilteredPost?>(),
        Unused<EndFilteredPost, FilteredPost?>(), _ => throw new NotSupportedException("Web follows no filters."));

    private static NoticePolicyApi NoticePolicy() => new(
        Unused<GetPolicy, PolicySummary>(), Unused<SetPolicy, PolicySummary>(), Unused<ListRequests, RequestPage>(),
        Unused<GetRequest, NoticeRequest?>(), Unused<AnswerRequests, int>(),
        _ => throw new NotSupportedException("Web follows no notifications."));

    private static CollectionsApi Collections() => new(
        Unused<MakeCollection, AccountCollection>(), Unused<ChangeCollection, AccountCollection?>(),
        Unused<EndCollection, bool>(), Unused<GetCollection, AccountCollection?>(),
        Unused<ListCollections, CollectionPage>(), Unused<AddToCollection, CollectionItem?>(),
        Unused<RemoveFromCollection, bool>(), Unused<LeaveCollection, bool>(), Unused<EraseCollections, bool>());

    private static AnnualReportsApi AnnualReports() => new(
        Unused<GetReportState, AnnualReportState>(), Unused<MakeReport, AnnualReportState>(),
        Unused<ListAnnualReports, IReadOnlyList<AnnualReport>>(), Unused<GetAnnualReport, AnnualReport?>(),
        Unused<MarkReportRead, bool>(), Unused<EraseReports, bool>(), Unused<AwaitReports, bool>());

    private static CommunityApi Community() => new(
        new EmojiBook(EmojiSet.Empty), Unused<AddEmoji, CustomEmoji>(), Unused<RemoveEmoji, CustomEmoji?>(),
        (_, _) => ValueTask.FromResult<IReadOnlyList<Announcement>>([]), Unused<AddAnnouncement, Announcement>(),
        Unused<RemoveAnnouncement, bool>(), Unused<DismissAnnouncement, bool>(), Unused<ReactToAnnouncement, bool>(),
        Unused<FileReport, Report>(), Unused<ListReports, IReadOnlyList<Report>>(), Unused<GetReport, Report?>(),
        Unused<ChangeReport, Report?>(), Unused<CountReports, ReportCounts[]>(), Unused<WarnAccount, AccountWarning>(),
        Unused<GetWarning, AccountWarning?>(), Unused<GetNewestWarning, long>(),
        Unused<GetLastWarning, AccountWarning?>(),
        (_, _) => ValueTask.FromResult<IReadOnlyList<CommunityBlock>>([]), Unused<PutBlock, CommunityBlock>(),
        Unused<RemoveBlock, CommunityBlock?>(), Unused<NoteAction, long>(),
        Unused<ListActions, IReadOnlyList<NotedAction>>(), Unused<ReviewTrend, bool>(),
        (_, _) => ValueTask.FromResult<IReadOnlyList<TrendReview>>([]),
        _ => throw new NotSupportedException("Web follows no announcements."));

    private static ModerationApi Moderation() => new(
        Unused<ListAccounts, IReadOnlyList<AccountRecord>>(), Unused<ListJoined, IReadOnlyList<Account>>(),
        (request, _) => ValueTask.FromResult(new AccountRecord?[request.Ids.Count]),
        Unused<LookUpAccount, AccountRecord?>(), Unused<ChangeStanding, Account?>(), Unused<ChangeEmail, bool>(),
        Unused<EraseAccount, bool>(), (_, _) => ValueTask.FromResult<IReadOnlyList<SignedIn>>([]),
        Unused<EndSession, bool>());

    private static FiguresApi Figures() => new(
        (_, _) => ValueTask.FromResult(new VisitCounts([], 0)), Unused<CountJoins, int[]>(),
        Unused<CountActive, ActiveCounts>(), Unused<CountRetention, IReadOnlyList<Cohort>>(),
        Unused<CountOrigins, Origins>());

    private static RelationsApi Relations() => new(
        Unused<Block, bool>(), Unused<Unblock, bool>(), Unused<Mute, bool>(), Unused<Unmute, bool>(),
        Unused<AnswerRequest, bool>(), Unused<AcceptRequests, bool>(), Unused<SetNote, bool>(),
        Unused<Endorse, bool>(), Unused<BlockDomain, bool>(),
        Unused<ListRelations, RelationPage>(), Unused<ListDomainBlocks, DomainPage>(),
        Unused<GetFamiliar, Roost.Engine.Graph.SortedIds[]>(), (_, _) => ValueTask.FromResult(0));

    private static ListsApi Lists() => new(
        Unused<GetLists, AccountList[]>(), Unused<GetList, AccountList?>(), Unused<MakeList, AccountList>(),
        Unused<ChangeList, AccountList?>(), Unused<EndList, bool>(), Unused<ChangeMembers, bool>());

    private bool IsFollowing(AccountId follower, AccountId followee) =>
        _follows.Exists(f => f.Follower == follower && f.Followee == followee);

    private FollowCounts CountsOf(AccountId id) =>
        new(_follows.Count(f => f.Followee == id), _follows.Count(f => f.Follower == id));

    private FollowPage List(ListFollows request)
    {
        var all = _follows
            .Where(f => (request.Side == FollowSide.Followers ? f.Followee : f.Follower) == request.Account)
            .Where(f => (request.Before == 0 || f.Id < request.Before) && f.Id > request.After)
            .Select(f => (f.Id, request.Side == FollowSide.Followers ? f.Follower : f.Followee))
            .OrderByDescending(f => f.Id).ToList();
        var page = request.Ascending ? all.TakeLast(request.Limit) : all.Take(request.Limit);
        return new FollowPage([.. page], !request.Ascending && all.Count > request.Limit);
    }
}
