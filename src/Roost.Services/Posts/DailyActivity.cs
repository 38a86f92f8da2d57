using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>Counts records by days, from what memory holds of them.</summary>
internal sealed class DailyActivity(PostLog log)
{
    private const long DayMilliseconds = 24 * 3600 * 1000;

    public DayActivity[] Count(CountActivity request, Call call)
    {
        var days = DayCount.Of(request.First, request.Last);
        var counts = new DayActivity[days];
        var from = new DateTimeOffset(request.First, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var start = Math.Max(from, PostId.EpochUnixMilliseconds);
        var end = log.LastSeq;
        for (var seq = log.LowerBound(PostId.Create(start, 0, 0)); seq <= end; seq++)
        {
            if ((seq & 0xffff) == 0) call.Cancellation.ThrowIfCancellationRequested();
            var record = log[seq];
            var day = (record.Id.UnixMilliseconds - from) / DayMilliseconds;
            if (day >= days) break;
            var (posts, interactions) = counts[day];
            if (record.Kind is RecordKind.Post or RecordKind.Boost) posts++;
            if (IsInteraction(record)) interactions++;
            counts[day] = new DayActivity(posts, interactions);
        }
        return counts;
    }

    private static bool IsInteraction(in RecordMeta record) => record.Kind switch
    {
        RecordKind.Boost or RecordKind.Favourite => true,
        RecordKind.Post => !record.Answered.IsNone && record.Answered != record.Author,
        _ => false,
    };
}
