namespace Roost.Rpc.Discovery;

/// <summary>
/// The few facts that all processes of a network have to agree on: who serves what, who holds which lease, what
/// is configured. Small texts under keys, in one order: every change has a revision, greater than all before.
/// </summary>
/// <remarks>
/// <para>Three implementations pass the same tests: <see cref="MemoryClusterStore"/> within one process,
/// <see cref="SqliteClusterStore"/> for those of one machine, <see cref="EtcdClusterStore"/> for those of many.
/// Thread-safe. Disposed of by who opened it, after all that watch and announce.</para>
/// <para>A fencing token is the revision at which a key was put with <c>expected: 0</c> and a lease: whoever holds it
/// later has a greater one.</para>
/// </remarks>
/// <exception cref="ServiceException">From every method: <see cref="ErrorCode.Unavailable"/>, the store cannot be
/// reached.</exception>
public interface IClusterStore : IDisposable
{
    /// <summary>All entries whose keys begin with <paramref name="prefix"/>, in the order of their keys.</summary>
    ValueTask<ClusterSnapshot> ReadAsync(string prefix, CancellationToken ct);

    /// <summary>Sets a key.</summary>
    /// <param name="lease">Of <see cref="GrantAsync"/>: the entry goes with it. 0: it stays.</param>
    /// <param name="expected">Only if the key's revision is this one; 0: only if there is no such key; null:
    /// whatever is there.</param>
    /// <returns>The change's revision; null when the key was not as expected, and nothing changed.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: there is no such lease.</exception>
    ValueTask<long?> PutAsync(string key, string value, CancellationToken ct, long lease = 0, long? expected = null);

    /// <summary>Removes a key; false when there was none.</summary>
    ValueTask<bool> DeleteAsync(string key, CancellationToken ct);

    /// <summary>A lease, which ends unless it is kept alive: entries put with it are gone then.</summary>
    /// <param name="ttl">Whole seconds, 1 or more.</param>
    /// <returns>Its number.</returns>
    ValueTask<long> GrantAsync(TimeSpan ttl, CancellationToken ct);

    /// <summary>Begins a lease's time anew; false when it has ended.</summary>
    ValueTask<bool> KeepAliveAsync(long lease, CancellationToken ct);

    /// <summary>Ends a lease now. One that has ended already is fine.</summary>
    ValueTask RevokeAsync(long lease, CancellationToken ct);

    /// <summary>
    /// Changes of keys that begin with <paramref name="prefix"/>, in order, each once, from the one after
    /// <paramref name="after"/> on, until cancelled.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: changes that old are not kept any more;
    /// read again. <see cref="ErrorCode.Unavailable"/>: the store went away; read again, or go on from the last
    /// change.</exception>
    IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, long after, CancellationToken ct);
}

/// <param name="Revision">Of the newest change to the key.</param>
public readonly record struct ClusterEntry(string Key, string Value, long Revision);

/// <param name="Revision">Everything up to this one is in it: watch from here on.</param>
public sealed record ClusterSnapshot(IReadOnlyList<ClusterEntry> Entries, long Revision);

/// <param name="Value">Null when the key was removed, or its lease ended.</param>
public readonly record struct ClusterChange(string Key, string? Value, long Revision);
