using Roost.Engine.Ids;
using Roost.Services.Posts;

namespace Roost.Tests.Services.Timelines;

/// <summary>What a network should show, worked out by looking at every post for every question.</summary>
internal sealed class NaiveNetwork
{
    private readonly HashSet<(int Follower, int Followee)> _follows = [];
    private readonly SortedDictionary<long, Item> _items = [];

    public IReadOnlyList<Item> Live => [.. _items.Values.Where(IsLive)];

    public void Follow(int follower, int followee) => _follows.Add((follower, followee));

    public void Unfollow(int follower, int followee) => _follows.Remove((follower, followee));

    public void Add(Post post, int answered) =>
        _items[post.Id.Value] = new Item(post.Id, post.Author.Value, answered, post.Boosted, post.Visibility);

    public void Remove(PostId id) => _items.Remove(id.Value);

    public void RemoveBoost(int account, PostId target)
    {
        foreach (var boost in _items.Values.Where(item => item.Author == account && item.Boosted == target).ToList())
            _items.Remove(boost.Id.Value);
    }

    /// <summary>Newest first.</summary>
    public List<PostId> Home(int account) =>
        [.. _items.Values.Where(item => IsLive(item) && IsFor(account, item) && IsSeenBy(account, item)).Reverse().Select(item => item.Id)];

    public bool Follows(int follower, int followee) => _follows.Contains((follower, followee));

    private bool IsLive(Item item) => item.Boosted.IsNone || _items.ContainsKey(item.Boosted.Value);

    private bool IsFor(int account, Item item) =>
        item.Author == account || item.Answered == account
        || (Follows(account, item.Author) && (
            item.Answered == 0 || item.Answered == item.Author || Follows(account, item.Answered)));

    private bool IsSeenBy(int account, Item item) =>
        item.Visibility != Visibility.Followers || item.Author == account || Follows(account, item.Author);

    internal sealed record Item(PostId Id, int Author, int Answered, PostId Boosted, Visibility Visibility);
}
