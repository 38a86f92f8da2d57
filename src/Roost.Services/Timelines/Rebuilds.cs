using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;

namespace Roost.Services.Timelines;

/// <summary>
/// Gives inboxes to those who come without one, in bounds (T6, T16): however many of an account's requests wait for its
/// inbox, it is built once; so many are built at a time, and so many more may wait for that, for so long. Who is not
/// served in time is answered from the fallback, as rightly, and tries again with the next request.
/// </summary>
/// <remarks>
/// <para>A rebuild is a <see cref="Flight"/>: the first request starts it, and then waits for it as all others do, for
/// <see cref="TimelinesOptions.RebuildWaitMax"/> at most. The flight goes on when nobody waits any more. With free
/// places and nobody at the write gate it is over before its first request begins to wait.</para>
/// <para>The share of the processor is <see cref="TimelinesOptions.RebuildsAtOnceMax"/> threads, and of the write gate
/// as many short turns. A request that joins a flight for other followees than it sees now (somebody follows and reads
/// at once) starts a second one afterwards.</para>
/// </remarks>
internal sealed partial class Rebuilds(
    Inboxes inboxes, TimelinesOptions options, TimeProvider time, TimelinesMetrics metrics, ILogger<Rebuilds> logger)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<AccountId, Flight> _flights = new();
    private readonly SemaphoreSlim _places = new(options.RebuildsAtOnceMax);
    private readonly CancellationTokenSource _stopping = new();

    // Flights that wait for a place; changed with Interlocked only.
    private int _waiting;

    /// <summary>Flights that wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Returns when the account has an inbox for these followees, or when there is no time to wait for it.
    /// </summary>
    public async ValueTask EnsureAsync(AccountId account, Followees followees, Call call)
    {
        var isFirst = true;
        do
        {
            var own = new Flight(followees.Version);
            var flight = _flights.GetOrAdd(account, own);
            var isOwn = ReferenceEquals(flight, own);
            if (isOwn)
                _ = FlyAsync(account, followees, own);
            else
                metrics.RebuildJoined();
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
        _places.Dispose();
        _stopping.Dispose();
    }

    private async Task FlyAsync(AccountId account, Followees followees, Flight flight)
    {
        try
        {
            if (await EnterAsync())
            {
                try
                {
                    var start = time.GetTimestamp();
                    await inboxes.RebuildAsync(account, followees, Call.Until(_stopping.Token));
                    metrics.Rebuilt(time.GetElapsedTime(start));
                }
                finally
                {
                    _places.Release();
                }
            }
            else
            {
                metrics.RebuildRefused();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping: inboxes go with the process.
        }
        catch (Exception failure)
        {
            // Those who wait ask the fallback, and meet the same failure there if it is one of Posts.
            RebuildFailed(failure);
        }
        finally
        {
            _flights.TryRemove(KeyValuePair.Create(account, flight));
            flight.Land();
        }
    }

    /// <summary>Takes a place, or waits for one; false when too many wait or the time is over.</summary>
    private async ValueTask<bool> EnterAsync()
    {
        if (_places.Wait(0, CancellationToken.None))
            return true;
        try
        {
            if (Interlocked.Increment(ref _waiting) > options.RebuildsWaitingMax)
                return false;
            using var timeout = new CancellationTokenSource(options.RebuildWaitMax, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
            var entered = _places.WaitAsync(either.Token);
            await entered.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return entered.IsCompletedSuccessfully;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
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
