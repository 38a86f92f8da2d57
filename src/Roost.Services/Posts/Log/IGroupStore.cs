using Roost.Rpc;
using Roost.Services.Posts.Log.Table;

namespace Roost.Services.Posts.Log;

/// <summary>
/// What makes a group durable that was written to its segment, and so has the log's truth: the segment's own file
/// (<see cref="FileStore"/>), or a table of a database server, of which the segments are a cache
/// (<see cref="TableStore"/>). For the writer's thread, unless said.
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

    /// <summary>A record that is damaged in its segment, as it should be; it is put back there, too. Any
    /// thread.</summary>
    /// <param name="offset">Where in the segment it begins.</param>
    /// <param name="end">Where the next one begins.</param>
    /// <returns>Not held to what memory knows of it; null when nobody has it any more.</returns>
    /// <exception cref="ServiceException">It cannot be asked for now.</exception>
    byte[]? Mend(Segment segment, uint seq, uint offset, long end);
}

/// <summary>The segment's own file: a group is durable when that is synced.</summary>
internal sealed class FileStore(SegmentWriter writer) : IGroupStore
{
    public void Commit(ReadOnlyMemory<byte> group) => writer.Sync();

    /// <summary>Never unknown: what failed is cut off.</summary>
    public bool? IsStored() => false;

    public byte[]? Mend(Segment segment, uint seq, uint offset, long end) => null;

    public ValueTask DisposeAsync() => default;
}
