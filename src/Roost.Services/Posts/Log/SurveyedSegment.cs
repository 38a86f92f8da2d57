namespace Roost.Services.Posts.Log;

/// <summary>An intact record of a damaged segment.</summary>
/// <param name="Target">Id of what it is about, or 0.</param>
internal readonly record struct IntactRecord(
    uint Seq, uint Group, bool EndsGroup, long Id, long Target, long Offset, int Length)
{
    public static IntactRecord Of(ReadOnlySpan<byte> record, long offset) => new(
        RecordFormat.Seq(record), RecordFormat.Group(record), RecordFormat.EndsGroup(record),
        RecordFormat.Id(record).Value, RecordFormat.Target(record).Value, offset, record.Length);
}

/// <summary>A segment as <see cref="LogSurvey"/> found it.</summary>
/// <param name="Path">Of its file, which may be missing.</param>
/// <param name="Last">The last record that belongs there; <paramref name="First"/> - 1 for none.</param>
/// <param name="Intact">
/// Its records, ascending, when it does not open as it is; null when it does.
/// </param>
internal sealed record SurveyedSegment(string Path, uint First, uint Last, IReadOnlyList<IntactRecord>? Intact);
