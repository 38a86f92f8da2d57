using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Tests.Web;

/// <summary>Posts and timelines of <see cref="FakeNetwork"/>.</summary>
internal sealed partial class FakeNetwork
{
    private readonly SortedDictionary<PostId, Post> _posts = [];
    private readonly HashSet<(AccountId, PostId)> _favourites = [];
    private readonly Dictionary<(AccountId, string), PostId> _keys = [];
    private readonly PostIdSequence _ids = new(0);

    public Post AddPost(
        AccountId author, string text, Visibility visibility = Visibility.Public, PostId inReplyTo = default,
        string? appName = null)
    {
        lock (_lock)
            return Add(new CreatePost(author, text, Visibility: visibility, InReplyTo: inReplyTo, AppName: appName));
    }

    public Post AddBoost(AccountId author, PostId of)
    {
        lock (_lock) return AddBoost_NeedsLock(author, of);
    }

    private PostRef NextRef(PostKind kind, AccountId author, AccountId answered)
    {
        _ids.TryNext(Start.ToUnixTimeMilliseconds() + _posts.Count, out var id);
        return new PostRef(id, (uint)_posts.Count + 1, kind, author, answered);
    }

    private Post Add(CreatePost request)
    {
        if (request.IdempotencyKey is { } key && _keys.TryGetValue((request.Author, key), out var first))
            return _posts[first];
        if (!request.InReplyTo.IsNone && !_posts.ContainsKey(request.InReplyTo))
            throw new ServiceException(ErrorCode.NotFound, "The post that this answers is gone.");
        var answered = request.InReplyTo.IsNone ? default : _posts[request.InReplyTo].Author;
        var post = new Post(
            NextRef(PostKind.Post, request.Author, answered), Start.AddMilliseconds(_posts.Count), request.Text,
            request.SpoilerText, request.Sensitive, request.Visibility, request.Language, request.InReplyTo, default,
            request.Mentions ?? [], request.AppName, null);
        _posts[post.Id] = post;
        if (request.IdempotencyKey is not null) _keys[(request.Author, request.IdempotencyKey)] = post.Id;
        return post;
    }

    private Post AddBoost_NeedsLock(AccountId author, PostId of)
    {
        var target = _posts[of].IsBoost ? _posts[of].Boosted : of;
        if (_posts.Values.FirstOrDefault(p => p.Boosted == target && p.Author == author) is { } boost) return boost;
        boost = new Post(
            NextRef(PostKind.Boost, author, default), Start.AddMilliseconds(_posts.Count), "", "", false,
            Visibility.Public, null,
            default, target, [], null, null);
        return _posts[boost.Id] = boost;
    }

    private PostsApi Posts() => new(
        Locked<CreatePost, Post>(Add),
        (_, _) => throw new NotSupportedException("The fake takes no batches."),
        Locked<EditPost, Post?>(r =>
        {
            if (!_posts.TryGetValue(r.Id, out var post) || post.Author != r.Author) return null;
            return _posts[r.Id] = post with
            {
                Text = r.Text,
                SpoilerText = r.SpoilerText,
                Sensitive = r.Sensitive,
                Language = r.Language,
                Mentions = r.Mentions,
                EditedAt = post.At.AddMinutes(1),
                Edit = post.Edit + 1,
            };
        }),
        Unused<RedescribeMedia, bool>(),
        Locked<DeletePost, Post?>(r =>
        {
            if (!_posts.TryGetValue(r.Id, out var post) || post.Author != r.Author) return null;
            _posts.Remove(r.Id);
            return post;
        }),
        Locked<BoostPost, Post?>(r => CanSee(r.Account, r.Id) ? AddBoost_NeedsLock(r.Account, r.Id) : null),
        Locked<UnboostPost, bool>(r =>
        {
            if (Original(r.Id) is not { } id) return false;
            if (_posts.Values.FirstOrDefault(p => p.Boosted == id && p.Author == r.Account) is { } boost)
                _posts.Remove(boost.Id);
            return true;
        }),
        Locked<FavouritePost, bool>(r => Original(r.Id) is { } id && (_favourites.Add((r.Account, id)) || true)),
        Locked<UnfavouritePost, bool>(r => Original(r.Id) is { } id && (_favourites.Remove((r.Account, id)) || true)),
        Unused<ImportPosts, ImportReply>(),
        Locked<GetPosts, Post?[]>(r => [.. r.Refs.Select(p => CanSee(r.Viewer, p.Id) ? _posts[p.Id] : null)]),
        Unused<ShowPosts, ShownPost[]>(),
        Unused<OutlinePosts, PostOutline[]>(),
        Unused<ReadPosts, ShownPost[]>(),
        Locked<ReadPostTexts, PostTexts>(Texts),
        Unused<ListBoosts, PostRef[]>(),
        Unused<CountPosts, AuthorCounts[]>(),
        Locked<NewestPosts, PostRef[]>(r => [.. _posts.Values.Reverse().Take(r.Limit).Select(p => p.Ref)]),
        Locked<LocatePost, uint>(_ => (uint)_posts.Count + 1),
        Unused<CountActivity, DayActivity[]>(),
        Unused<GetIdAt, PostId>(),
        Locked<GetThread, PostThread?>(ThreadOf),
        Unused<GetHistory, Post[]?>(),
        Unused<ReadVersions, IReadOnlyList<Post>[]>(),
        Unused<FindByKey, bool>(),
        Unused<GetRecords, PostEvent[]>(),
        (_, _) => throw new NotSupportedException("The fake has no feed."));

    private PostTexts Texts(ReadPostTexts request)
    {
        request.Into.Begin(request.Seqs.Count, request.Counted.Count);
        foreach (var seq in request.Seqs)
        {
            if (_posts.Values.FirstOrDefault(post => post.Ref.Seq == seq) is { } found) request.Into.Add(found, default);
            else request.Into.AddNone();
        }
        return request.Into;
    }

    private PostId? Original(PostId id) =>
        !_posts.TryGetValue(id, out var post) ? null : post.IsBoost ? post.Boosted : id;

    private bool CanSee(AccountId viewer, PostId id) =>
        _posts.TryGetValue(id, out var post)
        && (post.Visibility != Visibility.Followers || post.Author == viewer || IsFollowing(viewer, post.Author));

    private PostThread? ThreadOf(GetThread request)
    {
        if (!CanSee(request.Viewer, request.Id)) return null;
        var ancestors = new List<PostRef>();
        for (var up = _posts[request.Id].InReplyTo; !up.IsNone
            && _posts.TryGetValue(up, out var post); up = post.InReplyTo)
            ancestors.Insert(0, post.Ref);
        return new PostThread(ancestors, [.. Below(request.Id)]);
    }

    private IEnumerable<PostRef> Below(PostId id) =>
        _posts.Values.Where(p => p.InReplyTo == id).ToList()
            .SelectMany(p => (IEnumerable<PostRef>)[p.Ref, .. Below(p.Id)]);

    private TimelinesApi Timelines() => new(
        Locked<HomeTimeline, TimelinePage>(Home),
        Locked<HomeTimeline, OutlinedPage>(r => OutlinedPage.Of(Home(r))),
        Locked<PublicTimeline, TimelinePage>(r =>
            Page(r.Viewer, r.Range, p => p.Visibility == Visibility.Public && !p.IsBoost && p.InReplyTo.IsNone)),
        Locked<AccountTimeline, TimelinePage>(r => Page(r.Viewer, r.Range, p => p.Author == r.Account
            && !(r.ExcludeBoosts && p.IsBoost) && !(r.ExcludeReplies && !p.InReplyTo.IsNone))),
        Unused<ListTimeline, TimelinePage?>(),
        Locked<HydratePosts, TimelineEntry?[]>(r => [.. r.Refs.Select(p => Entry(r.Viewer, p.Id))]),
        Locked<HydratePosts, OutlinedPage?>(_ => null),
        Locked<HydrateAccounts, AccountView?[]>(r => [.. r.Ids.Select(id => Get(id) is null ? null : View(id))]),
        Unused<ActivateInboxes, int>(),
        Unused<AwaitFanOut, FanOutStatus>());

    private TimelinePage Home(HomeTimeline request) => HomeFailure is null
        ? Page(
            request.Account, request.Range,
            p => p.Author == request.Account || IsFollowing(request.Account, p.Author))
        : throw HomeFailure;

    private TimelinePage Page(AccountId viewer, PageRange range, Func<Post, bool> belongs)
    {
        var all = _posts.Values.Where(p => belongs(p) && CanSee(viewer, p.Id) && p.Id > range.After).Reverse()
            .Where(p => range.Before.IsNone || p.Id < range.Before).ToList();
        var page = (range.Oldest ? all.TakeLast(range.Limit) : all.Take(range.Limit)).ToList();
        return new TimelinePage([.. page.Select(p => Entry(viewer, p.Id)!)], range.Oldest || all.Count > page.Count);
    }

    private TimelineEntry? Entry(AccountId viewer, PostId id)
    {
        if (!CanSee(viewer, id)) return null;
        var post = _posts[id];
        var stats = new PostStats(
            _posts.Values.Count(p => p.InReplyTo == id), _posts.Values.Count(p => p.Boosted == id),
            _favourites.Count(f => f.Item2 == id), _favourites.Contains((viewer, id)),
            _posts.Values.Any(p => p.Boosted == id && p.Author == viewer));
        return new TimelineEntry(
            post, View(post.Author), stats, [.. post.Mentions.Select(Get).OfType<Roost.Services.Users.Account>()],
            post.IsBoost ? Entry(viewer, post.Boosted) : null);
    }

    private AccountView View(AccountId id)
    {
        var own = _posts.Values.Where(p => p.Author == id).ToList();
        DateOnly? last = own.Count == 0 ? null : DateOnly.FromDateTime(own[^1].At.UtcDateTime);
        return new AccountView(Get(id)!, CountsOf(id), new AuthorCounts(own.Count, last));
    }
}
