using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Tests.Services.Timelines;

/// <summary>What a network should show, worked out by looking at every post for every question.</summary>
internal sealed class NaiveNetwork(TimeProvider time)
{
    private readonly Dictionary<(int Follower, int Followee), FollowTerms> _follows = [];
    private readonly HashSet<(int Account, int Target)> _blocks = [];
    private readonly Dictionary<(int Account, int Target), DateTimeOffset> _mutes = [];
    private readonly SortedDictionary<long, Item> _items = [];
    private readonly HashSet<(int Account, string Tag)> _tags = [];

    public List<NaiveList> Lists { get; } = [];

    public IReadOnlyList<Item> Live => [.. _items.Values.Where(IsLive)];

    public bool Follows(int follower, int followee) => _follows.ContainsKey((follower, followee));

    public bool Blocks(int account, int target) => _blocks.Contains((account, target));

    public Item Original(Item item) => item.Boosted.IsNone ? item : _items[item.Boosted.Value];

    public void Follow(int follower, int followee, FollowTerms? terms = null) =>
        _follows[(follower, followee)] = terms ?? _follows.GetValueOrDefault((follower, followee), FollowTerms.Usual);

    public void Unfollow(int follower, int followee)
    {
        _follows.Remove((follower, followee));
        foreach (var list in Lists.Where(list => list.Owner == follower))
            list.Members.Remove(followee);
    }

    public void Block(int account, int target)
    {
        _blocks.Add((account, target));
        Unfollow(account, target);
        Unfollow(target, account);
    }

    public void Unblock(int account, int target) => _blocks.Remove((account, target));

    public void Mute(int account, int target, TimeSpan? duration) => _mutes[(account, target)] =
        duration is { } ends ? time.GetUtcNow() + ends : DateTimeOffset.MaxValue;

    public void Unmute(int account, int target) => _mutes.Remove((account, target));

    public void Add(Post post, int answered) => _items[post.Id.Value] = new Item(
        post.Id, post.Author.Value, answered, post.Boosted, post.Visibility, [.. post.Mentions.Select(id => id.Value)],
        post.Language, [.. Hashtags.Of(post.Text)]);

    public void Edit(PostId id, int[] mentions, string? language, string text) => _items[id.Value] =
        _items[id.Value] with { Mentions = mentions, Language = language, Tags = [.. Hashtags.Of(text)] };

    public void FollowTag(int account, string tag, bool isFollowed)
    {
        if (isFollowed)
            _tags.Add((account, tag));
        else
            _tags.Remove((account, tag));
    }

    public void Remove(PostId id) => _items.Remove(id.Value);

    public void RemoveBoost(int account, PostId target)
    {
        foreach (var boost in _items.Values.Where(item => item.Author == account && item.Boosted == target).ToList())
            _items.Remove(boost.Id.Value);
    }

    /// <summary>Newest first, as are all timelines.</summary>
    public List<PostId> Home(int account) => Those(account, item => IsFor(account, item) && !IsHidden(account, item)
        && !IsUnwanted(account, item)
        && (item.Author == account || !Lists.Exists(
            list => list.Owner == account && list.IsExclusive && list.Members.Contains(item.Author))));

    public List<PostId> List(NaiveList list) => Those(list.Owner, item =>
        list.Members.Contains(item.Author) && IsShownReply(list, item) && !IsHidden(list.Owner, item)
        && !IsUnwanted(list.Owner, item));

    public List<PostId> Public(int viewer) => Those(viewer, item =>
        item.Boosted.IsNone && item.Visibility == Visibility.Public && !AnswersOthers(item)
        && !IsHidden(viewer, item));

    public List<PostId> Account(int viewer, int account) => Blocks(account, viewer) ? [] : Those(viewer, item =>
        item.Author == account
        && (item.Boosted.IsNone || Original(item).Author == viewer || !Avoids(viewer, Original(item).Author)));

    private List<PostId> Those(int viewer, Func<Item, bool> which) =>
        [.. _items.Values.Where(item => IsLive(item) && which(item) && IsSeenBy(viewer, item))
            .Select(item => item.Id).Reverse()];

    private bool IsLive(Item item) => item.Boosted.IsNone || _items.ContainsKey(item.Boosted.Value);

    private static bool AnswersOthers(Item item) => item.Answered != 0 && item.Answered != item.Author;

    private bool IsFor(int account, Item item) =>
        item.Author == account || item.Answered == account
        || (Follows(account, item.Author) && (!AnswersOthers(item) || Follows(account, item.Answered)))
        || (item.Visibility == Visibility.Public && item.Tags.Any(tag => _tags.Contains((account, tag))));

    private bool IsShownReply(NaiveList list, Item item) =>
        !AnswersOthers(item) || item.Answered == list.Owner || list.Replies switch
        {
            ListReplies.ToMembers => list.Members.Contains(item.Answered),
            ListReplies.ToFollowed => Follows(list.Owner, item.Answered),
            _ => false,
        };

    private bool IsSeenBy(int account, Item item) =>
        item.Visibility != Visibility.Followers || item.Author == account || item.Mentions.Contains(account)
        || Follows(account, item.Author);

    private bool IsHidden(int viewer, Item item) =>
        (!item.Boosted.IsNone && IsAvoided(viewer, Original(item))) || IsAvoided(viewer, item);

    private bool IsAvoided(int viewer, Item item) => item.Author != viewer
        && (Avoids(viewer, item.Author) || Avoids(viewer, item.Answered)
            || item.Mentions.Any(mentioned => Avoids(viewer, mentioned)));

    private bool Avoids(int viewer, int other) =>
        Blocks(viewer, other) || Blocks(other, viewer)
        || (_mutes.TryGetValue((viewer, other), out var until) && until > time.GetUtcNow());

    private bool IsUnwanted(int viewer, Item item)
    {
        if (item.Author == viewer || !_follows.TryGetValue((viewer, item.Author), out var terms))
            return false;
        return item.Boosted.IsNone
            ? terms.Languages.Length > 0 && item.Language is { } language
                && !terms.Languages.Split(',').Contains(language)
            : !terms.Boosts;
    }

    internal sealed record Item(
        PostId Id, int Author, int Answered, PostId Boosted, Visibility Visibility, int[] Mentions, string? Language,
        string[] Tags);
}

/// <summary>A list as the naive network has it.</summary>
internal sealed class NaiveList(long id, int owner, ListReplies replies, bool isExclusive)
{
    public long Id => id;

    public int Owner => owner;

    public HashSet<int> Members { get; } = [];

    public ListReplies Replies { get; set; } = replies;

    public bool IsExclusive { get; set; } = isExclusive;
}
