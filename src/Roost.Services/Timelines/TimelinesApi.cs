using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>What the Timelines service can be asked: pages of posts, hydrated and ready to be presented.</summary>
public sealed record TimelinesApi(
    Service<HomeTimeline, TimelinePage> Home,
    Service<HomeTimeline, OutlinedPage> HomeOutline,
    Service<PublicTimeline, TimelinePage> Public,
    Service<AccountTimeline, TimelinePage> Account,
    Service<ListTimeline, TimelinePage?> List,
    Service<HydratePosts, TimelineEntry?[]> Hydrate,
    Service<HydratePosts, OutlinedPage?> Outline,
    Service<HydrateAccounts, AccountView?[]> Accounts,
    Service<ActivateInboxes, int> Activate,
    Service<AwaitFanOut, FanOutStatus> FanOut);

/// <summary>Which page: older than <paramref name="Before"/>, newer than <paramref name="After"/>.</summary>
/// <param name="Before">The client API's <c>max_id</c>: only ids below it; <c>default</c> for none.</param>
/// <param name="After">The client API's <c>since_id</c> or <c>min_id</c>: only ids above it; <c>default</c> for
/// none.</param>
/// <param name="Oldest">With <c>min_id</c>: the page just above <paramref name="After"/>, not the newest one. Pages
/// are newest first all the same.</param>
/// <param name="Limit">1 to 40.</param>
public sealed record PageRange(PostId Before = default, PostId After = default, bool Oldest = false, int Limit = 20);

/// <summary>
/// A home timeline is the posts and boosts of those whom the account follows now, and its own; a reply is there when
/// its reader follows both its author and the one it answers, or is one of these two. Not there is what the reader
/// does not want (blocks, mutes, boosts, languages, exclusive lists), as of the same moment.
/// </summary>
public sealed record HomeTimeline(AccountId Account, PageRange Range);

/// <summary>
/// The posts and boosts of a list's members; of replies to others those that the list shows, and those to its owner.
/// What the owner does not want is not there, as on the home timeline. The reply is null when the owner has no such
/// list.
/// </summary>
public sealed record ListTimeline(AccountId Owner, long Id, PageRange Range);

/// <summary>All public posts that are neither boosts nor replies to others.</summary>
/// <param name="OnlyMedia">Of these only the ones that were posted with pictures, and still have some.</param>
public sealed record PublicTimeline(AccountId Viewer, PageRange Range, bool OnlyMedia = false);

/// <summary>The posts and boosts of one account.</summary>
/// <param name="OnlyMedia">Only posts with pictures.</param>
public sealed record AccountTimeline(
    AccountId Viewer, AccountId Account, PageRange Range, bool ExcludeReplies, bool ExcludeBoosts,
    bool OnlyMedia = false);

/// <param name="Entries">Newest first; full unless the timeline ends here.</param>
/// <param name="HasOlder">Whether a page older than this one may have entries.</param>
public sealed record TimelinePage(IReadOnlyList<TimelineEntry> Entries, bool HasOlder);

/// <summary>
/// A page without bodies, for who has kept what it made of posts and accounts: for each post, and after it for what is
/// within, one row of three columns. What is not kept <see cref="TimelinesApi.Hydrate"/> gives.
/// </summary>
/// <param name="Posts">Newest first; a boost is followed by the post within, and a post that shows a quote by the
/// quoted one (<see cref="PostOutline.RowsAt"/>).</param>
/// <param name="Authors">Of each row; <see cref="Account.Stamp"/> tells whether it is the one that was kept.</param>
/// <param name="Follows">Of each row's author.</param>
/// <param name="HasOlder">As in <see cref="TimelinePage"/>.</param>
public sealed record OutlinedPage(PostOutline[] Posts, Account[] Authors, FollowCounts[] Follows, bool HasOlder)
{
    /// <summary>How many posts and boosts the page has, those within them not counted.</summary>
    public int Count => CountOf(Posts);

    /// <inheritdoc cref="Count"/>
    public static int CountOf(ReadOnlySpan<PostOutline> posts)
    {
        var count = 0;
        for (var row = 0; row < posts.Length; row += PostOutline.RowsAt(posts, row))
            count++;
        return count;
    }

    /// <summary>For a reader with filters the page itself, which says what matched; else null.</summary>
    public TimelinePage? Filtered { get; init; }

    /// <summary>The outline of a page that is there whole.</summary>
    public static OutlinedPage Of(TimelinePage page)
    {
        var rows = new List<TimelineEntry>(page.Entries.Count);
        foreach (var entry in page.Entries)
        {
            rows.Add(entry);
            if (entry.Boosted is { } boosted)
                rows.Add(boosted);
            if ((entry.Boosted ?? entry).Quoted is { } quoted)
                rows.Add(quoted);
        }
        return new OutlinedPage(
            [.. rows.Select(row => new PostOutline(row.Post.Ref, row.Post.Edit, row.Stats, row.Author.Posts))],
            [.. rows.Select(row => row.Author.Account)], [.. rows.Select(row => row.Author.Follows)], page.HasOlder);
    }
}

/// <summary>A post with all that is needed to show it to one viewer.</summary>
/// <param name="Boosted">For boosts: the entry of the post within, never null then.</param>
/// <param name="Mentions">Accounts named in the post, those that still exist, in order.</param>
public sealed record TimelineEntry(
    Post Post, AccountView Author, PostStats Stats, IReadOnlyList<Account> Mentions, TimelineEntry? Boosted)
{
    /// <summary>The viewer's filters that it matches where it is shown; null for none. What they hide is not there at
    /// all.</summary>
    public IReadOnlyList<FilterMatch>? Filtered { get; init; }

    /// <summary>The quoted post: there exactly when what <see cref="PostStats.Quoting"/> says of it is to be shown. A
    /// quoted post's own is never there.</summary>
    public TimelineEntry? Quoted { get; init; }

    /// <summary>Who wrote the post that it quotes, to be seen or not; null where there is none, or the account is not
    /// there.</summary>
    public Account? QuotedAuthor { get; init; }

    /// <summary>Whether it may be found by what it says: not when its author wants that not, unless the viewer wrote
    /// it, is named in it, or favourited, boosted or bookmarked it.</summary>
    /// <param name="viewer">Whose marks <see cref="Stats"/> tells of; nobody for strangers.</param>
    public bool IsFindableBy(AccountId viewer) =>
        Author.Account.Profile.Indexable
        || (!viewer.IsNone && (Post.Author == viewer || Post.Mentions.Contains(viewer)
            || Stats.Favourited || Stats.Boosted || Stats.Bookmarked));
}

/// <summary>An account with its counters.</summary>
public sealed record AccountView(Account Account, FollowCounts Follows, AuthorCounts Posts);

/// <summary>
/// From <see cref="TimelinesApi.Hydrate"/> the reply has an entry, or null where the viewer may not see one, for each
/// ref, in order. <see cref="TimelinesApi.Outline"/> answers with the page of all of them; null when one is not there
/// for the viewer, or may not be wanted, which takes its words to tell: then hydrate them.
/// </summary>
/// <param name="ByName">Whether the viewer asked for these very posts: then those are shown, too, whose author the
/// viewer mutes or blocks. Else they are left out, as from threads.</param>
public sealed record HydratePosts(AccountId Viewer, IReadOnlyList<PostRef> Refs, bool ByName = false)
{
    /// <summary>Whether they are of a list that the viewer went to see, of one account's posts or of what was kept:
    /// shown as <see cref="ByName"/> would, but one that is damaged is left out.</summary>
    public bool IsChosenList { get; init; }

    /// <summary>Which of the viewer's filters hold where they are shown.</summary>
    public FilterContexts Context { get; init; } = FilterContexts.Thread;
}

/// <summary>The reply has a view, or null, for each id, in order.</summary>
public sealed record HydrateAccounts(IReadOnlyList<AccountId> Ids);

/// <summary>Gives every account up to <paramref name="UpTo"/> an inbox now, as if it had just come. The reply counts
/// the new ones.</summary>
public sealed record ActivateInboxes(AccountId UpTo);

/// <summary>Answers when everything posted before the call is in the inboxes that it belongs in.</summary>
public sealed record AwaitFanOut;

/// <param name="Processed">Newest seq of the post feed that fan-out is done with.</param>
/// <param name="Deliveries">Ids written into inboxes since the process started.</param>
/// <param name="TimeToInboxP50">From commit to the last inbox, over the posts since the process started; so is
/// <paramref name="TimeToInboxP99"/>.</param>
public sealed record FanOutStatus(
    uint Processed, long Deliveries, int Inboxes, long InboxBytes, TimeSpan TimeToInboxP50, TimeSpan TimeToInboxP99)
{
    /// <summary>The same by how many followers the posts' authors have: one for each of the four classes.</summary>
    public IReadOnlyList<TimeToInbox> TimeToInbox { get; init; } = [];
}

/// <summary>How long the posts of accounts with so many followers took from their commit to their last inbox, over all
/// since the process started.</summary>
/// <param name="Followers">Which accounts: <c>up_to_100</c>, <c>up_to_10k</c>, <c>up_to_1m</c> or
/// <c>above_1m</c>.</param>
public sealed record TimeToInbox(string Followers, long Posts, TimeSpan P50, TimeSpan P99, TimeSpan Max);
