using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Services;

/// <summary>
/// Has reads of a replica see all that was answered before they began, by whichever process: each waits until the
/// replica has what its source has by then (the read index of Raft: Ongaro, Consensus, 2014, §6.4). Reads that come
/// while the source is asked share the next question, so that the source is asked as often as it can answer, not as
/// often as there are reads.
/// </summary>
/// <remarks>
/// While the source does not answer, or the replica does not come so far, it is read as it is: a source that is away
/// answers nothing new, and old pages are better than none. The source is asked again ten times a second, and reads
/// wait for it again once it has answered. Thread-safe.
/// </remarks>
public sealed partial class ReadIndex : IAsyncDisposable
{
    private static readonly TimeSpan _again = TimeSpan.FromMilliseconds(100);

    private readonly Func<Call, ValueTask> _catchUp;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();

    // All under _lock: who waits for the question that is to be asked next, and whether some question is under way.
    private TaskCompletionSource? _next;
    private Task _asking = Task.CompletedTask;
    private bool _isAsking;

    private volatile bool _isAway;
    private long _stale;

    /// <param name="catchUp">Asks the source how far it is, and waits until the replica is so far. Never twice at a
    /// time; cancelled after <see cref="Patience"/>.</param>
    public ReadIndex(Func<Call, ValueTask> catchUp, TimeProvider time, ILogger<ReadIndex> logger) =>
        (_catchUp, _time, _logger) = (catchUp, time, logger);

    /// <summary>How long a read waits at most.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Reads that did not wait, since the source was away.</summary>
    public long Stale => Interlocked.Read(ref _stale);

    /// <summary>The function, reading a replica that has all that its source had when it was called.</summary>
    public Service<TRequest, TReply> Before<TRequest, TReply>(Service<TRequest, TReply> read) =>
        async (request, call) =>
        {
            await ReachAsync(call.Cancellation);
            return await read(request, call);
        };

    /// <summary>Waits until the replica has all that its source has now.</summary>
    public Task ReachAsync(CancellationToken ct)
    {
        if (_isAway)
        {
            Interlocked.Increment(ref _stale);
            return Task.CompletedTask;
        }
        Task reached;
        lock (_lock)
        {
            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            reached = _next.Task;
            if (!_isAsking)
            {
                _isAsking = true;
                // It is nobody's call, and no part of the first reader's trace.
                using (ExecutionContext.SuppressFlow()) _asking = Task.Run(AskAsync, CancellationToken.None);
            }
        }
        return reached.WaitAsync(ct);
    }

    /// <summary>Readers must have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking;
        _stopping.Dispose();
    }

    private async Task AskAsync()
    {
        while (!_stopping.IsCancellationRequested && TakeRound() is { } round)
        {
            try
            {
                await AskOnceAsync();
                NoteBack();
                round.SetResult();
            }
            catch (Exception away) when (away is ServiceException or OperationCanceledException)
            {
                NoteAway(away);
                round.SetResult();
                TakeWaiting()?.SetResult();
                await Task.Delay(_again, _time, _stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception failed)
            {
                round.SetException(failed);
            }
        }
    }

    private async Task AskOnceAsync()
    {
        using var over = new CancellationTokenSource(Patience, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, _stopping.Token);
        await _catchUp(Call.Until(end.Token));
    }

    private TaskCompletionSource? TakeWaiting()
    {
        lock (_lock)
        {
            var waiting = _next;
            _next = null;
            return waiting;
        }
    }

    /// <summary>The readers of the next question; while the source is away there is a question without.</summary>
    private TaskCompletionSource? TakeRound()
    {
        lock (_lock)
        {
            var round = TakeWaiting() ?? (_isAway ? new TaskCompletionSource() : null);
            _isAsking = round is not null;
            return round;
        }
    }

    private void NoteAway(Exception failure)
    {
        if (_isAway || _stopping.IsCancellationRequested) return;
        LogAway(
            failure is ServiceException said
                ? said.Detail ?? said.Message
                : $"What it has was not here after {Patience.TotalSeconds:0} s.");
        _isAway = true;
    }

    private void NoteBack()
    {
        if (!_isAway) return;
        LogBack(Stale);
        _isAway = false;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Posts does not say how far it is; until it does, pages are made of what was last heard of it. {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(
        LogLevel.Warning,
        "Posts says again how far it is; {Stale} reads since the start were of what was last heard of it.")]
    private partial void LogBack(long stale);
}
