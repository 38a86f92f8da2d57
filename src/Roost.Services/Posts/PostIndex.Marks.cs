using Roost.Engine.Chains;
using Roost.Engine.Columns;
using Roost.Engine.Ids;
using Roost.Engine.Sets;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <remarks>
/// Marks, and the chains behind their lists and those of favourites: 32 bytes a favourite, 16 a mark, beside a pair in
/// a table. Who has marked nothing pays for one look at a counter that is in the cache anyway.
/// </remarks>
internal sealed partial class PostIndex
{
    /// <summary>A bit of a post's state, for only its author can set it.</summary>
    private const ushort Pinned = 4;

    /// <summary>Seq of the live mark, by <see cref="PostMark"/>: of the account and the post; of mutes the thread's
    /// first post.</summary>
    private readonly PairTable[] _marks = [new(), new(), new()];
    private readonly PostChains[] _markedBy = [new(), new(), new()];
    private readonly GrowingColumn<int> _pins = new();
    private readonly GrowingColumn<int> _mutes = new();

    /// <summary>Of answers the first post of their thread; 0 for that itself.</summary>
    private readonly GrowingColumn<uint> _roots = new();

    /// <summary>Favourites by the account whose they are.</summary>
    public PostChains FavouritedBy { get; } = new();

    /// <summary>Favourites by the seq of the post.</summary>
    public PostChains FavouritesOf { get; } = new();

    /// <summary>Marks of a kind by the account whose they are.</summary>
    public PostChains MarkedBy(PostMark mark) => _markedBy[(int)mark];

    /// <summary>Seq of the account's live mark, or 0. Of mutes the target is a thread's first post.</summary>
    public uint MarkBy(AccountId account, uint target, PostMark mark) =>
        _marks[(int)mark].TryGet(account, target, out var seq) ? seq : 0;

    /// <summary>How many posts an account has pinned now.</summary>
    public int PinsOf(AccountId account) => _pins[(uint)account.Value];

    /// <summary>Seq of the first post of the thread that a post belongs to. Deletions change nothing about
    /// it.</summary>
    public uint RootOf(uint seq) => _roots[seq] is var root and not 0 ? root : seq;

    /// <summary>Whether the account mutes the thread that a post belongs to.</summary>
    public bool IsMuted(AccountId account, uint seq) =>
        _mutes[(uint)account.Value] > 0 && MarkBy(account, RootOf(seq), PostMark.Mute) != 0;

    /// <summary>Those who posted or boosted last, the last first.</summary>
    public List<AccountId> NewestAuthors(int limit)
    {
        var newest = new PriorityQueue<int, uint>(limit + 1);
        var end = Volatile.Read(ref _authorsEnd);
        for (var author = 1; author < end; author++)
        {
            var last = _authors[(uint)author].LastSeq;
            if (last == 0 || (newest.Count == limit && newest.TryPeek(out _, out var oldest) && last <= oldest))
                continue;
            if (newest.Count == limit)
                newest.Dequeue();
            newest.Enqueue(author, last);
        }
        var authors = new List<AccountId>(newest.Count);
        while (newest.TryDequeue(out var author, out _))
            authors.Add(new AccountId(author));
        authors.Reverse();
        return authors;
    }

    private void ApplyMark(in RecordMeta record)
    {
        var mark = RecordFlags.Mark(record.Flags);
        if (mark == PostMark.Pin && !IsLive(record.Target))
        {
            // Deleted while the pin was on its way.
            _states.Grow(record.Seq) |= Deleted;
            return;
        }
        if (_marks[(int)mark].Set(record.Author, record.Target, record.Seq))
            Count(mark, record, 1);
        if (mark == PostMark.Pin)
            _states.Grow(record.Target) |= Pinned;
    }

    private void Unmark(in RecordMeta record)
    {
        var mark = RecordFlags.Mark(record.Flags);
        _states.Grow(record.Seq) |= Deleted;
        if (_marks[(int)mark].Remove(record.Author, record.Target))
            Count(mark, record, -1);
        if (mark == PostMark.Pin)
            _states.Grow(record.Target) &= unchecked((ushort)~Pinned);
    }

    private void Count(PostMark mark, in RecordMeta record, int change)
    {
        if (mark == PostMark.Bookmark)
            _counters.Grow(record.Target).Bookmarks += change;
        else if (mark == PostMark.Pin)
            _pins.Grow((uint)record.Author.Value) += change;
        else
            _mutes.Grow((uint)record.Author.Value) += change;
    }

    private void UnpinDeleted(in RecordMeta post)
    {
        if ((_states[post.Seq] & Pinned) != 0)
            Unmark(log[MarkBy(post.Author, post.Seq, PostMark.Pin)]);
    }
}
