using Roost.Engine.Graph;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Graph.Snapshots;

/// <summary>A snapshot that was read and brought up to date, or why it cannot be used.</summary>
/// <param name="Token">Of a snapshot that can be used, else 0; as <paramref name="SnapshotSeq"/>.</param>
internal readonly record struct SnapshotLoad(FollowGraph? Graph, string? Refusal, long Token, long SnapshotSeq)
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ServiceException">The database cannot be read.</exception>
    public static SnapshotLoad Run(string path, SqlDatabase database) =>
        database.Read(session => Run(path, session));

    /// <inheritdoc cref="Run(string, SqlDatabase)"/>
    public static SnapshotLoad Run(string path, SqlSession session)
    {
        var (reader, refusal) = SnapshotReader.Open(path);
        if (reader is null)
            return Refuse(refusal!);
        using (reader)
        {
            var header = reader.Header;
            if (SnapshotStore.VouchedSeq(session, header.Token) is not { } seq || seq != header.Seq)
            {
                return Refuse(
                    "this graph.db does not know it: it is of another database, or of a later state of this one");
            }
            (var graph, refusal) = reader.Load();
            if (graph is null)
                return Refuse(refusal!);
            return SnapshotStore.Replay(session, graph, header.Seq) is null
                ? Refuse("the events after it do not follow from it")
                : new SnapshotLoad(graph, null, header.Token, header.Seq);
        }
    }

    private static SnapshotLoad Refuse(string why) => new(null, why, 0, 0);
}
