using System.Collections.Concurrent;
using Roost.Engine.Chains;
using Roost.Engine.Columns;
using Roost.Engine.Ids;
using Roost.Engine.Sets;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// What the Posts service knows of its log without reading it: who wrote what in which order, what answers and boosts
/// what, who favourited or marked, what is deleted or edited, and the counters. A pure function of the log's columns:
/// it is built again at start and then follows every commit.
/// </summary>
/// <remarks>
/// The log's writer thread is the only writer, between a group's fdatasync and the answers to its authors; so whoever
/// is answered finds what was written here. Readers take no lock; they see each structure as of some commit not older
/// than their own call. A deleted post takes its boosts with it, one by one, so that a reader has to look only at the
/// record's own state.
/// </remarks>
internal sealed partial class PostIndex(PostLog log)
{
    private const ushort Deleted = 1;
    private const ushort Edited = 2;
    private const ushort WithMedia = 8;
    private const ushort WithPoll = 16;

    private static readonly int _unixDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>The key of all in <see cref="Public"/>.</summary>
    public const int PublicKey = 0;

    /// <summary>The key of those in <see cref="Public"/> that were posted with pictures.</summary>
    public const int PublicMediaKey = 1;

    private readonly GrowingColumn<ushort> _states = new();
    private readonly GrowingColumn<Counters> _counters = new();
    private readonly GrowingColumn<AuthorRow> _authors = new();

    /// <summary>Above every author.</summary>
    private int _authorsEnd;

    private readonly ConcurrentDictionary<uint, uint> _edits = new();
    private readonly PairTable _boosts = new();
    private readonly PairTable _favourites = new();

    /// <summary>Posts and boosts by the account that wrote them.</summary>
    public PostChains ByAuthor { get; } = new();

    /// <summary>Replies by the account that they answer.</summary>
    public PostChains ByAnswered { get; } = new();

    /// <summary>Replies, boosts, quotes and edits by the seq of the post that they are about.</summary>
    public PostChains ByTarget { get; } = new();

    /// <summary>Two chains: public posts that are neither boosts nor replies to others, and of these the ones with
    /// pictures.</summary>
    public PostChains Public { get; } = new();

    /// <summary>Takes in the records <paramref name="first"/> to <paramref name="last"/>. The log's writer
    /// only.</summary>
    public void Apply(uint first, uint last)
    {
        Chain(first, last);
        Count(first, last);
    }

    /// <summary>Whether a post or boost is there to be shown (if the viewer may see it).</summary>
    public bool IsLive(uint seq) => (_states[seq] & Deleted) == 0;

    /// <summary>Whether a post shows pictures, as of its newest edit.</summary>
    public bool HasMedia(uint seq) => (_states[seq] & WithMedia) != 0;

    /// <summary>Seq of the newest edit of a post, or 0.</summary>
    public uint EditOf(uint seq) => (_states[seq] & Edited) == 0 ? 0 : _edits.GetValueOrDefault(seq);

    /// <summary>Seq of the account's live boost of a post, or 0.</summary>
    public uint BoostBy(AccountId account, uint target) => _boosts.TryGet(account, target, out var seq) ? seq : 0;

    /// <summary>Seq of the account's live favourite of a post, or 0.</summary>
    public uint FavouriteBy(AccountId account, uint target) =>
        _favourites.TryGet(account, target, out var seq) ? seq : 0;

    /// <summary>How many live posts and boosts an account has, direct ones apart, and the day (UTC) of the
    /// newest.</summary>
    public AuthorCounts CountsOf(AccountId author)
    {
        var row = _authors[(uint)author.Value];
        return new AuthorCounts(row.Posts, row.LastDay == 0 ? null : DateOnly.FromDayNumber(row.LastDay));
    }

    /// <summary>Has the processor fetch what <see cref="IsLive"/> will look at.</summary>
    public void PrefetchState(uint seq) => _states.Prefetch(seq);

    /// <summary>Has the processor fetch what <see cref="CountsOf"/> will look at.</summary>
    public void PrefetchCounts(AccountId author) => _authors.Prefetch((uint)author.Value);

    /// <summary>Has the processor fetch what <see cref="Stats"/> will look at.</summary>
    public void PrefetchStats(uint seq) => _counters.Prefetch(seq);

    /// <summary>The same for the viewer's own marks; looks at the counters itself.</summary>
    public void PrefetchMarks(AccountId viewer, uint seq)
    {
        var counters = _counters[seq];
        if (counters.Favourites > 0)
            _favourites.Prefetch(viewer, seq);
        if (counters.Boosts > 0)
            _boosts.Prefetch(viewer, seq);
        if (counters.Bookmarks > 0)
            _marks[(int)PostMark.Bookmark].Prefetch(viewer, seq);
    }

    /// <summary>A post's counters, and what <paramref name="viewer"/> (unless nobody) did with it.</summary>
    public PostStats Stats(AccountId viewer, uint seq)
    {
        var counters = _counters[seq];
        var state = _states[seq];
        var marked = !viewer.IsNone;
        return new PostStats(
            counters.Replies, counters.Boosts, counters.Favourites,
            marked && counters.Favourites > 0 && FavouriteBy(viewer, seq) != 0,
            marked && counters.Boosts > 0 && BoostBy(viewer, seq) != 0)
        {
            Bookmarked = marked && counters.Bookmarks > 0 && MarkBy(viewer, seq, PostMark.Bookmark) != 0,
            Pinned = (state & Pinned) != 0,
            Muted = marked && IsMuted(viewer, seq),
            Poll = (state & WithPoll) == 0 ? null : TallyOf(viewer, seq),
            Quoting = (state & AboutQuotes) == 0 ? null : QuotingOf(seq, state),
        };
    }

    /// <summary>A post's counters alone.</summary>
    public PostCounters CountersOf(uint seq)
    {
        var counters = _counters[seq];
        return new PostCounters(counters.Replies, counters.Boosts, counters.Favourites);
    }

    private void Apply(in RecordMeta record)
    {
        switch (record.Kind)
        {
            case RecordKind.Post:
                ApplyPost(record);
                break;
            case RecordKind.Boost:
                ChainToTarget(record);
                _boosts.Set(record.Author, record.Target, record.Seq);
                _counters.Grow(record.Target).Boosts++;
                AddToAuthor(record);
                if (!IsLive(record.Target))
                    DeleteBoost(record.Seq);
                break;
            case RecordKind.Favourite:
                _favourites.Set(record.Author, record.Target, record.Seq);
                _counters.Grow(record.Target).Favourites++;
                break;
            case RecordKind.Edit:
                ApplyEdit(record);
                break;
            case RecordKind.Delete:
                Delete(record.Target);
                break;
            case RecordKind.Mark:
                ApplyMark(record);
                break;
            case RecordKind.Vote:
                ApplyVote(record);
                break;
            case RecordKind.Quote:
                ApplyQuote(record);
                break;
            case RecordKind.QuoteRule:
                SetPolicy(record.Target, RecordFlags.QuotePolicy(record.Flags));
                break;
        }
    }

    /// <summary>Direct posts are on no timeline, and count nowhere.</summary>
    public static bool IsDirect(in RecordMeta record) =>
        record.Kind == RecordKind.Post && RecordFlags.Visibility(record.Flags) == Visibility.Direct;

    private void ApplyPost(in RecordMeta record)
    {
        var counts = !IsDirect(record);
        if (counts)
            AddToAuthor(record);
        if ((ExtrasOf(record) | FirstPolicyOf(record)) is var state and not 0)
            _states.Grow(record.Seq) |= (ushort)state;
        if (record.Target != 0)
        {
            ChainToTarget(record);
            if (counts)
                _counters.Grow(record.Target).Replies++;
            _roots.Grow(record.Seq) = RootOf(record.Target);
        }
    }

    private void ApplyEdit(in RecordMeta record)
    {
        ChainToTarget(record);
        // The seq first: who sees the mark must find it.
        _edits[record.Target] = record.Seq;
        if ((record.Flags & RecordFlags.HasOtherPoll) != 0)
            _otherPolls[record.Target] = record.Seq;
        ref var state = ref _states.Grow(record.Target);
        state = (ushort)((state & ~(WithMedia | WithPoll)) | Edited | ExtrasOf(record));
    }

    private static int MediaOf(in RecordMeta record) =>
        (record.Flags & RecordFlags.HasMedia) == 0 ? 0 : WithMedia;

    private static int ExtrasOf(in RecordMeta record) =>
        MediaOf(record) | ((record.Flags & RecordFlags.HasPoll) == 0 ? 0 : WithPoll);

    private void Delete(uint seq)
    {
        // Two deletions of one record may both have been on their way: the second finds nothing to do.
        if (seq == 0 || !IsLive(seq))
            return;
        var record = log[seq];
        switch (record.Kind)
        {
            case RecordKind.Post:
                DeletePost(record);
                break;
            case RecordKind.Boost:
                DeleteBoost(seq);
                break;
            case RecordKind.Favourite:
                _states.Grow(seq) |= Deleted;
                _favourites.Remove(record.Author, record.Target);
                _counters.Grow(record.Target).Favourites--;
                break;
            case RecordKind.Mark:
                Unmark(record);
                break;
            case RecordKind.Quote:
                EndQuote(record);
                break;
        }
    }

    private void DeletePost(in RecordMeta record)
    {
        _states.Grow(record.Seq) |= Deleted;
        UnpinDeleted(record);
        if (QuoteIn(record.Seq) is var quote and not 0 && IsLive(quote))
            EndQuote(log[quote]);
        var counted = !IsDirect(record);
        if (counted)
            TakeFromAuthor(record);
        if (counted && record.Target != 0)
            _counters.Grow(record.Target).Replies--;
        AppendToTargets();
        for (var entry = ByTarget.Newest((int)record.Seq); !entry.IsNone; entry = ByTarget.Previous(entry))
        {
            if (log[entry.Seq].Kind == RecordKind.Boost && IsLive(entry.Seq))
                DeleteBoost(entry.Seq);
        }
    }

    private void DeleteBoost(uint seq)
    {
        var boost = log[seq];
        _states.Grow(seq) |= Deleted;
        TakeFromAuthor(boost);
        _counters.Grow(boost.Target).Boosts--;
        _boosts.Remove(boost.Author, boost.Target);
    }

    private void AddToAuthor(in RecordMeta record)
    {
        ref var row = ref _authors.Grow((uint)record.Author.Value);
        row = new AuthorRow(row.Posts + 1, record.Seq, DayOf(record.AtUnixMilliseconds));
        if (record.Author.Value >= _authorsEnd)
            Volatile.Write(ref _authorsEnd, record.Author.Value + 1);
    }

    private void TakeFromAuthor(in RecordMeta deleted)
    {
        ref var row = ref _authors.Grow((uint)deleted.Author.Value);
        row = row with { Posts = row.Posts - 1 };
        if (row.LastSeq != deleted.Seq)
            return;
        if (_unsettled is not null)
            _unsettled.Add(deleted.Author);
        else
            FindLast(ref row, ByAuthor.NewestBelow(deleted.Author.Value, deleted.Seq));
    }

    /// <summary>Finds an author's newest live record, from an entry of the author's chain on downwards.</summary>
    private void FindLast(ref AuthorRow row, ChainEntry entry)
    {
        while (!entry.IsNone && (!IsLive(entry.Seq) || IsDirect(log[entry.Seq])))
            entry = ByAuthor.Previous(entry);
        row = entry.IsNone
            ? new AuthorRow(row.Posts, 0, 0)
            : new AuthorRow(row.Posts, entry.Seq, DayOf(log[entry.Seq].AtUnixMilliseconds));
    }

    /// <summary>Rounded down, before 1970 too.</summary>
    private static int DayOf(long unixMilliseconds)
    {
        var (days, rest) = Math.DivRem(unixMilliseconds, TimeSpan.MillisecondsPerDay);
        return _unixDay + (int)days - (rest < 0 ? 1 : 0);
    }

    private struct Counters
    {
        public int Replies;
        public int Boosts;
        public int Favourites;
        public int Bookmarks;
    }

    /// <param name="Posts">Live posts and boosts.</param>
    /// <param name="LastSeq">The newest of them, or 0.</param>
    /// <param name="LastDay">Its day, a <see cref="DateOnly.DayNumber"/>, or 0.</param>
    private readonly record struct AuthorRow(int Posts, uint LastSeq, int LastDay);
}
