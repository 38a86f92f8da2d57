using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;

namespace Roost.Services.Timelines;

/// <summary>
/// Gives inboxes to those who come without one, in bounds (T6, T16): however many of an account's requests wait for its
/// inbox, it is built once; so many are built at a time, and so much of the processors' time goes there
/// (<see cref="RebuildShare"/>). Nobody waits for a place: who finds none is answered from the fallback, as rightly,
/// and tries again with the next request.
/// </summary>
/// <remarks>
/// A rebuild is a <see cref="Flight"/>: the first request starts it, and then waits for it as all others do, for
/// <see cref="TimelinesOptions.RebuildWaitMax"/> at most. The flight goes on when nobody waits any more. With nobody at
/// the write gate it is over before its first request begins to wait. A request that joins a flight for other followees
/// than it sees now (somebody follows and reads at once) starts a second one afterwards.
/// </remarks>
internal sealed partial class Rebuilds(
    IInboxes inboxes, TimelinesOptions options, TimeProvider time, TimelinesMetrics metrics, ILogger<Rebuilds> logger)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<AccountId, Flight> _flights = new();
    private readonly RebuildShare _share = new(options, time);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Returns when the account has an inbox for these followees, or when it cannot have one now.</summary>
    public async ValueTask EnsureAsync(AccountId account, Followees followees, Call call)
    {
        var isFirst = true;
        do
        {
            if (Join(account, followees, out var isOwn) is not { } flight)
                return;
            if (!flight.Landed.IsCompleted)
            {
                await flight.Landed.WaitAsync(options.RebuildWaitMax, time, call.Cancellation)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                call.Cancellation.ThrowIfCancellationRequested();
            }
            if (isOwn || flight.Version == followees.Version || !flight.Landed.IsCompleted || !isFirst)
                return;
            isFirst = false;
        }
        while (true);
    }

    /// <summary>Waits for the flights under way. Callers must have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_flights.Values.Select(flight => flight.Landed));
        _stopping.Dispose();
    }

    /// <summary>The account's flight, begun if there is none; null when none may begin.</summary>
    private Flight? Join(AccountId account, Followees followees, out bool isOwn)
    {
        isOwn = false;
        if (_flights.TryGetValue(account, out var flight))
        {
            metrics.RebuildJoined();
            return flight;
        }
        if (!_share.TryEnter())
        {
            metrics.RebuildRefused();
            return null;
        }
        var own = new Flight(followees.Version);
        flight = _flights.GetOrAdd(account, own);
        isOwn = ReferenceEquals(flight, own);
        if (isOwn)
        {
            _ = FlyAsync(account, followees, own);
            return own;
        }
        _share.Leave(TimeSpan.Zero);
        metrics.RebuildJoined();
        return flight;
    }

    private async Task FlyAsync(AccountId account, Followees followees, Flight flight)
    {
        var worked = TimeSpan.Zero;
        try
        {
            var start = time.GetTimestamp();
            worked = await inboxes.RebuildAsync(account, followees, time, Call.Until(_stopping.Token));
            metrics.Rebuilt(time.GetElapsedTime(start));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping: nobody waits for it any more.
        }
        catch (Exception failure)
        {
            // Those who wait ask the fallback, and meet the same failure there if it is one of Posts.
            RebuildFailed(failure);
        }
        finally
        {
            _share.Leave(worked);
            _flights.TryRemove(KeyValuePair.Create(account, flight));
            flight.Land();
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "An inbox could not be rebuilt; its owner is served by the fallback, and the next read tries again.")]
    private partial void RebuildFailed(Exception failure);

    /// <summary>One rebuild under way, for the followees as of a version.</summary>
    private sealed class Flight(int version)
    {
        private readonly TaskCompletionSource _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Version { get; } = version;

        public Task Landed => _landed.Task;

        public void Land() => _landed.SetResult();
    }
}
