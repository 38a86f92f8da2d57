namespace Roost.Rpc.Admin.Errors;

/// <summary>Which errors somebody should look at first, and for how many they are an incident.</summary>
internal static class ErrorRank
{
    public const int MinutesKept = 60;

    /// <summary>The newest minutes, by which growth and levels are told.</summary>
    public const int RecentMinutes = 5;

    private const double EveryoneShare = 0.1;
    private const int EveryoneMin = 20;

    /// <summary>
    /// What is resolved last; then by level; then by growth times reach, of which every doubling counts as one; then
    /// those with most in the last hour.
    /// </summary>
    public static IReadOnlyList<ErrorReport> Ranked(IEnumerable<ErrorReport> groups) =>
    [
        .. groups.OrderBy(group => group.IsResolved).ThenByDescending(group => group.Level)
            .ThenByDescending(group => group.Growth * (1 + Math.Log2(1 + group.Users)))
            .ThenByDescending(group => group.LastHour).ThenByDescending(group => group.Last)
            .ThenBy(group => group.Fingerprint, StringComparer.Ordinal),
    ];

    public static double GrowthOf(IReadOnlyList<int> minutes)
    {
        long recent = 0;
        long before = 0;
        for (var i = 0; i < minutes.Count; i++)
        {
            if (i < minutes.Count - RecentMinutes) before += minutes[i];
            else recent += minutes[i];
        }
        // One event is always expected: a single one does not grow without bounds.
        return recent / Math.Max(1, (double)before * RecentMinutes / (MinutesKept - RecentMinutes));
    }

    /// <param name="met">Requests that met it in the recent minutes.</param>
    /// <param name="requests">All that ended in them; null where that is not counted.</param>
    public static IncidentLevel LevelOf(long met, long? requests) => met == 0 ? IncidentLevel.Nobody
        : requests is { } all && met >= Math.Max(EveryoneMin, all * EveryoneShare) ? IncidentLevel.Everyone
        : IncidentLevel.Some;
}
