using Roost.Rpc;

namespace Roost.Services;

/// <summary>How many days a range has that is counted by days.</summary>
internal static class DayCount
{
    private const int Max = 366;

    /// <returns>1 to 366, the first and the last included.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: more, or none.</exception>
    public static int Of(DateOnly first, DateOnly last)
    {
        var days = last.DayNumber - first.DayNumber + 1;
        return days is >= 1 and <= Max
            ? days
            : throw new ServiceException(ErrorCode.Invalid, $"Days are counted for 1 to {Max}");
    }
}
