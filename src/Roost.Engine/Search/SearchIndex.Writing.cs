using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

public sealed partial class SearchIndex
{
    /// <summary>Chunks that one post may begin, in all structures together, more or less doubled.</summary>
    private const int ChunksPerPost = 12;

    /// <summary>Where the present form of an edited post is.</summary>
    private readonly Dictionary<uint, (PostRows Rows, uint Doc)> _edited = [];

    private ActiveSegment _active;
    private uint _lastSeq;

    /// <summary>Seq of the newest post, 0 for none. The writer only.</summary>
    public uint LastSeq => _lastSeq;

    /// <summary>Serial of the segment that posts are added to. The writer only.</summary>
    public uint ActiveSerial => _active.Rows.Serial;

    /// <summary>
    /// Adds a post; it can be found when this returns. The writer only. <b>Hot path</b>: no managed memory but for
    /// tables that grow.
    /// </summary>
    /// <param name="text">What the tokens' starts refer to; not kept.</param>
    /// <param name="tokens">In the order of their positions, <see cref="SearchPost.TokensMax"/> at most.</param>
    /// <returns>
    /// <see langword="false"/> if it might not fit into <see cref="SearchIndexOptions.BytesMax"/>: nothing has changed;
    /// seal (<see cref="SealNext"/>) or drop (<see cref="DropOldest"/>) something and add it again.
    /// </returns>
    /// <exception cref="ArgumentException">The seq does not ascend, or a token is bad; nothing has changed.</exception>
    public bool Add(in SearchPost post, ReadOnlySpan<byte> text, ReadOnlySpan<TermToken> tokens)
    {
        if (post.Seq <= _lastSeq)
            ThrowNotAscending(post.Seq);
        if ((ulong)post.UnixMilliseconds > PostRow.MillisecondsMax)
            ThrowBadTime(post);
        CheckTokens(text, tokens);
        if (!MakeRoom(tokens.Length, text.Length))
            return false;
        _active.Add(post, text, tokens, 0, PostRow.MakeLive(post.Language, 0, 0, 0));
        _lastSeq = post.Seq;
        return true;
    }

    /// <summary>
    /// Gives a post new words, language and flags; time, author and counters stay, and so does its place. The writer
    /// only.
    /// </summary>
    /// <remarks>A search sees the old form or the new one, never both or neither.</remarks>
    /// <exception cref="ArgumentException">A token is bad; nothing has changed.</exception>
    public SearchEdit Edit(
        uint seq, LanguageCode language, PostFlags flags, ReadOnlySpan<byte> text, ReadOnlySpan<TermToken> tokens)
    {
        CheckTokens(text, tokens);
        if (!TryFind(seq, out var rows, out var doc) || IsDeleted(rows, doc))
            return SearchEdit.Unknown;
        if (!MakeRoom(tokens.Length, text.Length))
            return SearchEdit.OverBudget;
        var (head, live, author) = Read(rows, doc);
        var post = new SearchPost(seq, author, PostRow.Milliseconds(head), language, flags);
        var newDoc = _active.Rows.Count;
        var newRows = _active.Rows;
        _active.Add(
            post, text, tokens, PostRow.Edit,
            PostRow.MakeLive(language, PostRow.Replies(live), PostRow.Boosts(live), PostRow.Favourites(live)));
        rows.SetSuperseded(doc, newRows.Serial, newDoc);
        _edited[seq] = (newRows, newDoc);
        return SearchEdit.Done;
    }

    /// <summary>Takes a post out, also from searches that run. The writer only.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Delete(uint seq)
    {
        if (!TryFind(seq, out var rows, out var doc) || IsDeleted(rows, doc))
            return false;
        rows.AddFlag(doc, PostRow.Deleted);
        // A search that began before the last edit would still find the form before.
        if (_edited.ContainsKey(seq) && TryFindOriginal(seq, out var first, out var firstDoc))
            first.AddFlag(firstDoc, PostRow.Deleted);
        return true;
    }

    /// <summary>
    /// Sets how often a post was answered, boosted and made a favourite, as far as 65,535 each. The writer only.
    /// </summary>
    /// <returns>Whether it was there.</returns>
    public bool SetCounters(uint seq, int replies, int boosts, int favourites)
    {
        if (!TryFind(seq, out var rows, out var doc) || IsDeleted(rows, doc))
            return false;
        var (_, live, _) = Read(rows, doc);
        rows.SetLive(doc, PostRow.MakeLive(PostRow.Language(live), replies, boosts, favourites));
        return true;
    }

    /// <summary>Changes what a post is, such as public or sensitive; its words stay. The writer only.</summary>
    /// <returns>Whether it was there.</returns>
    public bool SetFlags(uint seq, PostFlags flags)
    {
        if (!TryFind(seq, out var rows, out var doc) || IsDeleted(rows, doc))
            return false;
        rows.SetFlags(doc, flags);
        return true;
    }

    private ActiveSegment MakeActive(uint serial) => new(
        new PostRows(serial, (uint)_options.SegmentPostsMax, _store), (uint)_options.SegmentPostsMax, _store,
        _options.HashSeed);

    private bool MakeRoom(int tokens, int textBytes)
    {
        _gate.Collect();
        if (!_active.HasRoom(tokens, textBytes))
        {
            if (!HasRoom(Bytes - _store.Bytes, 2 * ChunksPerPost))
                return false;
            CloseActive();
        }
        var bytes = Volatile.Read(ref _otherBytes) + (Volatile.Read(ref _sealing)?.Capacity ?? 0)
            + _active.Bytes + _active.Rows.Bytes;
        return HasRoom(bytes + FrequentTerms.GrowthMax(tokens), ChunksPerPost);
    }

    /// <summary>Whether so many more chunks fit into the budget, beside what is in use; what is not must give
    /// way.</summary>
    private bool HasRoom(long usedBytes, int chunks)
    {
        var bytes = usedBytes + ((long)chunks * _options.ChunkBytes);
        if (bytes + _store.Bytes > _options.BytesMax)
            _store.Trim();
        return bytes <= _options.BytesMax;
    }

    private bool TryFind(uint seq, out PostRows rows, out uint doc)
    {
        if (!_edited.TryGetValue(seq, out var edited))
            return TryFindOriginal(seq, out rows, out doc);
        (rows, doc) = edited;
        return true;
    }

    private bool TryFindOriginal(uint seq, out PostRows rows, out uint doc)
    {
        for (var i = _segments.Length - 1; i >= 0; i--)
        {
            rows = _segments[i].Rows;
            if (rows.FirstSeq > seq)
                continue;
            var found = rows.FindOriginal(seq);
            doc = (uint)found;
            return found >= 0;
        }
        (rows, doc) = (_active.Rows, 0);
        return false;
    }

    private static unsafe bool IsDeleted(PostRows rows, uint doc) => (rows.At(doc)->Head & PostRow.Deleted) != 0;

    private static unsafe (ulong Head, ulong Live, Ids.AccountId Author) Read(PostRows rows, uint doc)
    {
        var row = rows.At(doc);
        return (row->Head, rows.Live(doc), new Ids.AccountId(row->Author));
    }

    private static void CheckTokens(ReadOnlySpan<byte> text, ReadOnlySpan<TermToken> tokens)
    {
        if (tokens.Length > SearchPost.TokensMax)
            ThrowTooMany(tokens.Length);
        var position = 0;
        foreach (ref readonly var token in tokens)
        {
            var isGood = (uint)(token.Length - 1) < SearchTerm.LengthMax
                && (uint)token.Start <= text.Length && token.Length <= text.Length - token.Start
                && token.Position >= position && token.Position <= SearchPost.PositionMax
                && text[token.Start] > AuthorTerm.Kind;
            if (!isGood)
                ThrowBadToken(token, position);
            position = token.Position;
        }
    }

    private void ThrowNotAscending(uint seq) => throw new ArgumentException(
        $"Seq {seq} is not above {_lastSeq}, the newest in the index; posts come in the log's order.", nameof(seq));

    private static void ThrowBadTime(in SearchPost post) => throw new ArgumentException(
        $"Post {post.Seq} has time {post.UnixMilliseconds}; the index keeps Unix milliseconds from 0 to "
            + $"{PostRow.MillisecondsMax}.",
        nameof(post));

    private static void ThrowTooMany(int tokens) => throw new ArgumentException(
        $"A post has {tokens} tokens; {SearchPost.TokensMax} are the most that the index takes.", nameof(tokens));

    private static void ThrowBadToken(TermToken token, int position) => throw new ArgumentException(
        $"{token} is not a token: 1 to {SearchTerm.LengthMax} bytes within the text, the first one above "
            + $"{AuthorTerm.Kind}, at a position from {position}, that before it, to {SearchPost.PositionMax}.");
}

/// <summary>What became of an edit.</summary>
public enum SearchEdit
{
    Done,

    /// <summary>No post of that seq is in the index.</summary>
    Unknown,

    /// <summary>Its new form might not fit, as with <see cref="SearchIndex.Add"/>; nothing has changed.</summary>
    OverBudget,
}
