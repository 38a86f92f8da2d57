using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// The one thread that writes. It takes all that waits, in groups of bounded size, and for each
/// <list type="number">
/// <item>encodes the records, refusing those whose ids do not fit, each append as a whole;</item>
/// <item>writes them at once, and has them made durable (<see cref="IGroupStore"/>);</item>
/// <item>keeps them in memory (<see cref="LogTail"/>), and fills the columns, resolving targets, which may be in the
/// same group (<see cref="LoadedLog.Take"/>);</item>
/// <item>notes the durable end in the side file;</item>
/// <item>calls <see cref="PostLog.Committed"/>;</item>
/// <item>moves <see cref="PostLog.LastSeq"/>, wakes the feed, and has the authors answered.</item>
/// </list>
/// If 2 fails, the group's authors are told why and the next group is tried as if nothing had been. If 5 throws, what
/// hangs on the log no longer matches it: the group is answered, as it is durable, and the log takes nothing more until
/// a restart.
/// </summary>
/// <remarks>
/// When nobody knows whether a group is durable, since the answer of a server was lost on its way, its authors wait
/// until that is known: whoever tries again what must not be there twice (a boost, a post with a key) is held back by
/// the one who waits, and then finds it. Others, of whom it is certain that nothing is stored, are refused
/// meanwhile.
/// </remarks>
internal sealed partial class LogWriter
{
    private static readonly TimeSpan _askAgainAfter = TimeSpan.FromSeconds(2);

    private readonly LoadedLog _log;
    private readonly AppendQueue _queue;
    private readonly LogFeed _feed;
    private readonly GroupBuffer _group;
    private readonly TimeProvider _time;
    private readonly PostLogMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<PendingAppend> _taken = [];
    private List<PendingAppend> _meanwhile = [];
    private bool _markFailed;
    private volatile ServiceException? _broken;

    public LogWriter(
        PostLogOptions options, LoadedLog log, AppendQueue queue, LogFeed feed, TimeProvider time, ILogger logger,
        PostLogMetrics metrics)
    {
        _log = log;
        _queue = queue;
        _feed = feed;
        _time = time;
        _logger = logger;
        _metrics = metrics;
        _group = new GroupBuffer(options, Newest);
        new Thread(Run) { Name = "post log writer", IsBackground = true }.Start();
    }

    public Action<uint, uint>? Committed { get; set; }

    /// <summary>Completes when the queue was closed and all that waited has been answered.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Why nothing is taken any more, or null.</summary>
    public ServiceException? Broken => _broken;

    private PostId Newest => _log.Columns.Count == 0 ? default : new PostId(_log.Columns[_log.Columns.Count].Id);

    /// <summary>Takes in a group that another process has made durable, while nothing is queued here: on the thread
    /// of who follows that one.</summary>
    /// <exception cref="ServiceException">It cannot be written; it is as if it had not come.</exception>
    public void TakeIn(ReadOnlySpan<byte> group, uint firstSeq)
    {
        long offset;
        try
        {
            offset = _log.Writer.Write(group, firstSeq);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            _log.Writer.TakeBack();
            throw Disk.Refusal(failure, _log.Writer.Path);
        }
        Take(group, firstSeq, offset);
    }

    private void Run()
    {
        while (_queue.TakeAll(ref _taken))
        {
            for (var next = 0; next < _taken.Count;) next = WriteGroup(next);
            _taken.Clear();
        }
        _ended.SetResult();
    }

    /// <summary>Writes one group of what was taken, from <paramref name="next"/> on.</summary>
    /// <returns>The first that is not in it.</returns>
    private int WriteGroup(int next)
    {
        var started = _time.GetTimestamp();
        var answers = AnswerBatch.Rent();
        var released = 0L;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _group.Begin(_log.Columns.Count + 1, Newest, now, _log.Writer.NextOffset);
        for (; next < _taken.Count && _group.HasRoomFor(_taken[next].Bytes); next++)
        {
            var pending = _taken[next];
            released += pending.Bytes;
            if (RefusalOf(pending) is { } refusal) Refuse(pending, refusal);
            else answers.Add(pending);
        }
        if (answers.Count > 0) Commit(answers, started);
        else answers.Return();
        _queue.Release(released);
        return next;
    }

    private Exception? RefusalOf(PendingAppend pending)
    {
        if (pending.Cancellation.IsCancellationRequested) return new OperationCanceledException(pending.Cancellation);
        return _broken ?? _group.TryAdd(pending);
    }

    private void Commit(AnswerBatch answers, long started)
    {
        _group.End();
        long offset;
        try
        {
            offset = _log.Writer.Write(_group.Bytes, _group.FirstSeq);
            Store();
        }
        catch (Exception failure) when (failure is ServiceException || Disk.IsDiskFailure(failure))
        {
            _log.Writer.TakeBack();
            var refusal = failure as ServiceException ?? Disk.Refusal(failure, _log.Writer.Path);
            LogGroupFailed(failure, _group.Count, _group.FirstSeq, refusal.Detail);
            _metrics.Refused((int)_group.Count, refusal.Code.ToString());
            answers.Fail(refusal);
            return;
        }
        Take(_group.Bytes, _group.FirstSeq, offset);
        answers.Succeed(_log.Columns, _group.FirstSeq);
        _metrics.Committed((int)_group.Count, _group.Bytes.Length, _time.GetElapsedTime(started));
    }

    /// <summary>Steps 3 to 6, without those who wait.</summary>
    private void Take(ReadOnlySpan<byte> group, uint firstSeq, long offset)
    {
        _log.Take(group, firstSeq, offset);
        var last = _log.Columns.Count;
        MarkDurable(last);
        Tell(firstSeq, last);
        _feed.Advance(last);
    }

    /// <summary>Returns when the group is durable.</summary>
    /// <exception cref="ServiceException">It is not, or the log closes before that is known.</exception>
    private void Store()
    {
        try
        {
            _log.Store.Commit(_group.Memory);
        }
        catch (ServiceException unknown) when (unknown.MayBeDone)
        {
            LogUnknown(_group.Count, _group.FirstSeq, unknown.Detail);
            bool? isStored;
            while ((isStored = _log.Store.IsStored()) is null)
            {
                if (_queue.IsClosed)
                {
                    _broken = NotStored(unknown.Detail);
                    throw;
                }
                RefuseMeanwhile(unknown.Detail);
            }
            LogKnown(_group.Count, _group.FirstSeq, isStored.Value ? "stored" : "not stored");
            if (!isStored.Value) throw NotStored(unknown.Detail);
        }
    }

    private void RefuseMeanwhile(string? detail)
    {
        if (!_queue.TryTakeAll(ref _meanwhile, _askAgainAfter)) return;
        foreach (var pending in _meanwhile)
        {
            _queue.Release(pending.Bytes);
            Refuse(pending, NotStored(detail));
        }
        _meanwhile.Clear();
    }

    private static ServiceException NotStored(string? detail) => new(
        ErrorCode.Unavailable,
        "The server's store of posts is away, so this was not stored. Try again later: it goes on by itself.", detail);

    private void MarkDurable(uint last)
    {
        var active = _log.Writer.Active!;
        try
        {
            _log.Mark.Set(last, active.FirstSeq, active.Length);
            _markFailed = false;
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            // A mark that is behind is still true. One warning, not one per group.
            if (!_markFailed) LogMarkFailed(failure, _log.Mark.Path);
            _markFailed = true;
        }
    }

    private void Tell(uint first, uint last)
    {
        try
        {
            Committed?.Invoke(first, last);
        }
        // The loop's outer edge towards code that is not the log's: whatever it throws, the group is durable.
#pragma warning disable CA1031
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogCommittedFailed(failure, first, last);
            _broken = new ServiceException(
                ErrorCode.Unavailable,
                "The server has stopped taking posts after an error of its own. Try again later.",
                $"What is told of each group threw on {first} to {last}: {failure.Message} All of it is stored; "
                + "restart to go on.",
                failure);
        }
    }

    private void Refuse(PendingAppend pending, Exception refusal)
    {
        _metrics.Refused(pending.Count, refusal is ServiceException known ? known.Code.ToString() : "cancelled");
        pending.Fail(refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "{Count} records from {FirstSeq} on were not stored, their authors were told so. {Detail}")]
    private partial void LogGroupFailed(Exception failure, uint count, uint firstSeq, string? detail);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Whether {Count} records from {FirstSeq} on are stored is not known, and is found out before anything else is "
        + "written: {Detail}")]
    private partial void LogUnknown(uint count, uint firstSeq, string? detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} records from {FirstSeq} on are {Fate}")]
    private partial void LogKnown(uint count, uint firstSeq, string fate);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The durable end could not be noted in {Path}; until it can, a damaged tail may be taken for a torn one at "
        + "the next start")]
    private partial void LogMarkFailed(Exception failure, string path);

    [LoggerMessage(Level = LogLevel.Critical, Message =
        "What is told of each group threw on records {First} to {Last}; they are stored. Nothing more is taken until "
        + "a restart")]
    private partial void LogCommittedFailed(Exception failure, uint first, uint last);
}
