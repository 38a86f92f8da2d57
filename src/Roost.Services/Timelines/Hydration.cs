using System.Collections;
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
/// Two rounds: the posts with their counters, and with those within boosts; then authors, their counters of both kinds
/// and the mentioned accounts side by side.
/// </remarks>
internal sealed class Hydration
{
    private readonly QueryRunner _runner;
    private readonly Source<SeenPost, ShownPost> _posts;
    private readonly Source<AccountId, Account> _accounts;
    private readonly Source<AccountId, FollowCounts> _follows;
    private readonly Source<AccountId, AuthorCounts> _authored;

    public Hydration(UsersApi users, GraphApi graph, PostsApi posts, TimeProvider time)
    {
        _runner = new QueryRunner(time);
        // One run is for one viewer, so a batch is too.
        _posts = Source.OfEvery<SeenPost, ShownPost>(
            "posts", (keys, call) =>
                posts.Show(new ShowPosts(keys[0].Viewer, new RefsOf(keys), keys[0].ByName), call));
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

    /// <summary>The same by the viewer's rules and filters: what these hide is null.</summary>
    public async ValueTask<TimelineEntry?[]> EntriesAsync(HydratePosts request, Viewing viewing, Call call)
    {
        var entries = await EntriesAsync(request, call);
        if (viewing.IsPlain)
            return entries;
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i] is { } entry)
                entries[i] = viewing.Show(entry);
        }
        return entries;
    }

    public ValueTask<AccountView?[]> AccountsAsync(HydrateAccounts request, Call call) => request.Ids.Count == 0
        ? new([])
        : _runner.RunAsync(Views(request.Ids), call);

    private Query<TimelineEntry?[]> Entries(HydratePosts request) =>
        from found in _posts.GetBatch(Keys(request))
        let page = new HydratedPage(found)
        from fetched in Query.Both(
            _accounts.GetBatch(page.Authors),
            _follows.GetBatch(page.Authors),
            _authored.GetBatch(page.Authors),
            _accounts.GetMany(page.Mentioned))
        select page.Assemble(fetched.First, fetched.Second, fetched.Third, fetched.Fourth);

    private Query<AccountView?[]> Views(IReadOnlyList<AccountId> ids) =>
        from fetched in Query.Both(_accounts.GetBatch(ids), _follows.GetBatch(ids), _authored.GetBatch(ids))
        select View(fetched.First, fetched.Second, fetched.Third);

    private static AccountView?[] View(
        Answers<Account> accounts, Answers<FollowCounts> follows, Answers<AuthorCounts> posts)
    {
        var views = new AccountView?[accounts.Count];
        for (var i = 0; i < views.Length; i++)
        {
            if (accounts[i] is { IsMissing: false } account)
                views[i] = new AccountView(account.Value, follows[i].Value, posts[i].Value);
        }
        return views;
    }

    private static SeenPost[] Keys(HydratePosts request)
    {
        var keys = new SeenPost[request.Refs.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = new SeenPost(request.Viewer, request.Refs[i].Id, request.Refs[i].Seq, request.ByName);
        return keys;
    }

    /// <summary>A post as one viewer sees it: what Posts finds it by, and no more, since these are hashed and
    /// copied.</summary>
    private readonly record struct SeenPost(AccountId Viewer, PostId Id, uint Seq, bool ByName);

    /// <summary>A batch's keys as Posts takes them, without a copy.</summary>
    private sealed class RefsOf(IReadOnlyList<SeenPost> keys) : IReadOnlyList<PostRef>
    {
        public int Count => keys.Count;

        public PostRef this[int index] => new(keys[index].Id, keys[index].Seq, default, default, default);

        public IEnumerator<PostRef> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
