using Roost.Rpc;

namespace Roost.Services.Posts.Log;

/// <summary>What a finding means for who has to act.</summary>
public enum LogFindingKind
{
    /// <summary>Nothing is wrong, but the operator may want to know.</summary>
    Note,
    /// <summary>Something that can be made again from the log is missing or wrong.</summary>
    Rebuildable,
    /// <summary>Records are damaged or missing: only a backup has them.</summary>
    Damage,
}

/// <summary>One thing that <see cref="PostLogCheck"/> found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where in it, in bytes.</param>
/// <param name="What">In words, for the operator.</param>
/// <param name="Repaired">Whether it was mended just now.</param>
public sealed record LogFinding(LogFindingKind Kind, string Path, long Offset, string What, bool Repaired = false);

/// <param name="Records">Intact records read.</param>
/// <param name="LastSeq">The newest of them.</param>
/// <param name="Bytes">Length of all segments.</param>
public sealed record LogCheckReport(
    long Records, uint LastSeq, int Segments, long Bytes, IReadOnlyList<LogFinding> Findings)
{
    /// <summary>Whether nothing is wrong that was not mended.</summary>
    public bool IsSound => Findings.All(finding => finding.Kind == LogFindingKind.Note || finding.Repaired);
}

/// <summary>
/// Verifies the directory of a log that no process has open, reading every byte: headers, checksums, dense seqs, whole
/// groups, ascending ids, targets, that all that was acknowledged is there, and that each index is exactly what its
/// segment tells. After a bad record it goes on with the next intact one. Repairs indexes only; records are never
/// touched.
/// </summary>
public static class PostLogCheck
{
    /// <param name="options">Directory and shard; the other settings do not matter.</param>
    /// <param name="repair">Whether to make missing and wrong indexes again.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.NotFound"/>: no such directory. <see cref="ErrorCode.Conflict"/>: a process has the log
    /// open. <see cref="ErrorCode.DataDamaged"/>: a file has a segment's ending, but not its name.
    /// </exception>
    /// <exception cref="IOException">The disk cannot be read, or an index not written.</exception>
    public static LogCheckReport Run(PostLogOptions options, bool repair, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (!Directory.Exists(options.Directory))
            throw new ServiceException(
                ErrorCode.NotFound, $"There is no post log in {options.Directory}. Name the data directory.");

        using var mark = File.Exists(Path.Combine(options.Directory, DurableMark.FileName))
            ? DurableMark.Open(options.Directory, new LogDisk())
            : null;
        var files = LogRecovery.List(options.Directory);
        var state = new CheckedRecords(options, mark?.LastSeq ?? 0, repair);
        for (var i = 0; i < files.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            using var check = new SegmentCheck(
                state, files[i].Path, files[i].FirstSeq, i + 1 < files.Length ? files[i + 1].FirstSeq : 0);
            check.Run();
        }
        if (mark is not null && mark.LastSeq > state.LastSeq)
        {
            state.Find(
                LogFindingKind.Damage, mark.Path, 0,
                $"records up to {mark.LastSeq} were acknowledged, but the newest that is there is {state.LastSeq}");
        }
        NoteOtherFiles(options.Directory, files, state);
        return new LogCheckReport(
            state.Records, state.LastSeq, files.Length, files.Sum(file => new FileInfo(file.Path).Length),
            state.Findings);
    }

    private static void NoteOtherFiles(string directory, (string Path, uint FirstSeq)[] segments, CheckedRecords state)
    {
        var indexes = segments.Select(segment => SegmentFormat.IndexPath(segment.Path)).ToHashSet();
        foreach (var path in Directory.EnumerateFiles(directory).Order())
        {
            var extension = Path.GetExtension(path);
            if (extension == SegmentFormat.IndexExtension && !indexes.Contains(path))
                state.Find(LogFindingKind.Note, path, 0, "it is the index of a segment that is not there");
            else if (extension == ".tmp")
                state.Find(
                    LogFindingKind.Note, path, 0, "it is what a crash left of a file being written; it may be deleted");
            else if (extension == ".bin" && Path.GetFileName(path).StartsWith("cut-", StringComparison.Ordinal))
                state.Find(
                    LogFindingKind.Note, path, 0,
                    "it holds a torn tail, never acknowledged, that a start cut off; it may be deleted");
        }
    }
}
