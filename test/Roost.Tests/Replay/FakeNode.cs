using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Replay.Loading;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Tests.Replay;

/// <summary>
/// The four services in memory, as their contracts say and no more: enough for loading and reading home timelines. It
/// can be told to break off an import in the middle of a batch, and to hide a post from home timelines.
/// </summary>
internal sealed class FakeNode
{
    private readonly List<Account> _accounts = [];
    private readonly Dictionary<string, AccountId> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<(AccountId Follower, AccountId Followee)> _follows = [];
    private readonly List<PostDraft> _posts = [];
    private readonly HashSet<ulong> _keys = [];

    /// <summary>Imports fail once the log holds this many.</summary>
    public int BreakAfterPosts { get; set; } = int.MaxValue;

    /// <summary>Posts with this text are on no home timeline, as if fan-out had lost them.</summary>
    public string? Hidden { get; set; }

    public IReadOnlyList<Account> Accounts => _accounts;
    public IReadOnlySet<(AccountId Follower, AccountId Followee)> Follows => _follows;
    public IReadOnlyList<PostDraft> Posts => _posts;
    public AccountId ActivatedUpTo { get; private set; }

    public LoadTarget Target => new(Users, Graph, PostsApi, Timelines);

    /// <summary>Something posted by somebody who is not the importer.</summary>
    public void PostNow(PostId id, AccountId author) =>
        _posts.Add(new PostDraft(id, DateTimeOffset.UnixEpoch, author, PostKind.Post, "now", default, default, [], 0));

    private UsersApi Users => new(
        Create: No<CreateAccount, CreateAccountReply>(),
        Import: (request, _) => new([.. request.Accounts.Select(Import)]),
        Get: No<GetAccounts, Account?[]>(),
        Find: (request, _) =>
            new([.. request.Usernames.Select(u => _byName.TryGetValue(u, out var id) ? Of(id) : null)]),
        VerifyPassword: No<VerifyPassword, Account?>(),
        SetPassword: No<SetPassword, bool>(),
        Count: No<CountAccounts, long>(),
        CreateApp: No<CreateApp, App>(),
        FindApp: No<FindApp, App?>(),
        GetApp: No<GetApp, App?>(),
        CreateGrant: No<CreateGrant, string>(),
        RedeemGrant: No<RedeemGrant, Grant?>(),
        CreateToken: No<CreateToken, IssuedToken>(),
        CreateTokens: No<CreateTokens, IReadOnlyList<IssuedToken>>(),
        FindToken: No<FindToken, Token?>(),
        FindTokens: No<FindTokens, Token?[]>(),
        RevokeToken: No<RevokeToken, bool>(),
        Change: No<ChangeAccount, Account?>(),
        Renew: No<RenewAccounts, RenewedAccount[]>(),
        TokensVersion: No<GetTokensVersion, long>());

    private GraphApi Graph => new(
        Follow: No<Follow, bool>(),
        Unfollow: No<Unfollow, bool>(),
        Import: (request, _) => new(request.Follows.LongCount(f => _follows.Add(f))),
        Relationships: No<GetRelationships, Relationship[]>(),
        Counts: No<CountFollows, FollowCounts[]>(),
        List: No<ListFollows, FollowPage>(),
        Followees: No<GetFollowees, Followees>(),
        Followers: No<GetFollowers, SortedIds>(),
        FollowersOfMany: No<GetFollowersOfMany, SortedIds[]>(),
        Rules: No<GetRules, ViewerRules?>(),
        Subscribers: No<GetSubscribers, SortedIds[]>(),
        NewestTie: No<GetNewestTie, long>(),
        NewFollows: No<CountNewFollows, NewFollows>(),
        RulesOfMany: No<GetRulesOfMany, ViewerRules?[]>(),
        Feed: (_, _) => throw new NotSupportedException("The fake has no feed."));

    private PostsApi PostsApi => new(
        Create: No<CreatePost, Post>(),
        CreateMany: No<CreatePosts, CreatedPost[]>(),
        Edit: No<EditPost, Post?>(),
        Redescribe: No<RedescribeMedia, bool>(),
        Delete: No<DeletePost, Post?>(),
        Boost: No<BoostPost, Post?>(),
        Unboost: No<UnboostPost, bool>(),
        Favourite: No<FavouritePost, bool>(),
        Unfavourite: No<UnfavouritePost, bool>(),
        Import: (request, _) => new(Import(request)),
        Get: No<GetPosts, Post?[]>(),
        Show: No<ShowPosts, ShownPost[]>(),
        Outline: No<OutlinePosts, PostOutline[]>(),
        Read: No<ReadPosts, ShownPost[]>(),
        Texts: No<ReadPostTexts, PostTexts>(),
        Boosts: No<ListBoosts, PostRef[]>(),
        Counts: No<CountPosts, AuthorCounts[]>(),
        Newest: No<NewestPosts, PostRef[]>(),
        Locate: No<LocatePost, uint>(),
        Activity: No<CountActivity, DayActivity[]>(),
        IdAt: No<GetIdAt, PostId>(),
        Thread: No<GetThread, PostThread?>(),
        History: No<GetHistory, Post[]?>(),
        Versions: No<ReadVersions, IReadOnlyList<Post>[]>(),
        IsPosted: No<FindByKey, bool>(),
        Records: No<GetRecords, PostEvent[]>(),
        Feed: (_, _) => throw new NotSupportedException("The fake has no feed."));

    private TimelinesApi Timelines => new(
        Home: (request, _) => new(Home(request)),
        HomeOutline: No<HomeTimeline, OutlinedPage>(),
        Public: No<PublicTimeline, TimelinePage>(),
        Account: No<AccountTimeline, TimelinePage>(),
        List: No<ListTimeline, TimelinePage?>(),
        Hydrate: No<HydratePosts, TimelineEntry?[]>(),
        Outline: No<HydratePosts, OutlinedPage?>(),
        Accounts: No<HydrateAccounts, AccountView?[]>(),
        Activate: (request, _) => new((ActivatedUpTo = request.UpTo).Value),
        FanOut: (_, _) => new(new FanOutStatus((uint)_posts.Count, _posts.Count, 0, 0, default, default)));

    private static Service<TRequest, TReply> No<TRequest, TReply>() =>
        (request, _) => throw new NotSupportedException($"The fake does not answer {request}.");

    private AccountId Import(AccountDraft draft)
    {
        if (_byName.TryGetValue(draft.Username, out var known)) return known;
        var id = new AccountId(_accounts.Count + 1);
        _accounts.Add(new Account(id, draft.Username, draft.DisplayName, "", false, false, draft.CreatedAt));
        _byName.Add(draft.Username, id);
        return id;
    }

    private ImportReply Import(ImportPosts request)
    {
        var added = 0;
        foreach (var draft in request.Drafts)
        {
            if (_keys.Contains(draft.Key)) continue;
            if (_posts.Count >= BreakAfterPosts) throw new ServiceException(ErrorCode.Unavailable, "broken off");
            if (_posts.Count > 0 && draft.Id <= _posts[^1].Id)
                throw new ServiceException(ErrorCode.Conflict, $"{draft.Id} is not above {_posts[^1].Id}");
            if (!draft.Target.IsNone && !_posts.Exists(p => p.Id == draft.Target))
                throw new ServiceException(ErrorCode.NotFound, $"{draft.Target} is not there");
            _keys.Add(draft.Key);
            _posts.Add(draft);
            added++;
        }
        return new ImportReply(added, request.Drafts.Count - added);
    }

    private TimelinePage Home(HomeTimeline request)
    {
        var (me, range) = request;
        bool Follows(AccountId other) => other == me || _follows.Contains((me, other));
        var all = _posts.Where(p => p.Text != Hidden || Hidden is null).Where(p => p.Author == me || p.Answered == me
            || (Follows(p.Author) && (p.Answered.IsNone || Follows(p.Answered)))).Reverse().ToList();
        var within = all.Where(p => (range.Before.IsNone || p.Id < range.Before) && p.Id > range.After).ToList();
        var page = range.Oldest ? within.TakeLast(range.Limit).ToList() : [.. within.Take(range.Limit)];
        return new TimelinePage([.. page.Select(Entry)], page.Count > 0 && all[^1].Id < page[^1].Id);
    }

    private TimelineEntry Entry(PostDraft draft)
    {
        var reference = new PostRef(draft.Id, 0, draft.Kind, draft.Author, draft.Answered);
        var boosted = draft.Kind == PostKind.Boost ? _posts.Single(p => p.Id == draft.Target) : null;
        var post = new Post(
            reference, draft.At, draft.Text, "", false, Visibility.Public, null, draft.Kind == PostKind.Post
                ? draft.Target : default,
            boosted?.Id ?? default, draft.Mentions, null, null);
        return new TimelineEntry(
            post, new AccountView(Of(draft.Author), default, default), default, [.. draft.Mentions.Select(Of)],
            boosted is null ? null : Entry(boosted));
    }

    private Account Of(AccountId id) => _accounts[id.Value - 1];
}
