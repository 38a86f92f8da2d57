using Microsoft.Win32.SafeHandles;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Reads a log that may not open, and tells which segments hold what is intact and which records are lost. It judges as
/// <see cref="LogRecovery"/> does: a sealed segment whose index is good opens, whatever its records; a torn tail that
/// was never acknowledged is not lost.
/// </summary>
/// <remarks>Changes nothing. Memory: 36 bytes a record, and 48 for each of a damaged segment.</remarks>
internal sealed class LogSurvey
{
    private readonly PostLogOptions _options;
    private readonly LogColumns _columns = new();
    private readonly Dictionary<uint, RecordHeader> _traces = [];
    private readonly Dictionary<uint, long> _named = [];
    private readonly SortedSet<long> _targets = [];
    private readonly List<(uint First, uint Last)> _lost = [];
    private readonly uint _acknowledged;
    private uint _last;

    /// <param name="acknowledged">The newest seq that the durable mark names, or 0.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: not even the order of the segments can
    /// be told; says why.</exception>
    public LogSurvey(PostLogOptions options, uint acknowledged)
    {
        (_options, _acknowledged) = (options, acknowledged);
        var files = LogRecovery.List(options.Directory);
        for (var i = 0; i < files.Length; i++)
        {
            var (path, first) = files[i];
            if (first <= _last)
                throw LogRecovery.Damaged(path, 0, $"it begins with record {first}, which the segment before has, too");
            AddMissing(first - 1);
            Segments.Add(i + 1 < files.Length
                ? LookAtSealed(path, first, files[i + 1].FirstSeq)
                : LookAtNewest(path, first));
        }
        if (files.Length == 0) AddMissing(acknowledged);
        // With those of sealed segments that open it is known whom they are about.
        foreach (var segment in Segments.Where(segment => segment.Intact is null)) FindIdsThatAreNamed(segment);
    }

    public List<SurveyedSegment> Segments { get; } = [];

    /// <summary>The runs of lost records, ascending.</summary>
    public IReadOnlyList<(uint First, uint Last)> Lost => _lost;

    /// <summary>What a lost record's damaged bytes say it was, where they look like a record at all.</summary>
    public RecordHeader? TraceOf(uint seq) => _traces.TryGetValue(seq, out var trace) ? trace : null;

    /// <summary>What stands for a run of lost records. Ids that others name come before what damaged bytes
    /// say.</summary>
    public List<Hole> HolesOf((uint First, uint Last) run)
    {
        var (above, below) = IdsAround(run);
        var traces = _traces.Where(trace => !_named.ContainsKey(trace.Key))
            .Select(trace => KeyValuePair.Create(trace.Key, trace.Value.Id.Value));
        var holes = HolesOf(run, _named.Concat(traces));
        return TargetsBetween(above, below).TrueForAll(id => holes.Exists(hole => hole.Id == id))
            ? holes
            : HolesOf(run, _named);
    }

    private List<Hole> HolesOf((uint First, uint Last) run, IEnumerable<KeyValuePair<uint, long>> ids)
    {
        var holes = new List<Hole>();
        var (above, below) = IdsAround(run);
        var first = run.First;
        foreach (var (seq, id) in ids.Where(known => known.Key >= run.First && known.Key <= run.Last)
            .OrderBy(known => known.Key))
        {
            if (id <= above || id >= below) continue;
            if (first < seq) holes.AddRange(Hole.Fill(first, seq - 1, above, id, TargetsBetween(above, id)));
            holes.Add(new Hole(seq, above = id, IsIdKnown: true));
            first = seq + 1;
        }
        if (first <= run.Last)
            holes.AddRange(Hole.Fill(first, run.Last, above, below, TargetsBetween(above, below)));
        return holes;
    }

    private (long Above, long Below) IdsAround((uint First, uint Last) run) => (
        run.First == 1 ? 0 : _columns[run.First - 1].Id,
        run.Last == _last ? long.MaxValue : _columns[run.Last + 1].Id);

    private List<long> TargetsBetween(long above, long below) =>
        below - above < 2 ? [] : [.. _targets.GetViewBetween(above + 1, below - 1)];

    private void AddMissing(uint last)
    {
        if (_last >= last) return;
        var path = Path.Combine(_options.Directory, SegmentFormat.FileName(_last + 1));
        Segments.Add(new SurveyedSegment(path, _last + 1, last, []));
        Lose(last);
    }

    private SurveyedSegment LookAtSealed(string path, uint first, uint nextFirst)
    {
        var count = nextFirst - first;
        var isGood = SegmentIndex.Load(
            SegmentFormat.IndexPath(path), _columns, first, count, new FileInfo(path).Length) is null;
        if (isGood)
        {
            _columns.Publish(_last = nextFirst - 1);
            return new SurveyedSegment(path, first, _last, null);
        }
        using var file = Disk.OpenForReading(path);
        var intact = ReadIntact(file, first, nextFirst);
        var last = intact.Count == 0 ? first - 1 : intact[^1].Seq;
        // It may have been the segment after this one that is missing; its records then go into a file of their own.
        var isWhole = IsHeaderGood(file, path, first) && intact.Count == last - first + 1;
        if (isWhole && intact.Count > 0 && last < nextFirst - 1)
        {
            Take(intact);
            return new SurveyedSegment(path, first, last, null);
        }
        return Surveyed(path, first, nextFirst - 1, intact, isWhole);
    }

    private SurveyedSegment LookAtNewest(string path, uint first)
    {
        using var file = Disk.OpenForReading(path);
        var isHeaderGood = IsHeaderGood(file, path, first);
        var intact = ReadIntact(file, first, nextFirst: 0);
        DropTornGroup(intact);
        var last = Math.Max(_acknowledged, intact.Count == 0 ? first - 1 : intact[^1].Seq);
        var isWhole = intact.Count == last - (long)first + 1 && (isHeaderGood || intact.Count == 0);
        return Surveyed(path, first, Math.Max(last, first - 1), intact, isWhole);
    }

    private SurveyedSegment Surveyed(string path, uint first, uint last, List<IntactRecord> intact, bool opens)
    {
        Take(intact);
        Lose(last);
        return new SurveyedSegment(path, first, last, opens ? null : intact);
    }

    /// <summary>Of the newest group, if it is not wholly there, nobody was answered, unless the mark says so.</summary>
    private void DropTornGroup(List<IntactRecord> intact)
    {
        if (intact.Count == 0) return;
        var group = intact.Max(record => record.Group);
        var isWhole = intact[^1].EndsGroup && intact[^1].Group == group
            && intact.Count(record => record.Group == group) == intact[^1].Seq - group + 1;
        if (!isWhole) intact.RemoveAll(record => record.Group == group && record.Seq > _acknowledged);
    }

    private List<IntactRecord> ReadIntact(SafeFileHandle file, uint first, uint nextFirst)
    {
        var intact = new List<IntactRecord>();
        var lastId = _last == 0 ? 0 : _columns[_last].Id;
        ScanStart? start = ScanStart.OfSegment(first, lastId);
        while (start is { } from)
        {
            var result = new SegmentScan(file, from).Run((record, offset) =>
            {
                if (nextFirst == 0 || RecordFormat.Seq(record) < nextFirst)
                    intact.Add(IntactRecord.Of(record, offset));
            });
            if (result.Problem is null || (nextFirst != 0 && result.LastSeq >= nextFirst - 1)) break;
            if (intact.Count > 0) lastId = intact[^1].Id;
            NoteTrace(file, result);
            start = SegmentScan.FindLaterRecord(file, result.End, result.LastSeq, lastId);
        }
        return intact;
    }

    private void NoteTrace(SafeFileHandle file, ScanResult result)
    {
        var header = new byte[RecordFormat.HeaderBytes];
        if (SegmentScan.ReadFully(file, header, result.End) < header.Length) return;
        var isLikely = RecordFormat.LengthAt(header) > 0 && RecordFormat.Seq(header) == result.LastSeq + 1
            && RecordFormat.IsAppended(RecordFormat.Header(header).Kind);
        if (isLikely) _traces[result.LastSeq + 1] = RecordFormat.Header(header);
    }

    private bool IsHeaderGood(SafeFileHandle file, string path, uint first)
    {
        var header = new byte[SegmentFormat.HeaderBytes];
        var read = SegmentScan.ReadFully(file, header, 0);
        if (SegmentFormat.ProblemWith(header.AsSpan(0, read), first, _options.Shard) is not { } problem) return true;
        return SegmentFormat.IsIntact(header) ? throw LogRecovery.Damaged(path, 0, problem) : false;
    }

    private void Take(List<IntactRecord> intact)
    {
        foreach (var record in intact)
        {
            Lose(record.Seq - 1);
            _columns.Set(record.Seq, new LogRow { Id = record.Id }, 0);
            _columns.Publish(_last = record.Seq);
            // Records are about earlier ones only: what is not there by now is lost, or never was.
            if (record.Target != 0 && _columns.SeqOf(record.Target, _last) == 0) _targets.Add(record.Target);
        }
    }

    /// <summary>Stands rows in for what is lost up to a seq, with the id before them.</summary>
    private void Lose(uint last)
    {
        if (_last >= last) return;
        _lost.Add((_last + 1, last));
        var id = _last == 0 ? 0 : _columns[_last].Id;
        for (var seq = _last + 1; seq <= last; seq++) _columns.Set(seq, new LogRow { Id = id }, 0);
        _columns.Publish(_last = last);
    }

    private void FindIdsThatAreNamed(SurveyedSegment segment)
    {
        if (_lost.Count == 0 || segment.Last < _lost[0].First) return;
        using var file = Disk.OpenForReading(segment.Path);
        var header = new byte[RecordFormat.HeaderBytes];
        for (var seq = segment.First; seq <= segment.Last; seq++)
        {
            var target = _columns[seq].Target;
            var isLost = target != 0 && _lost.Exists(run => target >= run.First && target <= run.Last);
            if (!isLost || SegmentScan.ReadFully(file, header, _columns.Offset(seq)) < header.Length) continue;
            _named[target] = RecordFormat.Target(header).Value;
        }
    }
}
