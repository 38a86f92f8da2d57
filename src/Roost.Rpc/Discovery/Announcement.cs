using Microsoft.Extensions.Logging;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Discovery;

/// <summary>
/// Tells a store what this process serves, for as long as it lives: entries under a lease that is kept alive, so that a
/// process that dies without a word is forgotten after <see cref="Ttl"/>. When the store was away, or has lost the
/// lease, it is told again. Disposing takes the entries away at once: do that before the server stops.
/// </summary>
public sealed partial class Announcement : IAsyncDisposable
{
    /// <summary>How long a process that died is still known. Whoever calls it notices by itself long before.</summary>
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(9);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly IClusterStore _store;
    private readonly IReadOnlyList<string> _services;
    private readonly InstanceInfo _info;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<Task>? _confirm;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    // 0 before the first. Only the loop writes it, and Dispose reads it after the loop's end.
    private long _lease;

    /// <summary>Begins to tell; never fails.</summary>
    /// <param name="services">What is served: <c>users</c>, <c>graph</c>.</param>
    /// <param name="confirm">Asked before it is told again, when the lease has ended: whether this process is the one
    /// that serves still. One that was stopped for a while may not be; it fails then. Null: it is.</param>
    public Announcement(
        IClusterStore store, IReadOnlyList<string> services, InstanceInfo info, TimeProvider time,
        ILogger<Announcement> log, Func<Task>? confirm = null)
    {
        (_store, _services, _info, _time, _log, _confirm) = (store, services, info, time, log, confirm);
        _loop = RunAsync(_stop.Token);
    }

    /// <summary>Completes when the store has been told for the first time.</summary>
    public Task Told => _told.Task;

    /// <summary>Takes away what another process has told, which is known to serve no more: callers need not wait for
    /// <see cref="Ttl"/>.</summary>
    /// <exception cref="ServiceException">The store is away.</exception>
    public static async Task WithdrawAsync(IClusterStore store, string service, InstanceInfo of, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(of);
        await store.DeleteAsync(Instances.Key(service, of.Id), ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        try
        {
            if (_lease != 0) await _store.RevokeAsync(_lease, CancellationToken.None);
        }
        catch (ServiceException away)
        {
            StoreAway(_log, away);
        }
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (_lease == 0) await TellAsync(ct);
                else if (!await _store.KeepAliveAsync(_lease, ct)) _lease = 0;
                if (_lease != 0) await Task.Delay(Ttl / 3, _time, ct);
            }
            catch (ServiceException away)
            {
                // The lease may have ended meanwhile: keeping it alive will tell, and soon, lest it does end.
                StoreAway(_log, away);
                await Task.Delay(_pause, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task TellAsync(CancellationToken ct)
    {
        if (_confirm is not null && Told.IsCompleted) await _confirm();
        var lease = await _store.GrantAsync(Ttl, ct);
        _lease = lease;
        try
        {
            foreach (var service in _services)
                await _store.PutAsync(Instances.Key(service, _info.Id), Instances.ToText(_info), ct, lease);
        }
        catch (ServiceException)
        {
            // Half told: the next turn begins with a new lease, and this one ends by itself.
            _lease = 0;
            throw;
        }
        _told.TrySetResult();
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The cluster store cannot be told that this process serves; it is tried again.")]
    private static partial void StoreAway(ILogger log, Exception away);
}
