using System.Globalization;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log.Table;

/// <summary>
/// Verifies a log whose truth is in a table while no server runs: every record there, as <see cref="PostLogCheck"/>
/// verifies those in files, and then that the files of the data directory, which are a cache, have the very same. What
/// is wrong with the files a repair removes: the next start fetches it.
/// </summary>
/// <remarks>Reads all of the table and all of the files. Memory: 72 bytes a record.</remarks>
/// <param name="rule">What else must hold for every record.</param>
internal sealed class TableCheck(DataDirectory data, PostLogOptions options, RecordRule rule, CancellationToken ct)
{
    private readonly string _schema = data.Database!.Server.SchemaOf(PostsService.Folder);
    private readonly SortedSet<string> _removed = [];
    private CheckedRecords? _table;
    private uint? _group;
    private long _ahead;

    /// <exception cref="ServiceException">Another process has the table, or it or the files cannot be read; says
    /// why.</exception>
    public CheckReport Run(bool repair)
    {
        var report = new SqlCheck(data, PostsService.Folder, "Posts", Look).Run(repair);
        if (_table is null || !Directory.Exists(options.Directory)) return report;
        var cache = PostLogCheck.Run(report.Part, options, repair, CompareWithTable, ct);
        var findings = cache.Findings.Select(finding => Judge(finding, repair)).OfType<Finding>().ToList();
        AddEnds(findings, cache.Counts.First(count => count.Noun == "records").Count);
        return report with
        {
            Findings = [.. report.Findings, .. findings],
            Done =
            [
                .. report.Done, .. cache.Done,
                .. _removed.Select(path => $"{path} was removed: the next start fetches what it held."),
            ],
        };
    }

    private SqlLook Look(SqlSession session)
    {
        var table = _table = new CheckedRecords(options, 0, repair: false, rule, _schema);
        (_group, _ahead) = (1, 0);
        var bytes = 0L;
        LogTable.Read(session, 1, uint.MaxValue, (seq, record) =>
        {
            ct.ThrowIfCancellationRequested();
            bytes += record.Length;
            Take(table, (uint)seq, record);
            return true;
        });
        if (_group is { } group && group <= table.LastSeq)
            table.Find(FindingKind.Damage, _schema, $"The group of records from {group} on is not whole.");
        NoteHoles(table);
        return new SqlLook([("records", table.Records), ("bytes", bytes)], table.Findings.All, null);
    }

    private void Take(CheckedRecords table, uint seq, byte[] record)
    {
        if (seq > table.LastSeq + 1)
        {
            table.Find(
                FindingKind.Damage, _schema,
                $"It is not whole: records {table.LastSeq + 1} to {seq - 1} are missing.");
            table.SkipTo(seq);
            _group = null;
        }
        var isHeaded = record.Length >= RecordFormat.HeaderBytes;
        var group = _group ?? (isHeaded ? RecordFormat.Group(record) : seq);
        if (TableGroups.ProblemWith(seq, record, seq, group, table.LastId) is { } problem)
        {
            table.Find(FindingKind.Damage, _schema, $"Record {seq}: {problem}.");
            table.SkipTo(seq + 1);
            _group = null;
            return;
        }
        table.Take(record, _schema, DigestOf(record));
        _group = RecordFormat.EndsGroup(record) ? seq + 1 : group;
    }

    private static void NoteHoles(CheckedRecords table)
    {
        if (table.Holes is not [var first, ..]) return;
        table.Find(
            FindingKind.Note, "",
            $"Records that were lost, which was accepted, and are told as damaged when asked for: {table.Holes.Count}, "
            + $"from record {first} to {table.Holes[^1]}.");
    }

    private string? CompareWithTable(ReadOnlySpan<byte> record, in RecordMeta meta, in RecordMeta target)
    {
        if (meta.Seq > _table!.LastSeq)
        {
            _ahead++;
            return null;
        }
        // Of what is damaged in the table was told.
        var there = _table.Columns.Offset(meta.Seq);
        return there == 0 || there == DigestOf(record) ? null : "it is not what the database has";
    }

    /// <summary>What a finding about the files means, when they are a cache; null when nothing.</summary>
    private Finding? Judge(Finding finding, bool repair)
    {
        if (finding.Kind != FindingKind.Damage) return finding;
        var name = Path.GetFileName(finding.Where.Split(' ')[0]);
        // How far acknowledged records reach is held to the table.
        if (name == DurableMark.FileName) return null;
        if (!SegmentFormat.TryParseName(name, out _)) return finding;
        var path = Path.Combine(options.Directory, name);
        if (repair && File.Exists(path)) Remove(path);
        var isMended = _removed.Contains(path) || !File.Exists(path);
        return finding with
        {
            Kind = isMended && repair ? FindingKind.Repaired : FindingKind.Repairable,
            What = $"{finding.What} The database has it; a start without this file fetches it.",
            WayOut = null,
        };
    }

    private void Remove(string path)
    {
        try
        {
            File.Delete(path);
            File.Delete(SegmentFormat.IndexPath(path));
            _removed.Add(path);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw new ServiceException(
                ErrorCode.Unavailable, $"{path} could not be removed: {failure.Message}", inner: failure);
        }
    }

    private void AddEnds(List<Finding> findings, long cached)
    {
        var acknowledged = Acknowledged();
        var last = _table!.LastSeq;
        if (acknowledged > last)
        {
            findings.Add(new Finding(
                FindingKind.Damage, _schema,
                Number($"It ends with record {last}, and records up to {acknowledged} were acknowledged: the database ")
                + "was put back to an older state, or is another one.")
            {
                WayOut = $"Restore a newer backup of the database; or, to go on with what it has, remove "
                    + $"{options.Directory}: it is made again.",
            });
        }
        else if (_ahead > 0)
        {
            findings.Add(new Finding(
                FindingKind.Note, options.Directory,
                Number($"{_ahead} records were written just before a crash and never acknowledged; a start cuts them ")
                + "off."));
        }
        if (_table.Records - (cached - _ahead) is > 0 and var missing)
        {
            findings.Add(new Finding(
                FindingKind.Note, options.Directory,
                Number($"{missing} records are in the database only; a start fetches them.")));
        }
    }

    private uint Acknowledged()
    {
        if (!File.Exists(Path.Combine(options.Directory, DurableMark.FileName))) return 0;
        using var mark = DurableMark.Open(options.Directory, new Disk());
        return mark.LastSeq;
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Of an intact record, over all its bytes; never 0, which stands for one that could not be
    /// read.</summary>
    private static uint DigestOf(ReadOnlySpan<byte> record) => RecordFormat.Checksum(record) | 1;
}
