using System.Globalization;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>What a salvage found lost, and did; a sentence each.</summary>
internal sealed record SalvageReport(IReadOnlyList<string> Lost, IReadOnlyList<string> Done);

/// <summary>
/// Makes a log that does not open open again, at the price of what is lost. Every intact record stays in its place; a
/// <see cref="Hole"/> takes the place of each that is not.
/// <list type="number">
/// <item>A segment that does not open is copied whole to <c>damaged-&lt;segment&gt;.bin</c>.</item>
/// <item>It is written anew from its intact records and holes, aside, and takes the old one's name; its index, which
/// was wrong or missing, goes. A segment that is missing is made of holes.</item>
/// </list>
/// </summary>
/// <remarks>
/// Broken off anywhere it is completed by running it again. Records that were regrouped stand each for itself: what
/// they were committed with was durable long ago.
/// </remarks>
internal sealed class LogSalvage(PostLogOptions options, Disk disk)
{
    private const int IdsToldMax = 20;

    private readonly List<string> _lost = [];
    private readonly List<string> _done = [];

    /// <param name="write">False to only tell what would be lost.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.DataDamaged"/>: it cannot be salvaged; says why. <see cref="ErrorCode.Conflict"/>: a
    /// process has the log open. Else the disk failed.
    /// </exception>
    public SalvageReport Run(bool write)
    {
        if (!File.Exists(Path.Combine(options.Directory, DurableMark.FileName)))
            return Run(new LogSurvey(options, 0), write);
        using var mark = DurableMark.Open(options.Directory, disk);
        return Run(new LogSurvey(options, mark.LastSeq), write);
    }

    private SalvageReport Run(LogSurvey survey, bool write)
    {
        var holes = new Dictionary<uint, Hole>();
        foreach (var run in survey.Lost)
        {
            var itsHoles = survey.HolesOf(run);
            foreach (var hole in itsHoles) holes.Add(hole.Seq, hole);
            _lost.Add(Tell(survey, run, itsHoles));
        }
        if (write)
        {
            foreach (var segment in survey.Segments.Where(segment => segment.Intact is not null))
                Rewrite(segment, holes);
        }
        return new SalvageReport(_lost, _done);
    }

    private void Rewrite(SurveyedSegment segment, Dictionary<uint, Hole> holes)
    {
        try
        {
            byte[] old = [];
            if (File.Exists(segment.Path))
            {
                old = File.ReadAllBytes(segment.Path);
                var aside = LogRecovery.FreeName(Path.Combine(
                    options.Directory, $"damaged-{Path.GetFileNameWithoutExtension(segment.Path)}.bin"));
                disk.Replace(aside, old);
                _done.Add($"{segment.Path} as it was is kept in {aside}.");
            }
            disk.Replace(segment.Path, Compose(segment, old, holes));
            File.Delete(SegmentFormat.IndexPath(segment.Path));
            _done.Add($"{segment.Path} was written anew from its {Count(segment.Intact!.Count, "intact record")} and "
                + $"{Count(segment.Last - segment.First + 1 - segment.Intact.Count, "hole")}.");
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw new ServiceException(
                Disk.IsFull(failure) ? ErrorCode.StorageFull : ErrorCode.Unavailable,
                "The post log could not be made whole; what was done so far is complete, and the same command goes on "
                + "from there.", $"{segment.Path}: {failure.Message}", failure);
        }
    }

    private byte[] Compose(SurveyedSegment segment, byte[] old, Dictionary<uint, Hole> holes)
    {
        var records = segment.Intact!.ToDictionary(record => record.Seq);
        using var bytes = new MemoryStream(old.Length);
        bytes.Write(SegmentFormat.Header(segment.First, options.Shard));
        Span<byte> hole = stackalloc byte[RecordFormat.HeaderBytes];
        for (var seq = segment.First; seq <= segment.Last; seq++)
        {
            if (records.TryGetValue(seq, out var kept))
            {
                var record = old.AsSpan((int)kept.Offset, kept.Length);
                RecordFormat.StandAlone(record);
                bytes.Write(record);
            }
            else
            {
                bytes.Write(hole[..holes[seq].Encode(hole)]);
            }
        }
        return bytes.ToArray();
    }

    private static string Tell(LogSurvey survey, (uint First, uint Last) run, List<Hole> holes)
    {
        var what = run.First == run.Last
            ? $"Record {run.First}"
            : $"Records {run.First} to {run.Last} ({Count(run.Last - run.First + 1, "record")})";
        var known = holes.Where(hole => hole.IsIdKnown).ToList();
        var told = string.Join(", ", known.Take(IdsToldMax).Select(hole => Describe(hole, survey.TraceOf(hole.Seq))));
        if (known.Count > IdsToldMax) told += $", and {Count(known.Count - IdsToldMax, "more id")}";
        var ids = known.Count == 0
            ? holes.Count == 1 ? "its id is not known" : "their ids are not known"
            : known.Count == holes.Count
                ? $"{(known.Count == 1 ? "id" : "ids")} {told}"
                : $"of their ids are known {told}";
        return $"{what}: {ids}.";
    }

    private static string Describe(Hole hole, RecordHeader? trace) => trace is { Author.IsNone: false } was
        ? string.Create(CultureInfo.InvariantCulture,
            $"{hole.Id} (its bytes say: a {was.Kind} of account {was.Author}, but they are damaged)")
        : hole.Id.ToString(CultureInfo.InvariantCulture);

    private static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");
}
