using System.Globalization;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Replay.Loading;

/// <summary>
/// Gives posts of the past their ids. Ids begin in 2020; for what is older, the time that goes into the id (and only
/// that) is moved on by whole cycles of 1,461 days, after which dates and weekdays nearly meet again: 4 years.
/// </summary>
/// <remarks>The same times in the same order always give the same ids, which is what lets a broken-off import be
/// resumed.</remarks>
public sealed class IdClock
{
    public const long CycleMilliseconds = 1_461L * 24 * 60 * 60 * 1_000;

    private readonly PostIdSequence _sequence = new(shard: 0);
    private readonly long _shift;

    /// <param name="firstUnixMilliseconds">Time of the first post; the shift is the smallest that brings it to 2020
    /// or later.</param>
    public IdClock(long firstUnixMilliseconds)
    {
        var missing = PostId.EpochUnixMilliseconds - firstUnixMilliseconds;
        _shift = missing <= 0 ? 0 : (missing + CycleMilliseconds - 1) / CycleMilliseconds * CycleMilliseconds;
    }

    /// <summary>What is added to every time for its id; 0 or a multiple of <see cref="CycleMilliseconds"/>.</summary>
    public TimeSpan Shift => TimeSpan.FromMilliseconds(_shift);

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: the time is too far in the future, or so
    /// many posts share a moment that ids ran ahead.</exception>
    public PostId Next(long unixMilliseconds)
    {
        var shifted = unixMilliseconds + _shift;
        if (shifted - PostId.EpochUnixMilliseconds > PostId.MillisecondsMax)
            throw new ServiceException(
                ErrorCode.Invalid,
                $"The source spans too much time: {Utc(unixMilliseconds)} is beyond the last possible "
                + "post id (2089). Split the source.");
        if (!_sequence.TryNext(shifted, out var id))
            throw new ServiceException(
                ErrorCode.Invalid,
                $"More than 4 million posts within a second at {Utc(unixMilliseconds)}: there are not that many "
                + "ids. Spread the times in the source.");
        return id;
    }

    private static string Utc(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("u", CultureInfo.InvariantCulture);
}
