using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Search.Queries;
using Roost.Engine.Text;
using Roost.Services.Posts;

namespace Roost.Services.Push;

/// <summary>Who follows a post's author, and the one whom it answers; both may be empty where nobody asks.</summary>
internal readonly record struct PushAudience(SortedIds OfAuthor, SortedIds OfAnswered);

/// <summary>
/// The open streams by what they wait for, so that a post finds its own without asking the others. One thread.
/// <code>
///   by reader       user streams               followers of the author ∩ readers, the smaller one is walked
///   by owner        lists: members are followed by the owner, so likewise
///   by hashtag      the first of a stream's tags
///   by query        of searches
///   by account, by kind, by post of a thread
/// </code>
/// </summary>
/// <remarks>What is found may still be hidden from the reader; that is <see cref="Matcher"/>'s business.</remarks>
internal sealed class StreamIndex
{
    private static readonly StreamKind[] _public =
    [
        StreamKind.Public, StreamKind.PublicLocal, StreamKind.PublicMedia, StreamKind.PublicLocalMedia,
    ];

    private readonly StreamChains<int> _users = new();
    private readonly StreamChains<int> _lists = new();
    private readonly StreamChains<int> _notices = new();
    private readonly StreamChains<int> _direct = new();
    private readonly StreamChains<int> _accounts = new();
    private readonly StreamChains<string> _tags = new(StringComparer.Ordinal);
    private readonly StreamChains<QueryNode> _searches = new();
    private readonly Dictionary<PushStream, ThreadPosts> _threads = [];
    private readonly Dictionary<StreamKind, StreamRow> _others = [];
    private readonly List<StreamRow> _publicRows = [];
    private SortedIds _readers;
    private SortedIds _owners;

    public int Count { get; private set; }

    /// <summary>Whether it matters who follows whom: to find streams, or to see who may hear of a deletion.</summary>
    public bool AsksFollowers => _readers.Count + _owners.Count + _threads.Count > 0 || !_accounts.IsEmpty;

    /// <summary>Who reads home timelines.</summary>
    public SortedIds Readers => _readers;

    /// <summary>Whether anybody might be told of notifications.</summary>
    public bool HearsNotices => !_users.IsEmpty || !_notices.IsEmpty;

    /// <summary>Whether anybody listens to conversations.</summary>
    public bool HearsDirect => !_direct.IsEmpty;

    /// <summary>Whether posts must be read to see which hashtags they have.</summary>
    public bool AsksTags => !_tags.IsEmpty;

    /// <summary>Whether any stream has only what has media.</summary>
    public bool AsksMedia => !RowOf(StreamKind.PublicMedia).IsEmpty || !RowOf(StreamKind.PublicLocalMedia).IsEmpty;

    /// <summary>What searches ask for, each query once.</summary>
    public IReadOnlyCollection<QueryNode> Queries => _searches.Keys;

    /// <param name="thread">For <see cref="StreamKind.Thread"/>: which posts it has so far.</param>
    public void Add(PushStream stream, ThreadPosts? thread = null)
    {
        Count++;
        var topic = stream.Topic;
        switch (topic.Kind)
        {
            case StreamKind.User:
                if (_users.Add(stream.Viewer.Value, stream))
                    _readers = _readers.With(stream.Viewer);
                break;
            case StreamKind.List:
                if (_lists.Add(stream.Viewer.Value, stream))
                    _owners = _owners.With(stream.Viewer);
                break;
            case StreamKind.Notifications:
                _notices.Add(stream.Viewer.Value, stream);
                break;
            case StreamKind.Direct:
                _direct.Add(stream.Viewer.Value, stream);
                break;
            case StreamKind.Account:
                _accounts.Add((int)topic.Subject, stream);
                break;
            case StreamKind.Hashtag or StreamKind.HashtagLocal:
                _tags.Add(Folding.Fold(topic.Tag), stream);
                break;
            case StreamKind.Search:
                _searches.Add(stream.Query!, stream);
                break;
            case StreamKind.Thread:
                _threads.Add(stream, thread!);
                break;
            default:
                RowOf(topic.Kind).Add(stream);
                FindPublicRows();
                break;
        }
    }

    public void Remove(PushStream stream)
    {
        Count--;
        var topic = stream.Topic;
        switch (topic.Kind)
        {
            case StreamKind.User:
                if (_users.Remove(stream.Viewer.Value, stream))
                    _readers = _readers.Without(stream.Viewer);
                break;
            case StreamKind.List:
                if (_lists.Remove(stream.Viewer.Value, stream))
                    _owners = _owners.Without(stream.Viewer);
                break;
            case StreamKind.Notifications:
                _notices.Remove(stream.Viewer.Value, stream);
                break;
            case StreamKind.Direct:
                _direct.Remove(stream.Viewer.Value, stream);
                break;
            case StreamKind.Account:
                _accounts.Remove((int)topic.Subject, stream);
                break;
            case StreamKind.Hashtag or StreamKind.HashtagLocal:
                _tags.Remove(Folding.Fold(topic.Tag), stream);
                break;
            case StreamKind.Search:
                _searches.Remove(stream.Query!, stream);
                break;
            case StreamKind.Thread:
                _threads.Remove(stream);
                break;
            default:
                RowOf(topic.Kind).Remove(stream);
                FindPublicRows();
                break;
        }
    }

    /// <summary>The rows that a post or boost may concern, none of them empty. As the public timeline: what is neither
    /// a boost nor an answer to somebody else.</summary>
    public IReadOnlyList<StreamRow> RowsOf(in PostEvent post) =>
        post is { Visibility: Visibility.Public, Kind: PostEventKind.Post, AnswersOthers: false } ? _publicRows : [];

    /// <summary>Adds the streams beside those rows that a post or boost may concern, by what its record says.</summary>
    public void Gather(in PostEvent post, in PushAudience audience, List<PushStream> found)
    {
        // Direct posts are on no timeline, the author's own included; they are in conversations and threads.
        if (post.Visibility != Visibility.Direct)
        {
            GatherHome(post, audience, found);
            GatherLists(audience, found);
        }
        for (var stream = _accounts.First(post.Ref.Author.Value); stream is not null; stream = stream.Next)
        {
            if (post.Visibility != Visibility.Direct || stream.Viewer == post.Ref.Author)
                found.Add(stream);
        }
        foreach (var (stream, posts) in _threads)
        {
            if (posts.Has(post))
                found.Add(stream);
        }
    }

    /// <summary>Adds the streams of the hashtags of a public post.</summary>
    /// <param name="tags">Folded, each once.</param>
    public void GatherTagged(List<string> tags, List<PushStream> found)
    {
        for (var i = 0; i < tags.Count; i++)
        {
            for (var stream = _tags.First(tags[i]); stream is not null; stream = stream.Next)
            {
                if (stream.Topic.AllTags is not { } all || all.All(tag => tags.Contains(Folding.Fold(tag))))
                    found.Add(stream);
            }
        }
    }

    /// <summary>Adds the searches for a query.</summary>
    public void GatherSearches(QueryNode query, List<PushStream> found) => _searches.AddTo(found, query);

    /// <summary>Adds the home timelines of all to whom a post was addressed, and of a direct one their conversations,
    /// where they are not found already.</summary>
    /// <param name="versions">All that it said.</param>
    public void GatherAddressed(IReadOnlyList<Post> versions, List<PushStream> found)
    {
        if (_users.IsEmpty && _direct.IsEmpty)
            return;
        var known = found.ToHashSet();
        foreach (var account in versions.SelectMany(PastPosts.Addressed).Distinct())
        {
            GatherHome(account.Value, known, found);
            if (versions[0].Visibility == Visibility.Direct)
                GatherDirect(account, found);
        }
    }

    /// <summary>Adds the home timelines of readers, those that are not found already.</summary>
    public void GatherReaders(SortedIds readers, List<PushStream> found)
    {
        var known = found.Where(stream => stream.Topic.Kind == StreamKind.User).ToHashSet();
        foreach (var id in readers.ToArray())
            GatherHome(id, known, found);
    }

    private void GatherHome(int account, HashSet<PushStream> known, List<PushStream> found)
    {
        for (var stream = _users.First(account); stream is not null; stream = stream.Next)
        {
            if (known.Add(stream))
                found.Add(stream);
        }
    }

    /// <summary>Whether anything of an account's listens to its notifications.</summary>
    public bool HearsNoticesOf(AccountId account) =>
        _users.First(account.Value) is not null || _notices.First(account.Value) is not null;

    /// <summary>Adds the streams that tell an account of what happens to it.</summary>
    public void GatherNotices(AccountId account, List<PushStream> found)
    {
        for (var stream = _users.First(account.Value); stream is not null; stream = stream.Next)
        {
            if (stream.HasNotices)
                found.Add(stream);
        }
        _notices.AddTo(found, account.Value);
    }

    /// <summary>Adds the home timelines of an account.</summary>
    public void GatherUser(AccountId account, List<PushStream> found) => _users.AddTo(found, account.Value);

    /// <summary>Adds all home timelines.</summary>
    public void GatherUsers(List<PushStream> found) => _users.AddAllTo(found);

    /// <summary>Adds the streams of an account's conversations.</summary>
    public void GatherDirect(AccountId account, List<PushStream> found) => _direct.AddTo(found, account.Value);

    private void FindPublicRows()
    {
        _publicRows.Clear();
        foreach (var kind in _public)
        {
            if (RowOf(kind) is { IsEmpty: false } row)
                _publicRows.Add(row);
        }
    }

    private StreamRow RowOf(StreamKind kind)
    {
        if (!_others.TryGetValue(kind, out var row))
            _others[kind] = row = new StreamRow();
        return row;
    }

    // As fan-out: to the author and the author's followers; a reply to its author, to the one it answers, and to those
    // who follow both.
    private void GatherHome(in PostEvent post, in PushAudience audience, List<PushStream> found)
    {
        if (_users.IsEmpty)
            return;
        _users.AddTo(found, post.Ref.Author.Value);
        if (post.AnswersOthers)
            _users.AddTo(found, post.Ref.Answered.Value);
        var both = new Intersection(audience.OfAuthor, _readers, stackalloc int[Intersection.BufferLength]);
        while (both.MoveNext())
        {
            foreach (var id in both.Current)
            {
                if (!post.AnswersOthers || audience.OfAnswered.Contains(new AccountId(id)))
                    _users.AddTo(found, id);
            }
        }
    }

    private void GatherLists(in PushAudience audience, List<PushStream> found)
    {
        if (_lists.IsEmpty)
            return;
        var both = new Intersection(audience.OfAuthor, _owners, stackalloc int[Intersection.BufferLength]);
        while (both.MoveNext())
        {
            foreach (var id in both.Current)
                _lists.AddTo(found, id);
        }
    }
}
