using Roost.Rpc;

namespace Roost.Services.Posts.Log;

/// <summary>
/// What makes a group durable that was written to its segment, and so has the log's truth: the segment's own file
/// (<see cref="FileStore"/>), or something of which the segments are a cache. For the writer's thread.
/// </summary>
internal interface IGroupStore : IAsyncDisposable
{
    /// <summary>Returns when the group is durable.</summary>
    /// <param name="group">All its records; lent.</param>
    /// <exception cref="ServiceException">It is not stored; with <see cref="ServiceException.MayBeDone"/> nobody knows,
    /// and <see cref="IsStored"/> is to be asked before anything else is written.</exception>
    /// <exception cref="IOException">It is not stored.</exception>
    void Commit(ReadOnlyMemory<byte> group);

    /// <summary>Whether the group that was given last is stored; null while that cannot be told.</summary>
    bool? IsStored();
}

/// <summary>The segment's own file: a group is durable when that is synced.</summary>
internal sealed class FileStore(SegmentWriter writer) : IGroupStore
{
    public void Commit(ReadOnlyMemory<byte> group) => writer.Sync();

    /// <summary>Never unknown: what failed is cut off.</summary>
    public bool? IsStored() => false;

    public ValueTask DisposeAsync() => default;
}
