using Roost.Engine.Inboxes;
using Roost.Engine.Search.Running;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

/// <summary>
/// A search index in memory, made for posts: found as soon as they are added, newest first, by any of their words.
/// <code>
///  oldest                                                        newest
///  [ sealed ] [ sealed ] [ closed ──► sealed, beside readers ] [ active ◄── the writer ]
///       ▲ each up to 2^23 posts, in the order in which they came
/// </code>
/// </summary>
/// <remarks>
/// <para><b>Threads.</b> One writer at a time adds, edits, deletes and counts; any number of threads search, without
/// locks; one thread at a time seals. A search sees the posts that were there when it began; deletions take effect
/// at once, even in searches that run; an edited post is found either by its old words or by its new ones.</para>
/// <para><b>Order.</b> Seqs ascend, times need not: a post that comes late is found where its time puts it (see
/// <see cref="PostRows"/>). An edit keeps the post's key and adds its new form at the newest end; the old form is
/// passed over from then on.</para>
/// <para><b>Memory</b> is native and counted: <see cref="Bytes"/> is all that was asked of the system. What sealing
/// replaces is freed when the last search that looks at it has ended (<see cref="ReaderGate"/>).</para>
/// <para><b>Failure.</b> Nothing here is durable by itself: the log is the truth, sealed segments can be written to
/// files, read where those are mapped (<see cref="WriteSegment"/>, <see cref="Replace"/>, <see cref="Open"/>), and the
/// rest is indexed again.</para>
/// </remarks>
public sealed partial class SearchIndex : IDisposable
{
    /// <summary>Of the budget an eighth may be kept for the next segment, which is what a full one takes.</summary>
    private const int StoreShare = 8;

    private readonly SearchIndexOptions _options;
    private readonly ReaderGate _gate = new();

    /// <summary>What a segment gives back when it was sealed, for the next one.</summary>
    private readonly ChunkStore _store;

    /// <summary>For whoever replaces <see cref="_segments"/>: the writer, and the thread that seals.</summary>
    private readonly Lock _change = new();

    /// <summary>Oldest first, the active one last; swapped whole.</summary>
    private Segment[] _segments;

    /// <summary>An index without posts; 16 chunks of memory at most.</summary>
    public SearchIndex(SearchIndexOptions options)
    {
        options.Validate();
        _options = options;
        _store = new ChunkStore(options.ChunkBytes, options.BytesMax / StoreShare);
        _active = MakeActive(1);
        _segments = [_active];
    }

    /// <summary>How it is laid out.</summary>
    public SearchIndexOptions Options => _options;

    /// <summary>Bytes of memory that the index holds at the moment. Any thread.</summary>
    public long Bytes
    {
        get
        {
            lock (_change)
            {
                var bytes = _sealing?.Capacity ?? 0;
                foreach (var segment in _segments) bytes += segment.Bytes + segment.Rows.Bytes;
                return bytes + _retiredBytes + _store.Bytes;
            }
        }
    }

    /// <summary>Finds posts. Any thread. <b>Hot path.</b></summary>
    /// <exception cref="ArgumentException">A limit is out of its range.</exception>
    public SearchPage Search(SearchRequest request) => Search(request, null)!;

    /// <summary>Finds the newest posts, without a page of their own. Any thread. <b>Hot path</b>: no managed memory for
    /// one term.</summary>
    /// <param name="room">Where they are put.</param>
    /// <exception cref="ArgumentException">A limit is out of its range, or the request is by relevance.</exception>
    public void Newest(SearchRequest request, SearchRoom room)
    {
        if (request.Relevance is not null)
            throw new ArgumentException("The newest are wanted, and the request is by relevance.", nameof(request));
        Search(request, room);
    }

    private SearchPage? Search(SearchRequest request, SearchRoom? room)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Limit, SearchRequest.LimitMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.WorkMax, 1);
        var ticket = _gate.Enter();
        try
        {
            return Searcher.Run(request, Volatile.Read(ref _segments), room);
        }
        finally
        {
            _gate.Leave(ticket);
        }
    }

    /// <summary>Frees everything. Nobody may search any more.</summary>
    public void Dispose()
    {
        foreach (var segment in _segments)
        {
            segment.Dispose();
            segment.Rows.Dispose();
        }
        _gate.Collect();
        _store.Dispose();
    }
}
