using System.Buffers;
using System.Collections.Concurrent;
using Roost.Engine.Search;
using Roost.Services.Posts;
using Roost.Services.Search.Files;

namespace Roost.Services.Search;

/// <summary>
/// One shard's index, which may be that of all posts, and how posts become entries of it. The ingester is its only
/// writer; anybody searches.
/// </summary>
/// <remarks>
/// Time is that of the post's id, so that results stand in the order of ids, which clients page by. When memory is used
/// up, which a disk that takes no files may cause, the oldest posts in memory are let go: they are in the log, and not
/// found any more until the next start.
/// </remarks>
internal sealed class Shard(SearchOptions options, SearchMetrics metrics) : IDisposable
{
    /// <summary>To be raised when what posts are indexed by changes: then saved segments are made anew.</summary>
    public const int TermsVersion = 1;

    private readonly PostWords _words = new();

    /// <summary>By a segment's serial: all of the log up to there is in the segments before.</summary>
    private readonly ConcurrentDictionary<uint, uint> _after = [];
    private SearchIndex _index = new(options.Index);
    private uint _noted = 1;
    private volatile bool _hasGap;

    /// <summary>Which posts are its own.</summary>
    public ShardPlace Place => options.Place;

    /// <summary>Held by whoever writes into the index, the ingester for the length of a batch.</summary>
    public Lock Writing { get; } = new();

    public long Bytes => _index.Bytes;

    /// <summary>See <see cref="SearchIndex.Segments"/>. Any thread.</summary>
    public IReadOnlyList<SearchSegment> Segments => _index.Segments;

    /// <summary>Whether a segment was let go: what is saved from then on would lack its posts for good.</summary>
    public bool HasGap => _hasGap;

    /// <summary>Takes what was saved in place of an empty index. Before anything else is asked.</summary>
    public void Open(SavedIndex saved)
    {
        _index.Dispose();
        _index = SearchIndex.Open(options.Index, [.. saved.Segments.Select(segment => segment.Mapping)]);
        foreach (var segment in saved.Segments)
            _after[segment.Saved.Serial] = segment.Saved.After;
        _after[_noted = _index.ActiveSerial] = saved.Mark;
    }

    /// <summary>Lets the newest of the saved segments grow on. Before anything is added; others may search.</summary>
    public void Resume(CancellationToken ct)
    {
        _index.Resume(ct);
        _noted = _index.ActiveSerial;
    }

    /// <summary>Up to where the log is in the segments before this one. Any thread.</summary>
    public uint After(uint serial) => _after.GetValueOrDefault(serial);

    /// <inheritdoc cref="ShardPlace.Holds"/>
    public bool Holds(uint seq) => options.Place.Holds(seq);

    /// <summary>Adds a post; one that is there already is passed over.</summary>
    public void Add(in LentPost post)
    {
        if (post.Ref.Seq <= _index.LastSeq)
            return;
        var (language, flags) = _words.Take(post);
        var entry = new SearchPost(post.Ref.Seq, post.Ref.Author, post.Ref.Id.UnixMilliseconds, language, flags);
        while (!_index.Add(entry, _words.Text, _words.Tokens))
            MakeRoom();
        NoteSegment(post.Ref.Seq);
        // Nearly all are taken in before anybody has done anything with them.
        if (post.Counters != default)
            Count(post.Ref.Seq, post.Counters);
    }

    /// <param name="at">The edit's place in the log.</param>
    public void Edit(in LentPost post, uint at)
    {
        var (language, flags) = _words.Take(post);
        while (_index.Edit(post.Ref.Seq, language, flags, _words.Text, _words.Tokens) == SearchEdit.OverBudget)
            MakeRoom();
        NoteSegment(at);
        Count(post.Ref.Seq, post.Counters);
    }

    public void Delete(uint seq) => _index.Delete(seq);

    public void Count(uint seq, PostCounters counters) =>
        _index.SetCounters(seq, counters.Replies, counters.Boosts, counters.Favourites);

    /// <summary>Rewrites full segments compactly.</summary>
    public void Seal(CancellationToken ct)
    {
        while (_index.SealNext(ct))
            ct.ThrowIfCancellationRequested();
    }

    /// <inheritdoc cref="SearchIndex.WriteSegment"/>
    public void WriteSegment(uint serial, uint mark, IBufferWriter<byte> to) => _index.WriteSegment(serial, mark, to);

    /// <inheritdoc cref="SearchIndex.WriteActive"/>
    public uint WriteActive(uint mark, IBufferWriter<byte> to, CancellationToken ct) =>
        _index.WriteActive(mark, to, ct);

    /// <inheritdoc cref="SearchIndex.WriteChanges"/>
    public void WriteChanges(uint serial, uint checksum, IBufferWriter<byte> to) =>
        _index.WriteChanges(serial, checksum, to);

    /// <summary>Reads a segment from its file from now on. Any thread.</summary>
    /// <returns>Whether it was there still.</returns>
    public bool Replace(SearchMapping mapping)
    {
        lock (Writing)
            return _index.Replace(mapping);
    }

    public SearchPage Search(SearchRequest request) => _index.Search(request);

    public void Dispose() => _index.Dispose();

    private void MakeRoom()
    {
        if (_index.DropOldest() == 0)
        {
            _index.CloseActive();
            return;
        }
        _hasGap = true;
        metrics.Dropped();
    }

    /// <summary>What comes with this place of the log may have begun a segment.</summary>
    private void NoteSegment(uint at)
    {
        if (_index.ActiveSerial != _noted)
            _after[_noted = _index.ActiveSerial] = at - 1;
    }
}
