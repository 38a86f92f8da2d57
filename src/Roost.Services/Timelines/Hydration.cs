using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Queries;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// Turns ids into posts with all that is needed to show them: one batched call to each service and round, whatever the
/// number (T7). What is fetched is said here, as queries; when and in which batches is the runner's business (T11).
/// </summary>
/// <remarks>
/// Three rounds: the posts; the posts within the boosts among them; then counters, authors and mentioned accounts side
/// by side.
/// </remarks>
internal sealed class Hydration
{
    private readonly QueryRunner _runner;
    private readonly Source<SeenPost, Post> _posts;
    private readonly Source<SeenPost, PostStats> _stats;
    private readonly Source<AccountId, Account> _accounts;
    private readonly Source<AccountId, FollowCounts> _follows;
    private readonly Source<AccountId, AuthorCounts> _authored;

    public Hydration(UsersApi users, GraphApi graph, PostsApi posts, TimeProvider time)
    {
        _runner = new QueryRunner(time);
        // One run is for one viewer, so a batch is too.
        _posts = Source.OfNullable<SeenPost, Post>(
            "posts", (keys, call) => posts.Get(new GetPosts(keys[0].Viewer, Refs(keys)), call));
        _stats = Source.OfEvery<SeenPost, PostStats>(
            "post stats", (keys, call) => posts.Stats(new GetPostStats(keys[0].Viewer, Refs(keys)), call));
        _accounts = Source.OfNullable<AccountId, Account>(
            "accounts", (keys, call) => users.Get(new GetAccounts(keys), call));
        _follows = Source.OfEvery<AccountId, FollowCounts>(
            "follow counts", (keys, call) => graph.Counts(new CountFollows(keys), call));
        _authored = Source.OfEvery<AccountId, AuthorCounts>(
            "post counts", (keys, call) => posts.Counts(new CountPosts(keys), call));
    }

    public ValueTask<TimelineEntry?[]> EntriesAsync(HydratePosts request, Call call) => request.Refs.Count == 0
        ? new([])
        : _runner.RunAsync(Entries(request), call);

    public ValueTask<AccountView?[]> AccountsAsync(HydrateAccounts request, Call call) => request.Ids.Count == 0
        ? new([])
        : _runner.RunAsync(Views(request.Ids), call);

    private Query<TimelineEntry?[]> Entries(HydratePosts request) =>
        from found in _posts.GetMany(Keys(request.Viewer, request.Refs))
        from boosted in _posts.GetMany(KeysOfBoosted(request.Viewer, found))
        let page = new HydratedPage(found, boosted)
        from fetched in Query.Both(
            _stats.GetMany(page.Shown.ConvertAll(post => new SeenPost(request.Viewer, post.Ref))),
            Views(page.Authors),
            _accounts.GetMany(page.Mentioned))
        select page.Assemble(fetched.First, fetched.Second, fetched.Third);

    private Query<AccountView?[]> Views(IReadOnlyList<AccountId> ids) =>
        from fetched in Query.Both(_accounts.GetMany(ids), _follows.GetMany(ids), _authored.GetMany(ids))
        select View(fetched.First, fetched.Second, fetched.Third);

    private static AccountView?[] View(
        Fetched<Account>[] accounts, Fetched<FollowCounts>[] follows, Fetched<AuthorCounts>[] posts)
    {
        var views = new AccountView?[accounts.Length];
        for (var i = 0; i < views.Length; i++)
        {
            if (!accounts[i].IsMissing)
                views[i] = new AccountView(accounts[i].Value, follows[i].Value, posts[i].Value);
        }
        return views;
    }

    private static SeenPost[] Keys(AccountId viewer, IReadOnlyList<PostRef> refs)
    {
        var keys = new SeenPost[refs.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = new SeenPost(viewer, refs[i]);
        return keys;
    }

    private static List<SeenPost> KeysOfBoosted(AccountId viewer, Fetched<Post>[] found)
    {
        var keys = new List<SeenPost>(found.Length);
        foreach (var post in found)
        {
            if (!post.IsMissing && post.Value.IsBoost)
                keys.Add(new SeenPost(viewer, new PostRef(post.Value.Boosted, 0, default, default, default)));
        }
        return keys;
    }

    private static PostRef[] Refs(IReadOnlyList<SeenPost> keys)
    {
        var refs = new PostRef[keys.Count];
        for (var i = 0; i < refs.Length; i++)
            refs[i] = keys[i].Ref;
        return refs;
    }

    /// <summary>A post as one viewer sees it.</summary>
    private readonly record struct SeenPost(AccountId Viewer, PostRef Ref);
}
