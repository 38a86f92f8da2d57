using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.AnnualReports;

/// <summary>The services that reports are made from.</summary>
public sealed record ReportPeers(PostsApi Posts, GraphApi Graph);

/// <summary>Reads an account's posts and follows of a year, and counts. Posts are read in pages, one after the other:
/// some milliseconds a thousand.</summary>
internal sealed class ReportMaker(ReportPeers peers)
{
    private const int PagePosts = 256;

    /// <summary>Whether the account posted or boosted anything in the year.</summary>
    public async ValueTask<bool> HasPostedAsync(AccountId account, int year, Call call)
    {
        var (above, below) = await PlacesOfAsync(year, call);
        return (await PageAsync(account, above, below, 1, call)).Length > 0;
    }

    public async ValueTask<AnnualReport> MakeAsync(AccountId account, int year, Call call)
    {
        var counts = new PostCounts(account);
        var (above, below) = await PlacesOfAsync(year, call);
        while (true)
        {
            var refs = await PageAsync(account, above, below, PagePosts, call);
            if (refs.Length == 0) break;
            var posts = await peers.Posts.Read(new ReadPosts([.. refs.Select(one => one.Seq)]), call);
            foreach (var shown in posts)
            {
                if (shown.Post is { } post) counts.Add(post, shown.Stats);
            }
            below = refs[^1].Seq;
        }
        var follows = await peers.Graph.NewFollows(new CountNewFollows(account, year), call);
        MonthFigures[] months =
        [
            .. Enumerable.Range(0, 12).Select(month => new MonthFigures(
                counts.Months[month], follows.Following[month], follows.Followers[month])),
        ];
        return new AnnualReport(account, year, counts.Archetype, months, counts.TopTags(), counts.TopPosts());
    }

    private async ValueTask<(uint Above, uint Below)> PlacesOfAsync(int year, Call call)
    {
        var first = await peers.Posts.Locate(new LocatePost(FirstIdOf(year)), call);
        return (first - 1, await peers.Posts.Locate(new LocatePost(FirstIdOf(year + 1)), call));
    }

    private ValueTask<PostRef[]> PageAsync(AccountId account, uint above, uint below, int limit, Call call) =>
        below <= above + 1
            ? new([])
            : peers.Posts.Newest(
                new NewestPosts(SortedIds.FromSorted([account.Value]), default, below, above, false, limit), call);

    // Ids begin with 2020 and last until 2089.
    private static PostId FirstIdOf(int year)
    {
        var start = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var last = PostId.EpochUnixMilliseconds + PostId.MillisecondsMax;
        return PostId.Create(Math.Clamp(start, PostId.EpochUnixMilliseconds, last), 0, 0);
    }
}

/// <summary>Counts of one account's posts, as a Mastodon server makes them.</summary>
internal sealed class PostCounts(AccountId account)
{
    /// <summary>Who posts less than this in a year, boosts and answers included, posts little.</summary>
    private const int FewPosts = 113;

    private const int TagsMax = 40;

    private readonly Dictionary<string, TagFigure> _tags = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(PostId Id, PostStats Stats)> _public = [];
    private int _boosts;
    private int _answers;
    private int _own;
    private int _polls;

    /// <summary>Posts and boosts of each month.</summary>
    public int[] Months { get; } = new int[12];

    public Archetype Archetype =>
        _own + _answers + _boosts < FewPosts ? Archetype.Lurker
        : _boosts > _own * 2 ? Archetype.Booster
        : _polls * 10 > _own ? Archetype.Pollster
        : _answers > _own * 2 ? Archetype.Replier
        : Archetype.Oracle;

    public void Add(Post post, PostStats stats)
    {
        Months[DateTimeOffset.FromUnixTimeMilliseconds(post.Id.UnixMilliseconds).UtcDateTime.Month - 1]++;
        if (post.IsBoost)
        {
            _boosts++;
            return;
        }
        if (post.InReplyTo.IsNone) _own++;
        else if (post.Ref.Answered != account) _answers++;
        if (post.Poll is not null) _polls++;
        foreach (var tag in Hashtags.Of(post.Text))
        {
            var old = _tags.GetValueOrDefault(tag) ?? new TagFigure(tag, 0);
            _tags[tag] = old with { Count = old.Count + 1 };
        }
        if (post.Visibility == Visibility.Public) _public.Add((post.Id, stats));
    }

    public IReadOnlyList<TagFigure> TopTags() =>
    [
        .. _tags.Values.Where(tag => tag.Count > 1).OrderByDescending(tag => tag.Count)
            .ThenBy(tag => tag.Name, StringComparer.Ordinal).Take(TagsMax),
    ];

    public TopPosts TopPosts()
    {
        var boosted = Most(stats => stats.Boosts);
        var favourited = Most(stats => stats.Favourites, boosted);
        return new TopPosts(boosted, favourited, Most(stats => stats.Replies, boosted, favourited));
    }

    private PostId Most(Func<PostStats, int> count, params ReadOnlySpan<PostId> named)
    {
        var (best, id) = (0, default(PostId));
        foreach (var post in _public)
        {
            if (count(post.Stats) <= best || named.Contains(post.Id)) continue;
            (best, id) = (count(post.Stats), post.Id);
        }
        return id;
    }
}
