using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Tracing;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// The log of one shard's posts, boosts, favourites, edits and deletions: the store and the event feed in one.
/// </summary>
/// <remarks>
/// <para>A record's <c>seq</c> is its place: 1, 2, 3, … without gaps, in the order in which records became durable. Ids
/// ascend with it.</para>
/// <para>On disk it is a directory of segment files (<see cref="RecordFormat"/> draws a record). One thread writes: it
/// takes all that waits, writes it at once, syncs once, and only then is anybody answered. So no acknowledged record is
/// lost by kill -9 or a power cut, and what was not acknowledged is, after a crash, there as a whole append or not at
/// all.</para>
/// <para>A full disk refuses appends (<see cref="ErrorCode.StorageFull"/>) until there is room, then goes on by itself.
/// A failed sync is never tried again on the same bytes. Every read verifies the record's checksum; damaged bytes are
/// an error, never served. What cannot be told from damage to acknowledged records is refused at open
/// (<see cref="LogRecovery"/>).</para>
/// <para>With a <see cref="LogTable"/> the truth is there: a group is durable when it is committed to it, and the
/// directory is a cache, from which everything is read and which is made again when it is lost
/// (<see cref="LogCache"/>). While the server is away appends wait or are refused, and go on by themselves; reading
/// does not need it.</para>
/// <para>In memory are 36 bytes a record (<see cref="RecordMeta"/> and where it lies). All members are thread-safe;
/// reading takes no lock.</para>
/// </remarks>
public sealed class PostLog : IAsyncDisposable
{
    private readonly PostLogOptions _options;
    private readonly PostLogMetrics _metrics;
    private readonly LoadedLog _log;
    private readonly AppendQueue _queue;
    private readonly LogFeed _feed;
    private readonly LogWriter _writer;
    private readonly LogTable? _table;
    private readonly LogFollower? _follower;

    // Of spans.
    private readonly string _system;
    private volatile bool _follows;
    private int _ended;
    private int _disposed;

    private PostLog(
        PostLogOptions options, LoadedLog log, LogTable? table, TimeProvider time, ILogger logger,
        PostLogMetrics metrics)
    {
        _options = options;
        _metrics = metrics;
        _log = log;
        _queue = new AppendQueue(options.QueueBytesMax);
        _feed = new LogFeed(log.Columns.Count);
        _writer = new LogWriter(options, log, _queue, _feed, time, logger, metrics);
        _table = table;
        _system = table is null ? "roost" : "postgresql";
        _follows = table is { IsFollowed: true };
        if (_follows) _follower = new LogFollower(log, _writer, table!, options, time, logger);
    }

    /// <summary>
    /// Called for every group with its first and last seq, on the writer's thread: it is durable, its rows can be read,
    /// but <see cref="LastSeq"/> has not moved and nobody was answered. Set before the first append. It must be quick
    /// and must not throw: if it does, the log takes nothing more until it is opened again.
    /// </summary>
    public Action<uint, uint>? Committed
    {
        get => _writer.Committed;
        set => _writer.Committed = value;
    }

    /// <summary>The newest committed seq, 0 when the log is empty. Only grows.</summary>
    public uint LastSeq => _feed.LastSeq;

    /// <summary>What memory holds of a record.</summary>
    /// <param name="seq">From 1 to <see cref="LastSeq"/>; within <see cref="Committed"/>, to its last.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    public RecordMeta this[uint seq]
    {
        get
        {
            ThrowIfNotThere(seq);
            return _log.Columns.Meta(seq);
        }
    }

    /// <summary>Has the processor fetch what memory holds of a record, if there is one. <b>Hot path.</b></summary>
    public void Prefetch(uint seq)
    {
        if (seq - 1 < _log.Columns.Count) _log.Columns.Prefetch(seq);
    }

    /// <summary>
    /// Opens a directory, making it when missing. Reads indexes (36 bytes a record) and the newest segment; mends what
    /// a crash left half-written, and says so in the log.
    /// </summary>
    /// <param name="table">What has the truth, owned from here on, whatever happens; null: the directory has. One that
    /// is followed: nothing can be appended before <see cref="TakeAsync"/>.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.DataDamaged"/>: acknowledged records are damaged; nothing was changed.
    /// <see cref="ErrorCode.Conflict"/>: another process has it open, or directory and table are not of one log.
    /// <see cref="ErrorCode.StorageFull"/> or <see cref="ErrorCode.Unavailable"/>: the directory cannot be used, or the
    /// database is away.
    /// </exception>
    public static PostLog Open(
        PostLogOptions options, TimeProvider time, ILogger<PostLog> logger, PostLogMetrics metrics,
        LogTable? table = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentNullException.ThrowIfNull(metrics);
        try
        {
            options.Validate();
            if (!BitConverter.IsLittleEndian)
                throw new PlatformNotSupportedException("The post log needs a little-endian processor.");
            var log = new LogRecovery(options, new Disk(options.Fault), logger, table).Load();
            return new PostLog(options, log, table, time, logger, metrics);
        }
        catch
        {
            // Nobody else uses it yet, and its writer has nothing to do.
            table?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Appends one record; completes when it is durable.</summary>
    /// <param name="ct">
    /// Looked at when the record's turn comes, some milliseconds later: cancelled by then, it is not written.
    /// Afterwards the answer is the truth.
    /// </param>
    /// <exception cref="ArgumentException">The kind is none, or the payload too long.</exception>
    /// <exception cref="ServiceException">
    /// It was not stored. <see cref="ErrorCode.StorageFull"/>; <see cref="ErrorCode.Overloaded"/>: too much waits;
    /// <see cref="ErrorCode.Conflict"/>: a brought id is not above the newest; <see cref="ErrorCode.Invalid"/>: a
    /// brought id is of another shard or of the future; <see cref="ErrorCode.Unavailable"/>: the clock is behind, the
    /// disk fails, the database is away, or the log is closing.
    /// </exception>
    public ValueTask<RecordMeta> AppendAsync(RecordDraft draft, CancellationToken ct)
    {
        var pending = PendingAppend.Rent(draft, BytesOf(draft, 0), ct);
        var answer = pending.Meta;
        Queue(pending);
        return Spans.OfStore("posts append", _system, answer);
    }

    /// <summary>
    /// Appends records side by side, in order, in one group: all or nothing, also over a crash. Their targets may be
    /// each other (<see cref="RecordDraft.TargetDraft"/>, or an id that was brought).
    /// </summary>
    /// <param name="drafts">
    /// At least one; together they must fit a segment. Neither list nor payloads may change until it has completed.
    /// </param>
    /// <returns>The first one's seq; the others follow it.</returns>
    /// <inheritdoc cref="AppendAsync"/>
    public ValueTask<uint> AppendAllAsync(IReadOnlyList<RecordDraft> drafts, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        if (drafts.Count == 0) throw new ArgumentException("There is nothing to append.", nameof(drafts));
        var bytes = 0L;
        for (var i = 0; i < drafts.Count; i++) bytes += BytesOf(drafts[i], i);
        var bytesMax = _options.SegmentBytesMax - SegmentFormat.HeaderBytes;
        if (bytes > bytesMax)
        {
            throw new ArgumentException(
                $"{drafts.Count} records of {bytes} bytes are more than fit one segment ({bytesMax} bytes). Append "
                + "them in parts.",
                nameof(drafts));
        }
        var pending = PendingAppend.Rent(drafts, (int)bytes, ct);
        var answer = pending.FirstSeq;
        Queue(pending);
        return Spans.OfStore("posts append", _system, answer);
    }

    /// <summary>The seq of an id, or 0. A binary search over rows in memory.</summary>
    public uint SeqOf(PostId id) => _log.Columns.SeqOf(id.Value, LastSeq);

    /// <summary>The first seq whose id is at least this one; <see cref="LastSeq"/> + 1 when there is none.</summary>
    public uint LowerBound(PostId id) => _log.Columns.LowerBound(id.Value, LastSeq);

    /// <summary>Reads a record out of memory, where it is among the newest, or from disk, and verifies it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record.</exception>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.DataDamaged"/>: it is not what was written. <see cref="ErrorCode.Unavailable"/>: the disk
    /// cannot be read.
    /// </exception>
    public LogRecord Read(uint seq)
    {
        ThrowIfNotThere(seq);
        return RecordReader.Read(_log, seq);
    }

    /// <inheritdoc cref="RecordRun.Load"/>
    /// <param name="first">From 1 to <see cref="LastSeq"/>.</param>
    internal uint Load(RecordRun run, uint first, uint last)
    {
        ThrowIfNotThere(first);
        return run.Load(_log, first, last);
    }

    /// <summary>
    /// Reads the keys of many records, in pieces as they lie on disk; those that are damaged are left out. While it is
    /// read the log may grow.
    /// </summary>
    /// <param name="seqs">Ascending, from 1 to <see cref="LastSeq"/>.</param>
    public IEnumerable<(uint Seq, ulong Key)> ReadKeys(IEnumerable<uint> seqs) =>
        RecordKeys.Read(_log, seqs);

    /// <summary>
    /// The feed: ranges of committed seqs from <paramref name="from"/> on without a gap, first what is there, then what
    /// comes, as it comes. It ends when the log is closed. Who reads keeps its own place and asks from there again: at
    /// least once.
    /// </summary>
    /// <param name="from">From 1 to <see cref="LastSeq"/> + 1.</param>
    /// <param name="batchMax">The longest range, at least 1.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Conflict"/>: the place is beyond the log's end, so it is another log's.
    /// </exception>
    public IAsyncEnumerable<(uint First, uint Last)> FollowAsync(uint from, int batchMax, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfZero(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchMax, 1);
        return _feed.FollowAsync(from, batchMax, ct);
    }

    /// <summary>Begins to take in what another process writes to the table, if it is another one: once
    /// <see cref="Committed"/> is set.</summary>
    public void Follow() => _follower?.Start();

    /// <summary>Waits until it is this process that may write, takes in what is left, and takes appends from then on;
    /// at once where it may already.</summary>
    /// <exception cref="ServiceException">The table cannot be had or read now; may be tried again.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    public async Task TakeAsync(LeaseWait wait)
    {
        if (!_follows) return;
        await _follower!.TakeAsync(wait);
        _follows = false;
    }

    /// <summary>Completes when the server that has the truth has said that it is still this process that may write; at
    /// once where the truth is in files.</summary>
    /// <exception cref="ServiceException">It is not, or the server does not answer.</exception>
    public Task ConfirmAsync() => _table?.ConfirmAsync() ?? Task.CompletedTask;

    /// <summary>Takes nothing more, writes and answers what waits, and gives the table back to whoever may want to
    /// write it; all can be read as before. Then only disposing is left.</summary>
    public async ValueTask EndWritingAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        if (_follower is not null) await _follower.DisposeAsync();
        _queue.Close();
        await _writer.Ended;
        await _log.Store.DisposeAsync();
    }

    /// <summary>Takes nothing more, writes and answers what waits, ends the feeds, closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await EndWritingAsync();
        _feed.End();
        await _log.DisposeAsync();
        _queue.Dispose();
    }

    private static int BytesOf(in RecordDraft draft, int index)
    {
        if (draft.TargetDraft >= index)
        {
            throw new ArgumentException(
                $"Draft {index} is about draft {draft.TargetDraft}, which is not before it.", nameof(draft));
        }
        if (!RecordFormat.IsAppended(draft.Header.Kind))
            throw new ArgumentException($"{(byte)draft.Header.Kind} is not a kind of record.", nameof(draft));
        if (draft.Payload.Length > RecordFormat.PayloadBytesMax)
        {
            throw new ArgumentException(
                $"The payload has {draft.Payload.Length} bytes; a record takes at most {RecordFormat.PayloadBytesMax}.",
                nameof(draft));
        }
        return RecordFormat.HeaderBytes + draft.Payload.Length;
    }

    private void Queue(PendingAppend pending)
    {
        var admission = _writer.Broken is null && !_follows ? _queue.TryAdd(pending) : Admission.Closed;
        if (admission == Admission.Queued) return;
        var refusal = admission == Admission.Full ? Overloaded() : _writer.Broken ?? (_follows ? StandsBy() : Closed());
        _metrics.Refused(pending.Count, refusal.Code.ToString());
        pending.Fail(refusal);
    }

    private ServiceException Overloaded() => new(
        ErrorCode.Overloaded, "Too many posts wait to be stored; this one was not. Try again in a moment.",
        $"More than {_options.QueueBytesMax} bytes wait for the post log's disk. Await appends before making more, or "
        + "find out why the disk is slow.");

    private static ServiceException StandsBy() => new(
        ErrorCode.Unavailable, "This server stands by; ask the one that serves.", "The post log is followed only.");

    private static ServiceException Closed() => new(
        ErrorCode.Unavailable, "The server is stopping; this was not stored. Try again in a moment.",
        "The post log was closed.");

    private void ThrowIfNotThere(uint seq)
    {
        if (seq - 1 >= _log.Columns.Count) ThrowNotThere(seq, _log.Columns.Count);
    }

    private static void ThrowNotThere(uint seq, uint count) => throw new ArgumentOutOfRangeException(
        nameof(seq), seq, $"The post log holds records 1 to {count}.");
}
