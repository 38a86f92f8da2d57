using Roost.Engine.Ids;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Stands in the log for a record that was lost, when the operator accepted the loss (<see cref="LogSalvage"/>): so
/// seqs stay dense, and whatever is about the lost record still finds it, to be told that it is damaged.
/// </summary>
/// <param name="Seq">Of the lost record.</param>
/// <param name="Id">The lost record's where something tells it; else one of those it may have had.</param>
/// <param name="IsIdKnown">Whether <paramref name="Id"/> is the lost record's.</param>
internal readonly record struct Hole(uint Seq, long Id, bool IsIdKnown)
{
    public int Encode(Span<byte> record)
    {
        var header = new RecordHeader(
            RecordKind.Lost, 0, new PostId(Id), new PostId(Id).UnixMilliseconds, default, default, default, 0);
        RecordFormat.Encode(record, Seq, Seq, header, []);
        RecordFormat.EndGroup(record[..RecordFormat.HeaderBytes]);
        return RecordFormat.HeaderBytes;
    }

    /// <summary>
    /// The holes of a run of seqs. Where ids are known they take them in order; the others get ids between their
    /// neighbours', of which there are enough, since as many were there.
    /// </summary>
    /// <param name="previousId">Id of the record before the run, 0 for none.</param>
    /// <param name="nextId">Id of the record after it, <see cref="long.MaxValue"/> for none.</param>
    /// <param name="known">Ids in between that were the lost records', ascending. More than fit are left out.</param>
    public static List<Hole> Fill(uint first, uint last, long previousId, long nextId, IReadOnlyList<long> known)
    {
        var count = (int)(last - first + 1);
        var knownCount = Math.Min(known.Count, count);
        var toMake = count - knownCount;
        var holes = new List<Hole>(count);
        var id = previousId;
        for (var i = 0; i <= knownCount; i++)
        {
            var above = i < knownCount ? known[i] : nextId;
            for (; toMake > 0 && After(id) < above; toMake--) holes.Add(new Hole(Next(), id = After(id), false));
            if (i < knownCount) holes.Add(new Hole(Next(), id = above, true));
        }
        return holes;

        uint Next() => first + (uint)holes.Count;
    }

    private static long After(long id)
    {
        var after = new PostId(id);
        return after.Sequence < PostId.SequenceMax
            ? id + 1
            : PostId.Create(after.UnixMilliseconds + 1, after.Shard, 0).Value;
    }
}
