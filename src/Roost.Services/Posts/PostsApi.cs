using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Media;

namespace Roost.Services.Posts;

/// <summary>
/// What the Posts service can be asked. It owns posts, boosts and favourites, and answers for who may see a post: what
/// the viewer may not see is answered as if it did not exist.
/// </summary>
public sealed record PostsApi(
    Service<CreatePost, Post> Create,
    Service<CreatePosts, CreatedPost[]> CreateMany,
    Service<EditPost, Post?> Edit,
    Service<RedescribeMedia, bool> Redescribe,
    Service<DeletePost, Post?> Delete,
    Service<BoostPost, Post?> Boost,
    Service<UnboostPost, bool> Unboost,
    Service<FavouritePost, bool> Favourite,
    Service<UnfavouritePost, bool> Unfavourite,
    Service<ImportPosts, ImportReply> Import,
    Service<GetPosts, Post?[]> Get,
    Service<ShowPosts, ShownPost[]> Show,
    Service<OutlinePosts, PostOutline[]> Outline,
    Service<ReadPosts, ShownPost[]> Read,
    Service<ReadPostTexts, PostTexts> Texts,
    Service<ListBoosts, PostRef[]> Boosts,
    Service<CountPosts, AuthorCounts[]> Counts,
    Service<NewestPosts, PostRef[]> Newest,
    Service<LocatePost, uint> Locate,
    Service<CountActivity, DayActivity[]> Activity,
    Service<GetIdAt, PostId> IdAt,
    Service<GetThread, PostThread?> Thread,
    Service<GetHistory, Post[]?> History,
    Service<ReadVersions, IReadOnlyList<Post>[]> Versions,
    Service<FindByKey, bool> IsPosted,
    Service<GetRecords, PostEvent[]> Records,
    FollowPosts Feed);

public enum PostKind : byte
{
    Post = 1,
    Boost = 2,
}

public enum Visibility : byte
{
    /// <summary>Everybody, and on the public timeline.</summary>
    Public = 0,
    /// <summary>Everybody, but not on the public timeline.</summary>
    Unlisted = 1,
    /// <summary>The author's followers and those mentioned.</summary>
    Followers = 2,
    /// <summary>Those mentioned only: in their conversations, on no timeline.</summary>
    Direct = 3,
}

/// <summary>What follows from a visibility, in one place.</summary>
public static class Visibilities
{
    /// <summary>Whether there are those who may not see it: who may, says <see cref="PostsApi.Get"/>.</summary>
    public static bool IsRestricted(this Visibility visibility) => visibility >= Visibility.Followers;

    /// <summary>Whether it can be boosted: what everybody may see by others; what is for followers by its author only,
    /// for the boost is for the same followers.</summary>
    public static bool CanBeBoosted(this Visibility visibility, bool isOwn) =>
        visibility < Visibility.Followers || (isOwn && visibility == Visibility.Followers);
}

/// <summary>
/// Where a post is and the little that timelines need of it. <paramref name="Seq"/> is its place in its shard's log: 1,
/// 2, 3, … in commit order, four bytes; ids and seqs sort alike.
/// </summary>
/// <param name="Answered">The account that a reply answers, else nobody.</param>
public readonly record struct PostRef(PostId Id, uint Seq, PostKind Kind, AccountId Author, AccountId Answered)
{
    /// <summary>A place alone; hydration finds the rest.</summary>
    internal static PostRef Place(uint seq) => new(default, seq, default, default, default);
}

/// <summary>A post or boost. Immutable: an edit makes a new one.</summary>
/// <param name="At">When it was posted; for imports its own time, which may lie before the id's.</param>
/// <param name="Text">Plain text as its author wrote it; empty for boosts.</param>
/// <param name="SpoilerText">The content warning, or empty.</param>
/// <param name="Language">ISO 639-1, or null.</param>
/// <param name="InReplyTo">The post that it answers, or <c>default</c>.</param>
/// <param name="Boosted">For boosts: the post boosted, itself never a boost.</param>
/// <param name="Mentions">The accounts that <paramref name="Text"/> names, in order of first appearance.</param>
/// <param name="AppName">The app it was posted with, or null.</param>
public sealed record Post(
    PostRef Ref, DateTimeOffset At, string Text, string SpoilerText, bool Sensitive, Visibility Visibility,
    string? Language, PostId InReplyTo, PostId Boosted, IReadOnlyList<AccountId> Mentions, string? AppName,
    DateTimeOffset? EditedAt)
{
    /// <summary>Seq of the edit that it is as of, or 0: with its id it names this very text.</summary>
    public uint Edit { get; init; }

    /// <summary>What it has besides words, or null.</summary>
    public PostExtras? Extras { get; init; }

    /// <summary>The post that it quotes, there or not, or <c>default</c>: for whom that is to be seen, says
    /// <see cref="PostStats.Quoting"/>.</summary>
    public PostRef Quoted { get; init; }

    /// <summary>The pictures it shows, in order.</summary>
    public IReadOnlyList<MediaItem> Media => Extras?.Media ?? [];

    /// <summary>The poll that it has, or null.</summary>
    public Poll? Poll => Extras?.Poll;

    public PostId Id => Ref.Id;
    public AccountId Author => Ref.Author;
    public bool IsBoost => Ref.Kind == PostKind.Boost;
}

/// <summary>Posts. The reply comes when the post is durable.</summary>
/// <param name="Text">1 to 5,000 UTF-16 characters after trimming, unless there is a spoiler text or a
/// picture.</param>
/// <param name="Mentions">Resolved by the caller from the names in the text.</param>
/// <param name="InReplyTo">A post that the author can see, or <c>default</c>.</param>
/// <param name="IdempotencyKey">The same author and key within an hour answers the first post again, restarts
/// included.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: empty or too long.
/// <see cref="ErrorCode.NotFound"/>: what it answers is gone.</exception>
public sealed record CreatePost(
    AccountId Author, string Text, string SpoilerText = "", bool Sensitive = false,
    Visibility Visibility = Visibility.Public, string? Language = null, PostId InReplyTo = default,
    IReadOnlyList<AccountId>? Mentions = null, string? AppName = null, string? IdempotencyKey = null)
{
    /// <summary>Pictures of the author's that no post shows yet, at most four; not in batches.</summary>
    public IReadOnlyList<long> MediaIds { get; init; } = [];

    /// <summary>Whether its pictures were held for it (<see cref="UseMedia.Holds"/>).</summary>
    public bool TakesHeldMedia { get; init; }

    /// <summary>A poll, to posts without pictures; not in batches.</summary>
    public Poll? Poll { get; init; }

    /// <summary>
    /// A post that it quotes and the author may quote, or <c>default</c>; not in batches. Of a boost, the post within
    /// is meant. What quotes a post for followers is for followers itself.
    /// </summary>
    public PostId Quoted { get; init; }

    /// <summary>Who may quote it; of posts that not everybody may see only the author may. In batches
    /// everybody.</summary>
    public QuotePolicy QuotePolicy { get; init; }
}

/// <summary>Replaces the text; the reply is null when the post is not there or not
/// <paramref name="Author"/>'s. What changes nothing is no edit.</summary>
public sealed record EditPost(
    AccountId Author, PostId Id, string Text, string SpoilerText, bool Sensitive, string? Language,
    IReadOnlyList<AccountId> Mentions)
{
    /// <summary>The pictures it shall show: its own, or such as no post shows yet. Null leaves them as they
    /// are.</summary>
    public IReadOnlyList<long>? MediaIds { get; init; }

    /// <summary>
    /// The poll that it shall have; null leaves it as it is, and pictures take its place. Other options void all votes.
    /// </summary>
    public Poll? Poll { get; init; }

    /// <summary>Takes its poll away when <see cref="Poll"/> is null.</summary>
    public bool EndsPoll { get; init; }

    /// <summary>What shall be told about its pictures; about others nothing is changed.</summary>
    public IReadOnlyList<DescribeMedia> Descriptions { get; init; } = [];
}

/// <summary>
/// Takes what Media tells about a picture into the post that shows it, as an edit. The reply is false when no post
/// of <paramref name="Author"/>'s shows it.
/// </summary>
public sealed record RedescribeMedia(AccountId Author, long MediaId);

/// <summary>Deletes a post (and with it its boosts); the reply is what it was, or null when it is not there or not
/// <paramref name="Author"/>'s.</summary>
/// <param name="WithMedia">Removes its pictures at once; else they can be posted again for a day.</param>
public sealed record DeletePost(AccountId Author, PostId Id, bool WithMedia = false);

/// <summary>Boosts; a second boost of the same post answers the first. Of a boost, the post within is boosted. Null:
/// not there, or not to be boosted (<see cref="Visibilities.CanBeBoosted"/>).</summary>
/// <param name="Visibility">Who is to see the boost: anything but <see cref="Visibility.Direct"/>. That of a post for
/// followers is for them, whatever this says.</param>
public sealed record BoostPost(AccountId Account, PostId Id, Visibility Visibility = Visibility.Public);

/// <summary>Takes a boost back. False: the post is not there. True also when it was not boosted.</summary>
public sealed record UnboostPost(AccountId Account, PostId Id);

/// <summary>False: the post is not there. Of a boost, the post within is meant.</summary>
public sealed record FavouritePost(AccountId Account, PostId Id);

/// <summary>False: the post is not there. True also when it was no favourite.</summary>
public sealed record UnfavouritePost(AccountId Account, PostId Id);

/// <summary>
/// Appends posts and boosts of the past with ids, times and keys of the importer's making: one group commit for all. A
/// draft whose <see cref="PostDraft.Key"/> the log already holds is passed over, so that an import can be run again.
/// </summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: an id is not above the shard's
/// newest.</exception>
public sealed record ImportPosts(IReadOnlyList<PostDraft> Drafts);

/// <param name="Id">Above all before it, in this request and in the log.</param>
/// <param name="At">Its own time.</param>
/// <param name="Target">The post boosted or answered: in the log, or earlier in the same request. <c>default</c> for
/// none.</param>
/// <param name="Answered">Author of what a reply answers.</param>
/// <param name="Key">Not 0; the same draft always has the same key.</param>
public sealed record PostDraft(
    PostId Id, DateTimeOffset At, AccountId Author, PostKind Kind, string Text, PostId Target, AccountId Answered,
    IReadOnlyList<AccountId> Mentions, ulong Key);

public readonly record struct ImportReply(int Added, int PassedOver);

/// <param name="Viewer">Who will see them, or nobody (a stranger).</param>
/// <param name="Refs">
/// With a <see cref="PostRef.Seq"/> they are found at once, whether or not the id is filled in; with a seq of 0 the id
/// is searched for. The reply has a post or null for each, in order.
/// </param>
/// <param name="ByName">
/// Whether somebody asked for this very post: a single one that is damaged is then an error. Else it is left out, as of
/// pages, whose other posts must still be shown.
/// </param>
public sealed record GetPosts(AccountId Viewer, IReadOnlyList<PostRef> Refs, bool ByName = false)
{
    public static GetPosts One(AccountId viewer, PostId id) =>
        new(viewer, [new PostRef(id, 0, default, default, default)], ByName: true);
}

/// <summary>
/// Posts with their counters, and boosts with the posts within, for pages. Else as <see cref="GetPosts"/>.
/// </summary>
public sealed record ShowPosts(AccountId Viewer, IReadOnlyList<PostRef> Refs, bool ByName = false);

/// <param name="Post">
/// Null where there is none, or the viewer may not see it or, of a boost, the post within; then all else means
/// nothing.
/// </param>
/// <param name="Boosted">For boosts: the post within.</param>
/// <param name="BoostedStats">Its counters.</param>
public readonly record struct ShownPost(Post? Post, PostStats Stats, Post? Boosted, PostStats BoostedStats)
{
    /// <summary>What is quoted by it or, of a boost, by the post within; null where the viewer is not shown
    /// any.</summary>
    public ShownQuote? Quoted { get; init; }
}

/// <summary>A quoted post. What it quotes itself its <see cref="PostStats.Quoting"/> tells.</summary>
public sealed record ShownQuote(Post Post, PostStats Stats);

/// <summary>
/// Posts without their bodies, for who has kept what it made of these. The reply has, in the order of
/// <paramref name="Refs"/>, those that the viewer may see, after each boost the post within, and after a post that
/// shows a quote the quoted one (<see cref="PostOutline.RowsAt"/>).
/// </summary>
/// <param name="Refs">As for <see cref="GetPosts"/>.</param>
public sealed record OutlinePosts(AccountId Viewer, IReadOnlyList<PostRef> Refs);

/// <summary>All that changes about a post, and which text it has now.</summary>
/// <param name="Edit">As <see cref="Post.Edit"/>: while id and edit are the same, so is the body.</param>
public readonly record struct PostOutline(PostRef Ref, uint Edit, PostStats Stats, AuthorCounts AuthorCounts)
{
    /// <summary>
    /// How many rows the post or boost takes that begins at a place: its own, of a boost that of the post within, and
    /// that of a quoted post. <b>Hot path.</b>
    /// </summary>
    public static int RowsAt(ReadOnlySpan<PostOutline> rows, int row)
    {
        var count = rows[row].Ref.Kind == PostKind.Boost ? 2 : 1;
        return rows[row + count - 1].Stats.Quoting?.Quote is { IsShown: true } ? count + 1 : count;
    }
}

/// <param name="Favourited">By the viewer; so is <paramref name="Boosted"/>.</param>
public readonly record struct PostStats(int Replies, int Boosts, int Favourites, bool Favourited, bool Boosted)
{
    /// <summary>By the viewer.</summary>
    public bool Bookmarked { get; init; }

    /// <summary>By its author.</summary>
    public bool Pinned { get; init; }

    /// <summary>Whether the viewer mutes its thread.</summary>
    public bool Muted { get; init; }

    /// <summary>How votes stand in its poll; null when it has none.</summary>
    public PollTally? Poll { get; init; }

    /// <summary>Null, as of most, when it quotes nothing, nobody quotes it, and everybody may.</summary>
    public QuoteFacts? Quoting { get; init; }

    /// <summary>The same with another state of what it quotes.</summary>
    public PostStats WithQuote(QuoteState state) =>
        this with { Quoting = Quoting! with { Quote = Quoting.Quote! with { State = state } } };
}

/// <summary>
/// Posts with their counters as the feed's consumers need them, whoever may see them; of boosts not what is within. The
/// reply has one for each seq, in order, without a post where there is none any more, or its bytes are damaged.
/// </summary>
public sealed record ReadPosts(IReadOnlyList<uint> Seqs);

/// <summary>The boosts of a post as the feed's consumers need them, newest first, whoever may see them.</summary>
/// <param name="Below">Only boosts with a smaller seq; 0 for all.</param>
/// <param name="Limit">At least 1. Fewer come back only when there are no more.</param>
public sealed record ListBoosts(uint Seq, uint Below, int Limit);

/// <summary>The reply has one for each account, in order.</summary>
public sealed record CountPosts(IReadOnlyList<AccountId> Authors);

/// <param name="LastOn">Day (UTC) of the newest post or boost, or null.</param>
public readonly record struct AuthorCounts(int Posts, DateOnly? LastOn);

/// <summary>
/// The newest posts and boosts by any of some authors, merged, newest first, deleted ones left out. Visibility is not
/// applied: hydration does that.
/// </summary>
/// <param name="Authors">Null means the public timeline: everybody's public posts that are neither boosts nor replies
/// to others.</param>
/// <param name="Reader">
/// When given, the home timeline of that account: its own posts and those that answer it are merged in, and of the
/// authors' replies only those that answer one of the authors, the reader, or the replier.
/// </param>
/// <param name="Below">Only seqs below it; 0 for all. <see cref="PostsApi.Locate"/> tells an id's seq.</param>
/// <param name="Above">Only seqs above it.</param>
/// <param name="Oldest">The limit's worth nearest to <paramref name="Above"/>, rather than the newest; still newest
/// first.</param>
/// <param name="Limit">At least 1. Fewer come back only when there are no more.</param>
public sealed record NewestPosts(
    SortedIds? Authors, AccountId Reader, uint Below, uint Above, bool Oldest, int Limit)
{
    /// <summary>Without a reader: of replies to others only those that answer one of these; null for all.</summary>
    public SortedIds? Answering { get; init; }

    /// <summary>
    /// Leaves out what these rules hide, as far as who wrote, boosted and answered whom tells; null for none. Whether
    /// boosts are wanted is asked when there are authors, exclusive lists when there is a reader.
    /// </summary>
    public ViewerRules? Rules { get; init; }

    /// <summary>Whether direct posts are among them, which are on no timeline: for their author's own page.</summary>
    public bool WithDirect { get; init; }

    /// <summary>
    /// Only posts that show pictures. On the public timeline these are the ones that were posted with some.
    /// </summary>
    public bool OnlyMedia { get; init; }
}

/// <summary>
/// Translates an id into a place in the log: the reply is the seq of the first record whose id is not below
/// <paramref name="Id"/>, and the newest seq plus one when there is none.
/// </summary>
public readonly record struct LocatePost(PostId Id)
{
    /// <summary>Asks for the place after the newest record.</summary>
    public static LocatePost End => new(new PostId(long.MaxValue));
}

/// <summary>Counts what was done on each day of UTC from one to another, both included, whatever became of it
/// later.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: more than 366 days, or none.</exception>
public sealed record CountActivity(DateOnly First, DateOnly Last);

/// <param name="Posts">Boosts too.</param>
/// <param name="Interactions">Boosts, favourites, and answers to others.</param>
public readonly record struct DayActivity(int Posts, int Interactions);

/// <summary>The id of the record at a place in the log, whatever it is: <see cref="LocatePost"/> the other way. The
/// reply is <c>default</c> beyond the newest.</summary>
public readonly record struct GetIdAt(uint Seq);

/// <summary>
/// The feed: everything committed after <paramref name="after"/> in order, then what is committed from now on, until
/// cancelled. At least once over restarts; a consumer keeps its own checkpoint, the seq of the last event that it is
/// done with.
/// </summary>
/// <returns>Batches whose memory is valid until the next one is asked for.</returns>
public delegate IAsyncEnumerable<ReadOnlyMemory<PostEvent>> FollowPosts(uint after, CancellationToken cancellation);

public enum PostEventKind : byte
{
    Post = 1,
    Boost = 2,
    Favourite = 3,
    Edit = 4,
    Delete = 5,

    /// <summary>A record that was lost: nobody's, about nothing.</summary>
    Lost = 6,

    /// <summary>A vote in a poll, about the post or edit that has the poll.</summary>
    Vote = 8,

    /// <summary>What an account keeps for itself; nobody else's business.</summary>
    Mark = 7,

    /// <summary>That a post quotes the target; the account answered is the author quoted.</summary>
    Quote = 9,

    /// <summary>Who may quote the target from now on.</summary>
    QuoteRule = 10,
}

/// <param name="Ref">The record itself: for favourites, edits and deletions its author is who did it.</param>
/// <param name="Visibility">Of edits and deletions of posts, that of the post.</param>
/// <param name="Target">Seq of what is answered, boosted, favourited, edited or deleted; 0 for none.</param>
/// <param name="CommittedAt">A <see cref="TimeProvider"/> timestamp of the commit, or 0 when that was long ago.</param>
/// <param name="Counted">Seq of the post whose counters this changed, or 0.</param>
public readonly record struct PostEvent(
    PostEventKind Kind, PostRef Ref, Visibility Visibility, uint Target, long CommittedAt, uint Counted = 0)
{
    /// <summary>Whether it is an answer to somebody else than its author.</summary>
    public bool AnswersOthers => !Ref.Answered.IsNone && Ref.Answered != Ref.Author;

    /// <summary>Whether an import of the past brought it.</summary>
    public bool IsImported { get; init; }

    /// <summary>Whether it is a post whose text names accounts; posts of before this was noted say no.</summary>
    public bool NamesAccounts { get; init; }

    /// <summary>Of a quote, and of what takes one back, the seq of the post that quotes; else 0.</summary>
    public uint Quoting { get; init; }

    /// <summary>Of a vote, seq of the post that has the poll; else 0.</summary>
    public uint VotedIn { get; init; }
}

/// <summary>
/// What the feed said at some places: what an edit or a deletion was about. The reply has one for each, in order,
/// whether what it made is still there or not; <c>default</c> where the log has no such place.
/// </summary>
public sealed record GetRecords(IReadOnlyList<uint> Seqs);

/// <summary>
/// All versions of a post, the oldest first; each says as <see cref="Post.At"/> when it was written. Of a boost, the
/// post within is meant. The reply is null when it is not there for the viewer.
/// </summary>
public sealed record GetHistory(AccountId Viewer, PostId Id)
{
    /// <summary>Of more versions than that the first and the newest are told.</summary>
    public const int VersionsMax = 500;
}

/// <summary>
/// Whatever posts have said, oldest first, of those that are gone, too, and whoever may see it: for consumers of the
/// feed, who tell those who were told of a post what becomes of it. The reply has them for each place; none where that
/// is no post, or is damaged. As in <see cref="GetHistory"/>, but <see cref="Post.At"/> is when the post was made.
/// </summary>
public sealed record ReadVersions(IReadOnlyList<uint> Seqs);

/// <summary>
/// Whether an author has posted with an idempotency key, be it longer ago than keys are answered, or deleted since: the
/// author's posts are looked through, back to <paramref name="Since"/>.
/// </summary>
public sealed record FindByKey(AccountId Author, string Key, DateTimeOffset Since);

/// <summary>The reply is null when the post is not there.</summary>
public sealed record GetThread(AccountId Viewer, PostId Id);

/// <param name="Ancestors">From the first post of the thread down to what the post answers.</param>
/// <param name="Descendants">Depth first, each answer before its younger siblings. At most 4,096.</param>
public sealed record PostThread(IReadOnlyList<PostRef> Ancestors, IReadOnlyList<PostRef> Descendants);
