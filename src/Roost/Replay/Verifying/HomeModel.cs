namespace Roost.Replay.Verifying;

/// <summary>A post as the source says it must be.</summary>
/// <param name="Activity">Index of the activity that it comes from, or that a stand-in is needed by.</param>
/// <param name="Target">For boosts and replies the index in <see cref="HomeModel.Posts"/> of what is boosted or
/// answered, else -1.</param>
/// <param name="Addressed">The account boosted, answered or mentioned, else -1.</param>
public readonly record struct ExpectedPost(
    ActivityKind Kind, int Author, int Activity, bool IsStandIn, int Target, int Addressed);

/// <summary>
/// What every home timeline must be, computed from a <see cref="Network"/> alone in the plainest way there is: all
/// posts in one list, and for a reader those that it should see, sorted. It shares no code with the loader, which it
/// is there to check, and knows nothing of ids, logs, inboxes or pages. About 60 bytes a post and 70 an account.
/// </summary>
public sealed class HomeModel
{
    private readonly Network _network;
    private readonly List<ExpectedPost> _posts = [];
    private readonly List<int>?[] _byAuthor;
    private readonly Dictionary<int, List<int>> _repliesTo = [];

    public HomeModel(Network network)
    {
        _network = network;
        _byAuthor = new List<int>?[network.Usernames.Length];
        AddPosts();
    }

    /// <summary>All posts and boosts, oldest first.</summary>
    public IReadOnlyList<ExpectedPost> Posts => _posts;

    public string TextOf(int post) => _posts[post].IsStandIn
        ? _network.StandInTextOf(_posts[post].Author, _posts[post].Activity)
        : _network.TextOf(_posts[post].Activity);

    public DateTimeOffset AtOf(int post) =>
        DateTimeOffset.FromUnixTimeMilliseconds(_network.Activities[_posts[post].Activity].AtUnixMilliseconds);

    /// <summary>
    /// The home timeline of an account as indexes into <see cref="Posts"/>, newest first: its own posts; those of
    /// whom it follows, but replies only if it follows the one answered too or is the one answered; and whatever
    /// answers it.
    /// </summary>
    public List<int> Home(int account)
    {
        var followees = Followees(account);
        var home = new SortedSet<int>(_byAuthor[account] ?? []);
        foreach (var followee in followees)
        {
            foreach (var post in _byAuthor[followee] ?? [])
            {
                var (isReply, answered) = (_posts[post].Kind == ActivityKind.Reply, _posts[post].Addressed);
                if (!isReply || answered == account || followees.Contains(answered)) home.Add(post);
            }
        }
        home.UnionWith(_repliesTo.GetValueOrDefault(account, []));
        return [.. home.Reverse()];
    }

    private HashSet<int> Followees(int account)
    {
        var followees = new HashSet<int>();
        foreach (var follow in _network.FollowsOf(account)) followees.Add(follow.Followee);
        return followees;
    }

    private void AddPosts()
    {
        var boosts = new HashSet<(int Actor, int Post)>();
        for (var i = 0; i < _network.Activities.Length; i++)
        {
            var (actor, target, _, kind) = _network.Activities[i];
            var about = -1;
            if (kind is ActivityKind.Boost or ActivityKind.Reply)
            {
                about = NewestOwn(target);
                if (about < 0 || (kind == ActivityKind.Boost && boosts.Contains((actor, about))))
                    about = Add(new ExpectedPost(ActivityKind.Post, target, i, true, -1, -1));
            }
            var added = Add(new ExpectedPost(kind, actor, i, false, about, target));
            if (kind == ActivityKind.Boost) boosts.Add((actor, about));
            if (kind != ActivityKind.Reply) continue;
            if (!_repliesTo.TryGetValue(target, out var replies)) _repliesTo[target] = replies = [];
            replies.Add(added);
        }
    }

    private int Add(ExpectedPost post)
    {
        _posts.Add(post);
        (_byAuthor[post.Author] ??= []).Add(_posts.Count - 1);
        return _posts.Count - 1;
    }

    private int NewestOwn(int account)
    {
        var posts = _byAuthor[account] ?? [];
        var own = posts.FindLastIndex(p => _posts[p].Kind != ActivityKind.Boost);
        return own < 0 ? -1 : posts[own];
    }
}
