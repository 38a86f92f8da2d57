using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// A rule of the log's owner about a record, its place in the log, and what it is about (0 as seq when that is nothing,
/// or not there).
/// </summary>
/// <returns>Null, or what is wrong, in words.</returns>
internal delegate string? RecordRule(ReadOnlySpan<byte> record, in RecordMeta meta, in RecordMeta target);

/// <summary>What a check has read so far, over all segments.</summary>
/// <param name="acknowledged">The newest seq that the durable mark names, 0 when it is not there.</param>
/// <param name="table">What findings call the table that is read; null: segments are.</param>
internal sealed class CheckedRecords(
    PostLogOptions options, uint acknowledged, bool repair, RecordRule? rule, string? table = null)
{
    /// <summary>Name of the log's folder, as findings name it.</summary>
    public string Folder { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(options.Directory));

    public PostLogOptions Options { get; } = options;

    public bool Repair { get; } = repair;

    public uint Acknowledged { get; } = acknowledged;

    public LogColumns Columns { get; } = new();

    public Findings Findings { get; } = new();

    public uint LastSeq { get; private set; }

    public long LastId { get; private set; }

    public long Records { get; private set; }

    public long IndexesRepaired { get; set; }

    /// <summary>Seqs of records that stand for lost ones.</summary>
    public List<uint> Holes { get; } = [];

    /// <summary>How many records are about ones that could not be read.</summary>
    public long AboutUnread { get; private set; }

    public void Find(FindingKind kind, string path, string what) => Findings.Add(kind, NameOf(path), what);

    public void Find(FindingKind kind, string path, long offset, string what) =>
        Findings.Add(kind, PlaceOf(path, offset), what);

    /// <summary>What cannot be read, and can be given up.</summary>
    public void FindLost(string path, string what) =>
        Findings.Add(FindingKind.Damage, NameOf(path), what, WaysOut.AcceptLoss);

    /// <inheritdoc cref="FindLost(string, string)"/>
    public void FindLost(string path, long offset, string what) =>
        Findings.Add(FindingKind.Damage, PlaceOf(path, offset), what, WaysOut.AcceptLoss);

    /// <summary>Takes the next record, its target resolved.</summary>
    /// <param name="offset">In its segment; not 0, which stands for records that cannot be read.</param>
    public void Take(ReadOnlySpan<byte> record, string path, uint offset)
    {
        var target = RecordFormat.Target(record).Value;
        var row = LogRow.Of(record);
        row.Target = Columns.SeqOf(target, LastSeq);
        LastId = row.Id;
        Columns.Set(++LastSeq, row, offset);
        Records++;
        if (row.Kind == RecordKind.Lost) Holes.Add(LastSeq);
        if (target != 0 && row.Target == 0 && IsUnread(target))
        {
            AboutUnread++;
            return;
        }
        var problem = target != 0 && row.Target == 0
            ? $"what it is about, {target}, is not there"
            : rule?.Invoke(record, Columns.Meta(LastSeq), row.Target == 0 ? default : Columns.Meta(row.Target));
        if (problem is null) return;
        Findings.AddAlike(
            FindingKind.Damage, NameOf(path), PlaceOf(path, offset),
            string.Create(CultureInfo.InvariantCulture, $"Record {LastSeq}: {problem}."));
    }

    /// <summary>
    /// Stands rows in for records that cannot be read: they have the id before them, so that ids still ascend.
    /// </summary>
    public void SkipTo(uint seq)
    {
        while (LastSeq + 1 < seq) Columns.Set(++LastSeq, new LogRow { Id = LastId }, 0);
    }

    /// <summary>Whether an id that no record has lies where records could not be read.</summary>
    private bool IsUnread(long id)
    {
        var next = Columns.LowerBound(id, LastSeq);
        return next > 1 && next <= LastSeq && Columns.Offset(next - 1) == 0;
    }

    public string NameOf(string path) => table ?? $"{Folder}/{Path.GetFileName(path)}";

    private string PlaceOf(string path, long offset) =>
        table ?? string.Create(CultureInfo.InvariantCulture, $"{NameOf(path)} at byte {offset}");
}

/// <summary>The check of one segment.</summary>
/// <param name="nextFirst">First seq of the segment after it, 0 for the newest.</param>
internal sealed class SegmentCheck(CheckedRecords state, string path, uint first, uint nextFirst) : IDisposable
{
    private readonly SafeFileHandle _file = Disk.OpenForReading(path);
    private bool _damaged;
    private long _end = SegmentFormat.HeaderBytes;

    private bool IsNewest => nextFirst == 0;

    private bool HasAll => !IsNewest && state.LastSeq >= nextFirst - 1;

    public void Run()
    {
        CheckHeader();
        if (state.LastSeq + 1 < first) Missing(state.LastSeq + 1, first - 1);
        if (state.LastSeq + 1 > first)
            Damage(0, $"It begins with record {first}, which is in the segment before, too.");
        state.SkipTo(first);
        CheckRecords();
        if (!IsNewest && !HasAll && !_damaged) Missing(state.LastSeq + 1, nextFirst - 1);
        if (!IsNewest && !_damaged) CheckIndex(state.LastSeq);
        // What is lost between this one and the next has been told.
        if (!IsNewest) state.SkipTo(nextFirst);
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
            state.Find(FindingKind.Note, path, "A crash came before its header; a start makes it anew.");
        else Damage(0, $"The log does not open with it: {problem}.");
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
                        FindingKind.Note, path, _end,
                        "What follows its last record was never acknowledged; it is not read.");
                return;
            }
            if (result.Problem is null) break;
            start = FindProblem(result);
        }
    }

    /// <returns>Where to go on.</returns>
    private ScanStart? FindProblem(ScanResult result)
    {
        var acknowledged = !IsNewest || state.Acknowledged > result.CompleteSeq
            || SegmentScan.FindLaterGroup(_file, result.End, result.TornGroup) >= 0;
        if (!acknowledged)
        {
            state.Find(
                FindingKind.Note, path, result.CompleteEnd,
                $"What follows record {result.CompleteSeq} is torn and was never acknowledged; a start moves it "
                + "aside.");
            return null;
        }
        var next = SegmentScan.FindLaterRecord(_file, result.End, result.LastSeq, state.LastId);
        var after = next is { } found
            ? $"the next that is intact is record {found.Seq} at offset {found.Offset}"
            : "none after it is intact";
        Damage(result.End, $"Record {result.LastSeq + 1}: {result.Problem}; {after}.");
        if (next is { } goOn) state.SkipTo(goOn.Seq);
        return next;
    }

    private void Take(ReadOnlySpan<byte> record, uint offset)
    {
        // Past the first record of the next segment there is only what a failed sync left.
        if (HasAll) return;
        _end = offset + record.Length;
        state.Take(record, path, offset);
    }

    private void CheckIndex(uint last)
    {
        var index = SegmentFormat.IndexPath(path);
        var wanted = SegmentIndex.Encode(state.Columns, first, last, RandomAccess.GetLength(_file));
        var isThere = File.Exists(index);
        if (isThere && File.ReadAllBytes(index).AsSpan().SequenceEqual(wanted)) return;
        var what = isThere ? "It is not what its segment tells." : "The index of a sealed segment is missing.";
        if (!state.Repair)
        {
            state.Find(FindingKind.Repairable, index, what);
            return;
        }
        try
        {
            new Disk().Replace(index, wanted);
            state.IndexesRepaired++;
            state.Find(FindingKind.Repaired, index, what);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            state.Find(FindingKind.Repairable, index, $"{what} It could not be written: {failure.Message}");
        }
    }

    private void Missing(uint from, uint to) => state.FindLost(
        Path.Combine(state.Options.Directory, SegmentFormat.FileName(from)),
        $"It is missing: {(from == to ? $"record {from} is" : $"records {from} to {to} are")} in no file.");

    private void Damage(long offset, string what)
    {
        _damaged = true;
        state.FindLost(path, offset, what);
    }
}
