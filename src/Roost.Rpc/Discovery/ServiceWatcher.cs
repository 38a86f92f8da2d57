using Microsoft.Extensions.Logging;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Discovery;

/// <summary>
/// Knows which instances of a service there are, and tells of each change. While the store is away the last known ones
/// stay; when it comes back with fewer (it may have lost its data), the missing ones stay for <see cref="Grace"/>,
/// within which those that live announce themselves again.
/// </summary>
public sealed partial class ServiceWatcher : IAsyncDisposable
{
    /// <summary>A little longer than an <see cref="Announcement"/> takes to notice that its lease is gone.</summary>
    public static readonly TimeSpan Grace = Announcement.Ttl / 3 + TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly IClusterStore _store;
    private readonly string _prefix;
    private readonly Action<IEnumerable<KeyValuePair<string, InstanceInfo>>> _changed;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    // By key; the loop's alone.
    private Dictionary<string, InstanceInfo> _known = [];

    /// <param name="changed">Told of all instances at each change, one call at a time; must not throw.</param>
    public ServiceWatcher(
        IClusterStore store, string service, Action<IReadOnlyList<InstanceInfo>> changed, TimeProvider time,
        ILogger<ServiceWatcher> log)
        : this(
            store, Instances.Prefix(service), known => changed([.. known.Select(one => one.Value)]), time, (ILogger)log)
    {
    }

    private ServiceWatcher(
        IClusterStore store, string prefix, Action<IEnumerable<KeyValuePair<string, InstanceInfo>>> changed,
        TimeProvider time, ILogger log)
    {
        (_store, _prefix, _changed, _time, _log) = (store, prefix, changed, time, log);
        _loop = RunAsync(_stop.Token);
    }

    /// <summary>Watches the instances of all services.</summary>
    /// <param name="changed">As in the constructor; each with the service that it serves.</param>
    public static ServiceWatcher OfAll(
        IClusterStore store, Action<IReadOnlyList<(string Service, InstanceInfo Info)>> changed, TimeProvider time,
        ILogger<ServiceWatcher> log) => new(
        store, Instances.Root, known => changed([.. known.Select(one => (Instances.ServiceOf(one.Key), one.Value))]),
        time, (ILogger)log);

    /// <summary>Completes when the store has been read for the first time.</summary>
    public Task FirstRead => _read.Task;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        // Whether instances that the store does not have are kept once more.
        var isBack = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var revision = await ReadAsync(isBack, ct);
                isBack = false;
                await FollowAsync(revision.Revision, revision.Missing ? Grace : Timeout.InfiniteTimeSpan, ct);
            }
            catch (ServiceException away)
            {
                isBack |= away.Code == ErrorCode.Unavailable;
                StoreAway(_log, _prefix, away);
                await Task.Delay(_pause, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<(long Revision, bool Missing)> ReadAsync(bool keepsMissing, CancellationToken ct)
    {
        var snapshot = await _store.ReadAsync(_prefix, ct);
        var read = new Dictionary<string, InstanceInfo>();
        foreach (var entry in snapshot.Entries)
        {
            if (Instances.Parse(entry.Key, entry.Value) is { } info) read[entry.Key] = info;
        }
        var missing = keepsMissing ? _known.Where(one => !read.ContainsKey(one.Key)).ToArray() : [];
        foreach (var (key, info) in missing) read[key] = info;
        _known = read;
        Tell();
        _read.TrySetResult();
        return (snapshot.Revision, missing.Length > 0);
    }

    /// <summary>Ends after <paramref name="atMost"/>, when all is to be read again.</summary>
    private async Task FollowAsync(long revision, TimeSpan atMost, CancellationToken ct)
    {
        using var enough = new CancellationTokenSource(atMost, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, enough.Token);
        try
        {
            await foreach (var change in _store.WatchAsync(_prefix, revision, either.Token))
            {
                var info = change.Value is null ? null : Instances.Parse(change.Key, change.Value);
                if (info is null) _known.Remove(change.Key);
                else _known[change.Key] = info;
                Tell();
            }
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // Whoever was missing has had time to come back.
        }
    }

    private void Tell() => _changed(_known.OrderBy(one => one.Key, StringComparer.Ordinal));

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The cluster store cannot be read; the last known of {Instances} are kept.")]
    private static partial void StoreAway(ILogger log, string instances, Exception away);
}
