using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log.Table;

/// <summary>
/// Keeps a log up with its table while another process writes that: takes in every group as the log's own writer would
/// have, file, columns, feed and all, soon after its commit (<see cref="PostLogOptions.LookEvery"/>). Until it is this
/// process's turn.
/// </summary>
/// <remarks>
/// It looks, rather than be told: the newest seq is one look into an index, and what is late by that much is fetched at
/// the take-over in any case. The looks are the only ones that touch the log until <see cref="TakeAsync"/> has ended.
/// </remarks>
internal sealed partial class LogFollower(
    LoadedLog log, LogWriter writer, LogTable table, TimeSpan lookEvery, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
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
        var isAway = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                CatchUp();
                if (isAway) LogBack(table.Place);
                isAway = false;
            }
            catch (ServiceException failure)
            {
                if (!isAway) LogAway(failure, table.Place, failure.Detail);
                isAway = true;
            }
            await Task.Delay(lookEvery, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes in what the table has and the log has not.</summary>
    private void CatchUp()
    {
        var (have, last) = (log.Columns.Count, table.LastSeq());
        if (last <= have) return;
        TableGroups.Read(table, have + 1, last, have == 0 ? 0 : log.Columns[have].Id, (group, first) =>
        {
            writer.TakeIn(group, first);
            return true;
        });
    }

    [LoggerMessage(LogLevel.Warning, "{Place} cannot be followed; it is tried again until it can. {Detail}")]
    private partial void LogAway(Exception failure, string place, string? detail);

    [LoggerMessage(LogLevel.Warning, "{Place} is followed again")]
    private partial void LogBack(string place);
}
