using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log.Table;

/// <summary>
/// Keeps a log up with its table while another process writes that: takes in every group as the log's own writer would
/// have, file, columns, feed and all, as soon as the server tells of its commit. Until it is this process's turn.
/// </summary>
/// <remarks>
/// What the server tells is a hint to look now (<see cref="PostgresBell"/>): the newest seq is one look into an index.
/// A look now and then finds what was not told, and with that it is known that nobody tells: the process that writes
/// may be of an older version, or something on the way may keep it. From then on it is looked more often
/// (<see cref="PostLogOptions.LookEvery"/>), until something is told. The looks are the only ones that touch the log
/// until <see cref="TakeAsync"/> has ended.
/// </remarks>
internal sealed partial class LogFollower(
    LoadedLog log, LogWriter writer, LogTable table, PostLogOptions options, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    /// <summary>How often it is looked while the server tells.</summary>
    private static readonly TimeSpan _lookAnyway = TimeSpan.FromSeconds(2);

    /// <summary>Commits that come one after the other are worth a look together.</summary>
    private readonly TimeSpan _pause = options.LookEvery / 10;

    private readonly CancellationTokenSource _stop = new();
    private Task _following = Task.CompletedTask;

    /// <summary>Begins, once all is there that is told of groups. Once.</summary>
    public void Start() => _following = Task.Run(FollowAsync);

    /// <summary>Waits for the right to write, then takes in what is left; the log's own writer may write from then on.
    /// </summary>
    /// <exception cref="ServiceException">It cannot be had now, or read; may be tried again.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    public async Task TakeAsync(LeaseWait wait)
    {
        // Hours, perhaps: a thread of its own.
        if (table.IsFollowed)
        {
            await Task.Factory.StartNew(
                () => table.Take(wait), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        await EndAsync();
        // Nobody adds to it any more.
        await Task.Run(CatchUp);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _following;
    }

    private async Task FollowAsync()
    {
        await using var bell = options.Listens ? table.OpenBell(time, logger) : null;
        var (isTold, hasRung, isAway) = (false, true, false);
        while (!_stop.IsCancellationRequested)
        {
            // From before the look on, so that nothing is missed in between.
            var (looked, ring) = (time.GetTimestamp(), bell?.Next);
            try
            {
                var hasNews = CatchUp();
                isTold = bell is not null && (hasRung || (isTold && !hasNews));
                if (isAway) LogBack(table.Place);
                isAway = false;
            }
            catch (ServiceException failure)
            {
                if (!isAway) LogAway(failure, table.Place, failure.Detail);
                isAway = true;
            }
            hasRung = await RestAsync(ring, isTold ? _lookAnyway : options.LookEvery, looked);
        }
    }

    /// <summary>Until the next look.</summary>
    /// <returns>Whether that was told for.</returns>
    private async Task<bool> RestAsync(Task? ring, TimeSpan restMax, long looked)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var late = Task.Delay(restMax, time, enough.Token);
        await Task.WhenAny(ring ?? late, late);
        await enough.CancelAsync();
        if (ring is not { IsCompleted: true }) return false;
        var pause = _pause - time.GetElapsedTime(looked);
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

    /// <summary>Takes in what the table has and the log has not; false: nothing.</summary>
    private bool CatchUp()
    {
        var (have, last) = (log.Columns.Count, table.LastSeq());
        if (last <= have) return false;
        TableGroups.Read(table, have + 1, last, have == 0 ? 0 : log.Columns[have].Id, (group, first) =>
        {
            writer.TakeIn(group, first);
            return true;
        });
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "{Place} cannot be followed; it is tried again until it can. {Detail}")]
    private partial void LogAway(Exception failure, string place, string? detail);

    [LoggerMessage(LogLevel.Warning, "{Place} is followed again")]
    private partial void LogBack(string place);
}
