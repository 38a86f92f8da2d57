using Roost.Engine.Graph;
using Roost.Services.Storage;

namespace Roost.Services.Graph.Snapshots;

/// <summary>The offline check of <c>graph.snapshot</c>: whether a start would take it, and then has the right
/// graph.</summary>
internal static class SnapshotCheck
{
    /// <param name="expected">Of the table.</param>
    /// <returns>Whether it should be removed; a finding says why. One that a start refuses anyway is only
    /// noted.</returns>
    public static bool Look(SqlSession session, string path, FollowGraph expected, Findings findings)
    {
        if (!File.Exists(path)) return false;
        try
        {
            var loaded = SnapshotLoad.Run(path, session);
            if (loaded.Graph is null)
            {
                findings.Add(
                    FindingKind.Note, GraphSnapshots.FileName,
                    $"It cannot be used: {loaded.Refusal}. A start reads the graph from graph.db instead, which takes "
                    + "longer, and writes a new one; nothing is lost.");
                return false;
            }
            if (loaded.Graph.Freeze().IsSame(expected.Freeze())) return false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            findings.Add(FindingKind.Note, GraphSnapshots.FileName, $"It cannot be read: {failure.Message}");
            return false;
        }
        findings.Add(
            FindingKind.Repairable, GraphSnapshots.FileName,
            "It has other follows than graph.db, though its checksums are right. The data is right and Roost is not: "
            + "please report it. Remove the file, or repair; a start makes it again.");
        return true;
    }

    public static IReadOnlyList<string> Mend(SqlSession session, string path)
    {
        SnapshotStore.Disown(session);
        File.Delete(path);
        return [$"{GraphSnapshots.FileName} was removed; the next start makes it again."];
    }
}
