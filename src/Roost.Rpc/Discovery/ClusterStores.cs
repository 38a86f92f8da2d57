namespace Roost.Rpc.Discovery;

/// <summary>The store through which processes find each other, by where it is.</summary>
public static class ClusterStores
{
    /// <summary>Opens it.</summary>
    /// <param name="place">The file of a <see cref="SqliteClusterStore"/> (<c>file:///var/lib/roost/cluster.db</c>), or
    /// etcd's members (<c>http://10.0.0.1:2379</c>); one or more.</param>
    /// <exception cref="ServiceException">The file is no such file, or cannot be opened. That etcd is away is told by
    /// each call.</exception>
    public static IClusterStore Open(IReadOnlyList<Uri> place, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(place);
        return place is [{ IsFile: true } file]
            ? new SqliteClusterStore(file.LocalPath, time)
            : new EtcdClusterStore(place, time);
    }
}
