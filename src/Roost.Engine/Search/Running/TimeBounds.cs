using Roost.Engine.Search.Queries;

namespace Roost.Engine.Search.Running;

/// <summary>
/// The time that every match of a query lies in, as far as its outermost parts tell: where a walk may begin and end.
/// </summary>
internal static class TimeBounds
{
    public static (long From, long Until) Of(QueryNode query)
    {
        if (query is TimeNode time)
            return (time.From, time.Until);
        var (from, until) = (long.MinValue, long.MaxValue);
        if (query is AndNode and)
        {
            foreach (var part in and.Parts.Span)
            {
                var (partFrom, partUntil) = Of(part);
                (from, until) = (Math.Max(from, partFrom), Math.Min(until, partUntil));
            }
        }
        return (from, until);
    }
}
