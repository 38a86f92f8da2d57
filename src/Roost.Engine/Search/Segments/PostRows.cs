using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The rows of a segment's posts, by doc: the order of arrival. They belong to the segment in both its forms, active
/// and sealed, so what changes of a post (counters, deletion) changes in one place.
/// </summary>
/// <remarks>
/// <para><b>Order.</b> Results are ordered by key, docs by arrival, and the two differ where a post came late. A row
/// says that its post is late: its key is below that of some earlier doc. So:</para>
/// <list type="bullet">
/// <item>When a walk from high docs to low ones meets a post that is not late, no doc further down has a greater key.
/// Late posts say nothing. That ends a search for the newest exactly, and at no cost where nothing is late.</item>
/// <item>To begin below a key: up to a certain doc all keys are below it (<see cref="LastBelow"/>); above, only late
/// posts can be, and those are listed (<see cref="LateDoc"/>).</item>
/// </list>
/// <para><b>Threads.</b> One writer. A row is written whole before <see cref="Count"/> covers it.</para>
/// </remarks>
internal sealed unsafe class PostRows : IDisposable
{
    public const int DocBits = 23;
    public const uint DocsMax = 1u << DocBits;

    private const int BlockBits = 8;

    /// <summary>The writer finds a seq by a mark every so many posts that are no edits.</summary>
    private const int MarkEvery = 64;

    private readonly NativeSlabs _slabs;

    /// <summary>What has little for each post: not worth a chunk.</summary>
    private readonly NativeSlabs _small = new(long.MaxValue);
    private readonly NativePool<PostRow> _rows;
    private readonly NativePool<long> _newestByBlock;
    private readonly NativePool<uint> _late;
    private readonly List<(uint Seq, uint Doc)> _marks = [];
    private readonly RowLanguages _languages = new();
    private readonly RowLives _lives;

    /// <summary>What is another than in the image, or null where there is none.</summary>
    private readonly RowChanges? _changes;
    private int _unmarked;
    private uint _count;
    private uint _lateCount;
    private int _engagementMax;
    private SearchKey _newest;

    /// <summary>Empty, to be filled with <see cref="Add"/>.</summary>
    /// <param name="store">What their memory comes from and goes to.</param>
    public PostRows(uint serial, uint docsMax, ChunkStore store)
    {
        Serial = serial;
        var chunkBytes = (int)store.ChunkBytes;
        _slabs = new NativeSlabs(long.MaxValue, store);
        _rows = new NativePool<PostRow>(_slabs, docsMax, chunkBytes);
        var smallBytes = Math.Max(4_096, chunkBytes >> 5);
        _newestByBlock = new NativePool<long>(_small, docsMax >> BlockBits, smallBytes);
        _late = new NativePool<uint>(_small, docsMax, smallBytes);
        _lives = new RowLives(_small, docsMax, smallBytes);
    }

    /// <summary>Rows that lie in a segment's image, which the rows' owner keeps alive.</summary>
    /// <param name="rows">Writable, since deletions go there, as what <see cref="RowLives"/> takes is.</param>
    /// <param name="languages">In the order of their numbers.</param>
    public PostRows(
        uint serial, PostRow* rows, uint count, uint* livePlaces, ulong* liveChunks,
        ReadOnlySpan<LanguageCode> languages)
    {
        foreach (var language in languages) _languages.FindOrAdd(language);
        Serial = serial;
        _slabs = new NativeSlabs(long.MaxValue);
        _changes = new RowChanges(count);
        _rows = new NativePool<PostRow>(_slabs, rows);
        _newestByBlock = new NativePool<long>(_small, count >> BlockBits, 1 << 14);
        _late = new NativePool<uint>(_small, count, 1 << 14);
        _lives = new RowLives(_small, count, livePlaces, liveChunks);
        for (uint doc = 0; doc < count; doc++)
        {
            Index(doc, rows + doc);
            RaiseEngagement(rows[doc].Head, _lives[doc]);
        }
        _count = count;
    }

    /// <summary>The segment's number: 1, 2, 3, …; never used again.</summary>
    public uint Serial { get; }

    /// <summary>Docs 0 to this - 1 may be read.</summary>
    public uint Count => Volatile.Read(ref _count);

    /// <summary>Of rows in an image only what changes of them, and what is made of them, takes memory.</summary>
    public long Bytes => _slabs.Bytes + _small.Bytes + (_changes?.Bytes ?? 0);

    /// <summary>What is another than in the image where the rows lie; null for rows in memory.</summary>
    public RowChanges? Changes => _changes;

    /// <summary>Seq of the first post; what the log has before is in older segments.</summary>
    public uint FirstSeq => _marks.Count > 0 ? _marks[0].Seq : uint.MaxValue;

    /// <summary>A bound for the engagement of all posts, see <see cref="Engagement"/>.</summary>
    public int EngagementMax => Volatile.Read(ref _engagementMax);

    /// <summary>Greatest seq of all posts, 0 for none. The writer only.</summary>
    public uint LastSeq { get; private set; }

    /// <summary>The languages that rows have numbers of.</summary>
    public RowLanguages Languages => _languages;

    /// <summary>What is kept of few rows.</summary>
    public RowLives Lives => _lives;

    public PostRow* At(uint doc) => _rows.At(doc);

    /// <summary>A doc's live word, see <see cref="PostRow"/>. Any thread.</summary>
    public ulong Live(uint doc)
    {
        var live = _lives[doc];
        if (live != 0)
            return live;
        var number = PostRow.LanguageNumber(At(doc)->Head);
        return PostRow.MakeLive(number == RowLanguages.Other ? default : _languages.Codes[(int)number], 0, 0, 0);
    }

    /// <summary>Publishes nothing yet: <see cref="Publish"/> does, when the post's terms are there too.</summary>
    public void Add(in SearchPost post, ulong ownFlags, ulong live)
    {
        var row = _rows.Grow(_count);
        row->Seq = post.Seq;
        row->Author = post.Author.Value;
        row->Head = PostRow.MakeHead(post.UnixMilliseconds, AddLive(live), post.Flags, ownFlags);
        Index(_count, row);
        RaiseEngagement(live);
    }

    /// <summary>Adds a row as it is in another segment, unpublished.</summary>
    public void AddAgain(PostRows from, uint doc)
    {
        var post = *from.At(doc);
        var live = from.Live(doc);
        var row = _rows.Grow(_count);
        *row = post;
        row->Head = PostRow.WithLanguage(post.Head, AddLive(live)) & ~PostRow.Late;
        Index(_count, row);
        RaiseEngagement(post.Head, live);
    }

    /// <summary>Makes rows in an image, of the same posts, what these are now. The writer only.</summary>
    public void CopyTo(PostRows image)
    {
        for (uint doc = 0; doc < image.Count; doc++)
        {
            var from = At(doc);
            var to = image.At(doc);
            if (from->Head != to->Head || Live(doc) != image.Live(doc))
                image.Set(doc, from->Head, Live(doc));
        }
    }

    /// <summary>Makes a row what it was told to be. The writer only.</summary>
    public void Set(uint doc, ulong head, ulong live)
    {
        RaiseEngagement(head, live);
        _lives.Set(doc, live);
        Volatile.Write(ref At(doc)->Head, head);
        _changes?.Note(doc);
    }

    public void Publish() => Volatile.Write(ref _count, _count + 1);

    /// <summary>Sets what changes of a post; <see cref="Engagement"/>'s bound follows. The writer only.</summary>
    public void SetLive(uint doc, ulong live)
    {
        RaiseEngagement(live);
        _lives.Set(doc, live);
        _changes?.Note(doc);
    }

    /// <summary>Says where an edited post's newer form is, which is published already. The writer only.</summary>
    public void SetSuperseded(uint doc, uint serial, uint newerDoc)
    {
        _lives.Set(doc, PostRow.MakeSuperseded(Live(doc), serial, newerDoc));
        AddFlag(doc, PostRow.Superseded);
    }

    public void AddFlag(uint doc, ulong flag)
    {
        Volatile.Write(ref At(doc)->Head, At(doc)->Head | flag);
        _changes?.Note(doc);
    }

    /// <summary>Undoes <see cref="SetSuperseded"/>: the newer form is lost, and with it the counters.</summary>
    public void TakeBack(uint doc) => Set(
        doc, At(doc)->Head & ~PostRow.Superseded, PostRow.MakeLive(PostRow.Language(Live(doc)), 0, 0, 0));

    public void SetFlags(uint doc, PostFlags flags)
    {
        Volatile.Write(ref At(doc)->Head, PostRow.WithFlags(At(doc)->Head, flags));
        _changes?.Note(doc);
    }

    /// <summary>A bound for the keys of the docs below <paramref name="count"/>.</summary>
    public SearchKey NewestOf(uint count) => count == 0
        ? default
        : new SearchKey(Volatile.Read(ref *_newestByBlock.At((count - 1) >> BlockBits)), uint.MaxValue);

    /// <summary>
    /// The last doc such that it and all before it have keys below <paramref name="key"/>; -1 if there is none. All
    /// later docs with such keys are late. O(log n), and a step for each post of one millisecond.
    /// </summary>
    /// <param name="count">Docs that the caller may see.</param>
    public int LastBelow(SearchKey key, uint count)
    {
        if (count == 0)
            return -1;
        uint low = 0, high = ((count - 1) >> BlockBits) + 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Volatile.Read(ref *_newestByBlock.At(middle)) < key.UnixMilliseconds)
                low = middle + 1;
            else
                high = middle;
        }
        var doc = low << BlockBits;
        while (doc < count && At(doc)->Key(At(doc)->Head) < key)
            doc++;
        return (int)Math.Min(doc, count) - 1;
    }

    /// <summary>How many posts came late, perhaps some beyond <see cref="Count"/>.</summary>
    public uint LateCount => Volatile.Read(ref _lateCount);

    /// <summary>The docs of late posts, ascending with <paramref name="index"/>.</summary>
    public uint LateDoc(uint index) => *_late.At(index);

    /// <summary>The doc of a seq that is no edit, or -1. The writer only.</summary>
    public int FindOriginal(uint seq)
    {
        int low = 0, high = _marks.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_marks[middle].Seq <= seq)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0)
            return -1;
        for (var doc = _marks[low - 1].Doc; doc < _count; doc++)
        {
            var row = At(doc);
            if ((row->Head & PostRow.Edit) != 0)
                continue;
            if (row->Seq >= seq)
                return row->Seq == seq ? (int)doc : -1;
        }
        return -1;
    }

    /// <summary>Gives back memory that was taken for more posts, which will not come. Any one thread, beside readers
    /// and the writer.</summary>
    public void Close()
    {
        _rows.GiveBackBehind(_count);
        _newestByBlock.GiveBackBehind(((_count - 1) >> BlockBits) + 1);
        _lives.Close(_count);
    }

    public void Dispose()
    {
        _slabs.Dispose();
        _small.Dispose();
    }

    /// <summary>Keeps the next doc's live word, where the row does not say it all.</summary>
    /// <returns>The number of its language.</returns>
    private uint AddLive(ulong live)
    {
        var number = _languages.FindOrAdd(PostRow.Language(live));
        _lives.Grow(_count);
        if (PostRow.HasCounters(live) || number == RowLanguages.Other)
            _lives.Set(_count, live);
        return number;
    }

    /// <summary>A superseded post has no counters any more.</summary>
    private void RaiseEngagement(ulong head, ulong live)
    {
        if ((head & PostRow.Superseded) == 0)
            RaiseEngagement(live);
    }

    private void RaiseEngagement(ulong live)
    {
        var engagement = Engagement.Of(live);
        if (engagement > _engagementMax)
            Volatile.Write(ref _engagementMax, engagement);
    }

    private void Index(uint doc, PostRow* row)
    {
        LastSeq = Math.Max(LastSeq, row->Seq);
        var key = row->Key(row->Head);
        if (key < _newest)
        {
            // Not written where it is said: the page of a mapped file would become memory.
            if ((row->Head & PostRow.Late) == 0)
                row->Head |= PostRow.Late;
            *_late.Grow(_lateCount) = doc;
            Volatile.Write(ref _lateCount, _lateCount + 1);
        }
        else
        {
            _newest = key;
        }
        Volatile.Write(ref *_newestByBlock.Grow(doc >> BlockBits), _newest.UnixMilliseconds);
        if ((row->Head & PostRow.Edit) == 0 && _unmarked++ % MarkEvery == 0)
            _marks.Add((row->Seq, doc));
    }
}
