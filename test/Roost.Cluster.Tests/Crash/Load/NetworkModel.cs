using System.Net;
using System.Text.Json;
using Xunit;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>A post as it was acknowledged. Only its author's writer changes it.</summary>
/// <param name="Author">Index of a person.</param>
/// <param name="InReplyTo">The post answered, or 0.</param>
/// <param name="Answered">Author of that, or -1.</param>
internal sealed record ModelPost(long Id, int Author, string Key, string Text, long InReplyTo, int Answered)
{
    /// <summary>Its deletion was asked for: from then on others may be told that it is not there.</summary>
    public bool IsGoing { get; set; }

    /// <summary>Its deletion was acknowledged.</summary>
    public bool IsGone { get; set; }
}

/// <summary>
/// What a network must be after all that was acknowledged, kept in the plainest way. It knows nothing of logs, inboxes,
/// pages or files.
/// </summary>
/// <remarks>
/// Each fact has one writer: a post its author, a boost, favourite or follow whose it is. A writer has one request
/// under way at a time, so the order of acknowledgements is the order of facts. Only a deletion takes something of
/// others with it: boosts and favourites of a post that is gone count no more, whoever was told what in which order.
/// Thread-safe by one lock.
/// </remarks>
internal sealed class NetworkModel(IReadOnlyList<Person> people)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, ModelPost> _posts = [];
    private readonly List<ModelPost> _inOrder = [];
    private readonly Dictionary<(int Account, long Post), long> _boosts = [];
    private readonly HashSet<(int Account, long Post)> _favourites = [];
    private readonly HashSet<(int Follower, int Followee)> _follows = [];
    private readonly Dictionary<int, HashSet<long>> _touched = [];

    public IReadOnlyList<Person> People { get; } = people;

    /// <summary>All posts ever acknowledged, the deleted ones too.</summary>
    public IReadOnlyList<ModelPost> Posts => Locked(() => _inOrder.ToList());

    public ModelPost Post(long id) => Locked(() => _posts[id]);

    public bool Follows(int follower, int followee) => Locked(() => _follows.Contains((follower, followee)));

    public bool HasFavourited(int account, long post) => Locked(() => _favourites.Contains((account, post)));

    public bool HasBoosted(int account, long post) => Locked(() => _boosts.ContainsKey((account, post)));

    /// <summary>The posts that an account ever boosted or favourited, whether it still does or not.</summary>
    public IReadOnlyList<long> TouchedBy(int account) => Locked(() => _touched.GetValueOrDefault(account, []).ToList());

    /// <summary>Says that a request is about to be sent.</summary>
    public void Begin(Operation operation)
    {
        lock (_gate)
        {
            if (operation.Kind == OperationKind.Delete) _posts[operation.Post].IsGoing = true;
            if (operation.Kind is OperationKind.Boost or OperationKind.Favourite)
            {
                if (!_touched.TryGetValue(operation.Account, out var touched))
                    _touched[operation.Account] = touched = [];
                touched.Add(operation.Post);
            }
        }
    }

    /// <summary>Takes an answer in, and fails the test when it is one that cannot be.</summary>
    public void Take(Operation operation, Reply reply)
    {
        if (reply.IsSuccess)
        {
            Acknowledge(operation, reply.Json);
            return;
        }
        // The post was on its way out: then it may be missing, and the request changed nothing.
        var mayBeMissing = reply.Status == HttpStatusCode.NotFound && operation.Kind != OperationKind.Delete
            && operation.Post != 0 && Post(operation.Post).IsGoing;
        Assert.True(mayBeMissing, $"{operation} was answered {reply}");
    }

    /// <summary>Records what is done. Posts and boosts bring their own ids.</summary>
    public void Acknowledge(Operation operation, JsonElement json)
    {
        var key = (operation.Account, operation.Post);
        lock (_gate)
        {
            switch (operation.Kind)
            {
                case OperationKind.Post:
                    AddPost_NeedsLock(operation, json.LongOf("id"));
                    break;
                case OperationKind.Boost:
                    _boosts[key] = json.LongOf("id");
                    break;
                case OperationKind.Unboost:
                    _boosts.Remove(key);
                    break;
                case OperationKind.Favourite:
                    _favourites.Add(key);
                    break;
                case OperationKind.Unfavourite:
                    _favourites.Remove(key);
                    break;
                case OperationKind.Follow:
                    _follows.Add((operation.Account, operation.Other));
                    break;
                case OperationKind.Unfollow:
                    _follows.Remove((operation.Account, operation.Other));
                    break;
                case OperationKind.Delete:
                    _posts[operation.Post].IsGone = true;
                    break;
            }
        }
    }

    /// <summary>Says that a deletion that was asked for did not happen.</summary>
    public void Keep(long post) => Post(post).IsGoing = false;

    /// <summary>
    /// A post of the newest ones mostly, of all sometimes; null when there is none. Those that are going are rare, not
    /// excluded.
    /// </summary>
    public ModelPost? DrawPost(Random random)
    {
        lock (_gate)
        {
            if (_inOrder.Count == 0) return null;
            var among = random.Next(4) == 0 ? _inOrder.Count : Math.Min(_inOrder.Count, 100);
            var post = _inOrder[^(1 + random.Next(among))];
            return post.IsGoing ? _inOrder[^(1 + random.Next(among))] : post;
        }
    }

    /// <summary>One of an account's own posts that is not going; null when there is none among the newest.</summary>
    public ModelPost? DrawOwn(int account, Random random)
    {
        lock (_gate)
        {
            var own = _inOrder.TakeLast(500).Where(post => post.Author == account && !post.IsGoing).ToList();
            return own.Count == 0 ? null : own[random.Next(own.Count)];
        }
    }

    /// <summary>What the server must say of the network, computed once for a network at rest.</summary>
    public NetworkSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new NetworkSnapshot(
                People, [.. _inOrder], _boosts.Where(boost => !_posts[boost.Key.Post].IsGone).ToDictionary(),
                _favourites.Where(favourite => !_posts[favourite.Post].IsGone).ToHashSet(), _follows.ToHashSet());
        }
    }

    private void AddPost_NeedsLock(Operation operation, long id)
    {
        var again = _inOrder.Find(post => post.Key == operation.Key);
        if (again is not null)
        {
            Assert.True(
                again.Id == id,
                $"The key {operation.Key} made post {again.Id}, and was answered {id} when it was sent again.");
            return;
        }
        var answered = operation.Post == 0 ? -1 : _posts[operation.Post].Author;
        var post = new ModelPost(id, operation.Account, operation.Key!, operation.Text!, operation.Post, answered);
        Assert.True(_posts.TryAdd(id, post), $"The id {id} was given to two posts: {post} and {_posts[id]}");
        _inOrder.Add(post);
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate) return read();
    }
}
