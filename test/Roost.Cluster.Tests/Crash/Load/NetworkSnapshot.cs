namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>A network at rest, and what follows from it: counters, lists and home timelines, each computed from the
/// facts alone.</summary>
/// <param name="Posts">All posts, the deleted ones too.</param>
/// <param name="Boosts">Ids of the boosts of posts that are there.</param>
/// <param name="Favourites">Of posts that are there.</param>
internal sealed record NetworkSnapshot(
    IReadOnlyList<Person> People, IReadOnlyList<ModelPost> Posts, IReadOnlyDictionary<(int Account, long Post), long> Boosts,
    IReadOnlySet<(int Account, long Post)> Favourites, IReadOnlySet<(int Follower, int Followee)> Follows)
{
    private readonly Dictionary<long, ModelPost> _byId = Posts.ToDictionary(post => post.Id);
    private readonly ILookup<long, ModelPost> _replies =
        Posts.Where(post => !post.IsGone).ToLookup(post => post.InReplyTo);
    private readonly ILookup<long, int> _boosters = Boosts.ToLookup(
        boost => boost.Key.Post, boost => boost.Key.Account);
    private readonly ILookup<long, int> _favouriters = Favourites.ToLookup(one => one.Post, one => one.Account);

    public int RepliesTo(long post) => _replies[post].Count();

    public int BoostsOf(long post) => _boosters[post].Count();

    public int FavouritesOf(long post) => _favouriters[post].Count();

    /// <summary>Ids of what an account wrote and boosted, newest first.</summary>
    public List<long> Statuses(int account) =>
    [
        .. Posts.Where(post => post.Author == account && !post.IsGone).Select(post => post.Id)
            .Concat(Boosts.Where(boost => boost.Key.Account == account).Select(boost => boost.Value))
            .OrderDescending(),
    ];

    /// <summary>
    /// Ids of an account's home timeline, newest first: posts and boosts of its own and of those whom it follows now; a
    /// reply to somebody else only when it follows both, or is one of the two.
    /// </summary>
    public List<long> Home(int reader) =>
    [
        .. Posts.Where(post => !post.IsGone && IsAtHome(post, reader)).Select(post => post.Id)
            .Concat(Boosts.Where(boost => IsNear(boost.Key.Account, reader)).Select(boost => boost.Value))
            .OrderDescending(),
    ];

    /// <summary>What an id of a page stands for, for people who read a difference.</summary>
    public string Describe(long id)
    {
        if (_byId.TryGetValue(id, out var post)) return $"{post}";
        var boost = Boosts.FirstOrDefault(one => one.Value == id);
        return boost.Value == id ? $"boost {id} of {boost.Key.Post} by {boost.Key.Account}" : $"{id}, which is unknown";
    }

    private bool IsAtHome(ModelPost post, int reader)
    {
        if (post.Author == reader || post.Answered == reader) return true;
        var isToOthers = post.Answered >= 0 && post.Answered != post.Author;
        return IsNear(post.Author, reader) && (!isToOthers || IsNear(post.Answered, reader));
    }

    private bool IsNear(int account, int reader) => account == reader || Follows.Contains((reader, account));
}
