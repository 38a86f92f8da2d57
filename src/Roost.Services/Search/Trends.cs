using Roost.Engine.Sketches;
using Roost.Engine.Text;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>
/// What people talk about now: hashtags and links of public posts, and the posts that are boosted, favourited and
/// answered. In memory only; the last week of the log makes it again at start.
/// </summary>
/// <remarks>One small lock around all of it: it is written once a post, and asked by pages that few look at.</remarks>
internal sealed class Trends(RisingOptions options, TimeProvider time)
{
    /// <summary>A post with more is noise (and, to trends, spam): none of its tags or links count.</summary>
    private const int TagsMax = 10;

    private const double BoostWeight = 2;

    private readonly Lock _lock = new();
    private readonly RisingKeys<string> _tags = new(options, KeyHash.Of);
    private readonly RisingKeys<string> _links = new(options, KeyHash.Of);
    private readonly RisingKeys<uint> _posts = new(options, seq => KeyHash.Of(seq));

    /// <summary>How tags were last written, by what they fold into.</summary>
    private readonly Dictionary<string, string> _names = [];

    /// <summary>A post was made. Only public ones count, and of sensitive ones the hashtags alone.</summary>
    public void Note(in LentPost post)
    {
        if (post.Visibility != Visibility.Public)
            return;
        // Most posts have neither, which is seen at once.
        if (!post.Text.Contains('#') && !post.Text.Contains("://", StringComparison.Ordinal))
            return;
        var text = post.Text.ToString();
        var tags = Hashtags.Of(text);
        var links = Links.Of(text);
        if (tags.Count > TagsMax || links.Count > TagsMax)
            return;
        var author = post.Ref.Author.Value;
        var at = post.Ref.Id.UnixMilliseconds;
        lock (_lock)
        {
            foreach (var tag in tags)
            {
                var folded = Folding.Fold(tag);
                _tags.Note(folded, author, 1, at);
                _names[folded] = tag;
            }
            foreach (var link in post.Sensitive ? [] : links)
                _links.Note(link, author, 1, at);
            ForgetNames_NeedsLock();
        }
    }

    /// <summary>Somebody boosted, favourited or answered a post, perhaps.</summary>
    public void Note(in PostEvent one)
    {
        // Who goes on with what they said themselves shows no interest of others.
        var isInterest = one.Kind is PostEventKind.Post or PostEventKind.Boost or PostEventKind.Favourite;
        if (!isInterest || one.Target == 0 || one.Ref.Answered == one.Ref.Author)
            return;
        var weight = one.Kind == PostEventKind.Boost ? BoostWeight : 1;
        lock (_lock)
            _posts.Note(one.Target, one.Ref.Author.Value, weight, one.Ref.Id.UnixMilliseconds);
    }

    /// <summary>A post is gone.</summary>
    public void Remove(uint seq)
    {
        lock (_lock)
            _posts.Remove(seq);
    }

    public TagUses[] RisingTags(GetTrends request)
    {
        var now = Now();
        lock (_lock)
        {
            var top = _tags.Top(request.Offset + request.Limit, now);
            return [.. Page(top, request).Select(key => Uses_NeedsLock(key, now))];
        }
    }

    public LinkUses[] RisingLinks(GetTrends request)
    {
        var now = Now();
        lock (_lock)
        {
            return [.. Page(_links.Top(request.Offset + request.Limit, now), request)
                .Select(url => new LinkUses(url, _links.HistoryOf(url, now)))];
        }
    }

    /// <summary>Seqs of posts that rise, the most first.</summary>
    public uint[] RisingPosts(int limit)
    {
        lock (_lock)
            return [.. _posts.Top(limit, Now()).Select(rising => rising.Key)];
    }

    public TagUses UsesOf(string name)
    {
        var folded = Folding.Fold(name);
        lock (_lock)
        {
            var uses = Uses_NeedsLock(folded, Now());
            return _names.ContainsKey(folded) ? uses : uses with { Name = name };
        }
    }

    public TagUses[] TagsLike(FindTags request)
    {
        var prefix = Folding.Fold(request.Text.TrimStart('#'));
        if (prefix.Length == 0)
            return [];
        var now = Now();
        lock (_lock)
        {
            return [.. _tags.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(key => Uses_NeedsLock(key, now))
                .OrderByDescending(tag => tag.Days.Sum(day => day.Accounts))
                .ThenBy(tag => tag.Name, StringComparer.Ordinal)
                .Skip(request.Offset).Take(request.Limit)];
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static IEnumerable<TKey> Page<TKey>(List<Rising<TKey>> rising, GetTrends request) =>
        rising.Skip(request.Offset).Select(one => one.Key);

    private TagUses Uses_NeedsLock(string key, long now) =>
        new(_names.GetValueOrDefault(key, key), _tags.HistoryOf(key, now));

    /// <summary>Names are kept for the tags that are kept, and some more until it is worth looking.</summary>
    private void ForgetNames_NeedsLock()
    {
        if (_names.Count <= 2 * options.KeysMax)
            return;
        var kept = _tags.Keys.ToHashSet();
        foreach (var name in _names.Keys.Where(name => !kept.Contains(name)).ToArray())
            _names.Remove(name);
    }
}
