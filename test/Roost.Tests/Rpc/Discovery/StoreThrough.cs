using Roost.Rpc.Discovery;

namespace Roost.Tests.Rpc.Discovery;

/// <summary>A store that asks another one, which is chosen for each call.</summary>
internal class StoreThrough(Func<IClusterStore> next) : IClusterStore
{
    public ValueTask<ClusterSnapshot> ReadAsync(string prefix, CancellationToken ct) => next().ReadAsync(prefix, ct);

    public ValueTask<long?> PutAsync(string key, string value, CancellationToken ct, long lease, long? expected) =>
        next().PutAsync(key, value, ct, lease, expected);

    public ValueTask<bool> DeleteAsync(string key, CancellationToken ct) => next().DeleteAsync(key, ct);

    public ValueTask<long> GrantAsync(TimeSpan ttl, CancellationToken ct) => next().GrantAsync(ttl, ct);

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken ct) => next().KeepAliveAsync(lease, ct);

    public ValueTask RevokeAsync(long lease, CancellationToken ct) => next().RevokeAsync(lease, ct);

    public virtual IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, long after, CancellationToken ct) =>
        next().WatchAsync(prefix, after, ct);

    /// <summary>Leaves those that it asks to who opened them.</summary>
    public virtual void Dispose()
    {
    }
}
