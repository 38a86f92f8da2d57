using Microsoft.Win32.SafeHandles;

namespace Roost.Services.Posts.Log;

/// <summary>What a check has read so far, over all segments.</summary>
internal sealed class CheckedRecords(PostLogOptions options, uint acknowledged, bool repair)
{
    private readonly List<LogFinding> _findings = [];

    public PostLogOptions Options { get; } = options;

    public bool Repair { get; } = repair;

    /// <summary>The newest seq that the durable mark names, 0 when it is not there.</summary>
    public uint Acknowledged { get; } = acknowledged;

    public LogColumns Columns { get; } = new();

    public uint LastSeq { get; private set; }

    public long LastId { get; private set; }

    public long Records { get; private set; }

    public IReadOnlyList<LogFinding> Findings => _findings;

    public void Find(LogFindingKind kind, string path, long offset, string what, bool repaired = false) =>
        _findings.Add(new LogFinding(kind, path, offset, what, repaired));

    /// <summary>Takes the next record, its target resolved.</summary>
    /// <returns>False when it is about a record that is not there.</returns>
    public bool Take(ReadOnlySpan<byte> record, uint offset)
    {
        var target = RecordFormat.Target(record).Value;
        var row = LogRow.Of(record);
        row.Target = Columns.SeqOf(target, LastSeq);
        LastId = row.Id;
        Columns.Set(++LastSeq, row, offset);
        Records++;
        return target == 0 || row.Target != 0;
    }

    /// <summary>
    /// Stands rows in for records that cannot be read: they have the id before them, so that ids still ascend.
    /// </summary>
    public void SkipTo(uint seq)
    {
        while (LastSeq + 1 < seq) Columns.Set(++LastSeq, new LogRow { Id = LastId }, 0);
    }
}

/// <summary>The check of one segment.</summary>
/// <param name="nextFirst">First seq of the segment after it, 0 for the newest.</param>
internal sealed class SegmentCheck(CheckedRecords state, string path, uint first, uint nextFirst) : IDisposable
{
    private readonly SafeFileHandle _file = LogDisk.OpenForReading(path);
    private bool _damaged;
    private long _end = SegmentFormat.HeaderBytes;
    private (long Count, uint Seq, long Offset) _dangling;

    private bool IsNewest => nextFirst == 0;

    private bool HasAll => !IsNewest && state.LastSeq >= nextFirst - 1;

    public void Run()
    {
        CheckHeader();
        if (state.LastSeq + 1 < first)
            Damage(0, $"it begins with record {first}; {state.LastSeq + 1} to {first - 1} are in no segment");
        if (state.LastSeq + 1 > first) Damage(0, $"it begins with record {first}, which is in the segment before, too");
        state.SkipTo(first);
        CheckRecords();
        if (_dangling.Count > 0)
        {
            state.Find(
                LogFindingKind.Damage, path, _dangling.Offset,
                $"{_dangling.Count} records are about records that are not there; the first is record {_dangling.Seq}");
        }
        if (HasAll && !_damaged) CheckIndex();
    }

    public void Dispose() => _file.Dispose();

    private void CheckHeader()
    {
        var header = new byte[SegmentFormat.HeaderBytes];
        var read = SegmentScan.ReadFully(_file, header, 0);
        if (SegmentFormat.ProblemWith(header.AsSpan(0, read), first, state.Options.Shard) is not { } problem) return;
        var isRemnant = IsNewest && !SegmentFormat.IsIntact(header) && state.Acknowledged < first
            && SegmentScan.FindLaterGroup(_file, 0, first - 1) < 0;
        if (isRemnant)
            state.Find(LogFindingKind.Note, path, 0, "a crash came before its header; a start makes it anew");
        else Damage(0, problem);
    }

    /// <summary>Reads to the end, going on after what is bad with what is intact.</summary>
    private void CheckRecords()
    {
        ScanStart? start = ScanStart.OfSegment(state.LastSeq + 1, state.LastId);
        while (start is { } from)
        {
            start = null;
            var result = new SegmentScan(_file, from).Run(Take);
            if (HasAll)
            {
                if (result.FileBytes > _end)
                    state.Find(
                        LogFindingKind.Note, path, _end,
                        "what follows its last record was never acknowledged; it is not read");
                return;
            }
            if (result.Problem is null) break;
            start = FindProblem(result);
        }
        if (!IsNewest && !HasAll && !_damaged)
            Damage(_end, $"it ends with record {state.LastSeq}; records to {nextFirst - 1} belong there");
    }

    /// <returns>Where to go on.</returns>
    private ScanStart? FindProblem(ScanResult result)
    {
        var acknowledged = !IsNewest || state.Acknowledged > result.CompleteSeq
            || SegmentScan.FindLaterGroup(_file, result.End, result.TornGroup) >= 0;
        if (!acknowledged)
        {
            state.Find(
                LogFindingKind.Note, path, result.CompleteEnd,
                $"what follows record {result.CompleteSeq} is torn and was never acknowledged; a start moves it aside");
            return null;
        }
        var next = SegmentScan.FindLaterRecord(_file, result.End, result.LastSeq, state.LastId);
        var after = next is { } found
            ? $"the next that is intact is record {found.Seq} at offset {found.Offset}"
            : "none after it is intact";
        Damage(result.End, $"record {result.LastSeq + 1}: {result.Problem}; {after}");
        if (next is { } goOn) state.SkipTo(goOn.Seq);
        return next;
    }

    private void Take(ReadOnlySpan<byte> record, uint offset)
    {
        // Past the first record of the next segment there is only what a failed sync left.
        if (HasAll) return;
        _end = offset + record.Length;
        if (state.Take(record, offset)) return;
        if (_dangling.Count == 0) _dangling = (0, state.LastSeq, offset);
        _dangling.Count++;
    }

    private void CheckIndex()
    {
        var index = SegmentFormat.IndexPath(path);
        var wanted = SegmentIndex.Encode(state.Columns, first, nextFirst - 1, RandomAccess.GetLength(_file));
        var isThere = File.Exists(index);
        if (isThere && File.ReadAllBytes(index).AsSpan().SequenceEqual(wanted)) return;
        if (state.Repair) new LogDisk().Replace(index, wanted);
        state.Find(
            LogFindingKind.Rebuildable, index, 0,
            isThere ? "the index is not what its segment tells" : "the index of a sealed segment is missing",
            state.Repair);
    }

    private void Damage(long offset, string what)
    {
        _damaged = true;
        state.Find(LogFindingKind.Damage, path, offset, what);
    }
}
