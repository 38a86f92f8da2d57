using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Verifies the directory of a log that no process has open, reading every byte: headers, checksums, dense seqs, whole
/// groups, ascending ids, targets, that all that was acknowledged is there, and that each index is exactly what its
/// segment tells. After a bad record it goes on with the next intact one. Repairs indexes only; records are never
/// touched.
/// </summary>
/// <remarks>Memory: 36 bytes a record, and the longest segment.</remarks>
internal static class PostLogCheck
{
    /// <param name="part">Which part of the data the report is about.</param>
    /// <param name="options">Directory and shard; the other settings do not matter.</param>
    /// <param name="repair">Whether to make missing and wrong indexes again.</param>
    /// <param name="rule">What else must hold for every record; null for nothing.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.NotFound"/>: no such directory. <see cref="ErrorCode.Conflict"/>: a process has the log
    /// open. <see cref="ErrorCode.StorageFull"/> or <see cref="ErrorCode.Unavailable"/>: the directory cannot be used.
    /// </exception>
    public static CheckReport Run(
        string part, PostLogOptions options, bool repair, RecordRule? rule, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (!Directory.Exists(options.Directory))
            throw new ServiceException(
                ErrorCode.NotFound, $"There is no post log in {options.Directory}. Name the data directory.");

        using var mark = File.Exists(Path.Combine(options.Directory, DurableMark.FileName))
            ? DurableMark.Open(options.Directory, new Disk())
            : null;
        var state = new CheckedRecords(options, mark?.LastSeq ?? 0, repair, rule);
        var files = ListSegments(options.Directory, state);
        for (var i = 0; i < files.Length; i++)
        {
            ct.ThrowIfCancellationRequested();
            CheckSegment(state, files[i].Path, files[i].FirstSeq, i + 1 < files.Length ? files[i + 1].FirstSeq : 0);
        }
        NoteHoles(state);
        CheckMark(Path.Combine(options.Directory, DurableMark.FileName), mark, state);
        NoteOtherFiles(options.Directory, files, state);
        return new CheckReport(
            part,
            [
                ("records", state.Records), ("segments", files.Length),
                ("bytes", files.Sum(file => new FileInfo(file.Path).Length)),
            ],
            state.Findings.All,
            state.IndexesRepaired == 0
                ? []
                : [state.IndexesRepaired == 1
                    ? "1 index was made again from its segment."
                    : $"{state.IndexesRepaired} indexes were made again from their segments."]);
    }

    private static (string Path, uint FirstSeq)[] ListSegments(string directory, CheckedRecords state)
    {
        var segments = new List<(string Path, uint FirstSeq)>();
        foreach (var path in Directory.EnumerateFiles(directory, "*" + SegmentFormat.Extension).Order())
        {
            if (SegmentFormat.TryParseName(path, out var first)) segments.Add((path, first));
            else
            {
                state.Findings.Add(
                    FindingKind.Damage, state.NameOf(path),
                    "This is not the name of a segment, and the log does not open with it.",
                    $"Move {path} away if it is not a segment, else give it its name back.");
            }
        }
        return [.. segments.OrderBy(segment => segment.FirstSeq)];
    }

    private static void CheckSegment(CheckedRecords state, string path, uint first, uint nextFirst)
    {
        try
        {
            using var check = new SegmentCheck(state, path, first, nextFirst);
            check.Run();
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            state.Find(FindingKind.Damage, path, $"It cannot be read: {failure.Message}");
            if (nextFirst != 0) state.SkipTo(nextFirst);
        }
    }

    private static void NoteHoles(CheckedRecords state)
    {
        if (state.AboutUnread > 0)
        {
            state.Findings.Add(
                FindingKind.Note, state.Folder,
                $"Records that are about ones that cannot be read: {state.AboutUnread}. They are whole themselves.");
        }
        if (state.Holes is not [var first, ..]) return;
        state.Findings.Add(
            FindingKind.Note, state.Folder,
            $"Records that were lost, which was accepted, and are told as damaged when asked for: {state.Holes.Count}, "
            + $"from record {first} to {state.Holes[^1]}.");
    }

    private static void CheckMark(string path, DurableMark? mark, CheckedRecords state)
    {
        if (state.Acknowledged > state.LastSeq)
        {
            state.FindLost(
                path,
                $"Records up to {state.Acknowledged} were acknowledged, but the newest that is there is "
                + $"{state.LastSeq}.");
        }
        if (state.Acknowledged != 0 || state.LastSeq == 0) return;
        state.Find(
            FindingKind.Note, path,
            $"It is {(mark is null ? "missing" : "not readable")}, so a lost end of the newest segment could not be "
            + "told from one that never was. The next post makes it again.");
    }

    private static void NoteOtherFiles(string directory, (string Path, uint FirstSeq)[] segments, CheckedRecords state)
    {
        var indexes = segments.Select(segment => SegmentFormat.IndexPath(segment.Path)).ToHashSet();
        foreach (var path in Directory.EnumerateFiles(directory).Order())
        {
            var extension = Path.GetExtension(path);
            if (extension == SegmentFormat.IndexExtension && !indexes.Contains(path))
                state.Find(FindingKind.Note, path, "It is the index of a segment that is not there.");
            else if (extension == ".tmp")
                state.Find(
                    FindingKind.Note, path, "It is what a crash left of a file being written; it may be deleted.");
            else if (extension == ".bin" && Path.GetFileName(path).StartsWith("cut-", StringComparison.Ordinal))
                state.Find(
                    FindingKind.Note, path,
                    "It holds a torn tail, never acknowledged, that a start cut off; it may be deleted.");
            else if (extension == ".bin" && Path.GetFileName(path).StartsWith("damaged-", StringComparison.Ordinal))
                state.Find(
                    FindingKind.Note, path,
                    "It is a damaged segment as it was before its loss was accepted; it may be deleted.");
        }
    }
}
