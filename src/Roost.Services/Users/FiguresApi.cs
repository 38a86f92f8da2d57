using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>
/// What is counted of the people of a community. Days are UTC's; a range has its first and its last day, at most 366
/// (<see cref="ErrorCode.Invalid"/>: more, or none).
/// </summary>
/// <param name="Visits">By weeks.</param>
/// <param name="Joins">How many joined on each day.</param>
/// <param name="Active">How many came on each day.</param>
/// <param name="Retention">Of those who joined in each period, how many came in it and in each later one.</param>
/// <param name="Origins">What is known of those who joined.</param>
public sealed record FiguresApi(
    Service<CountVisits, VisitCounts> Visits,
    Service<CountJoins, int[]> Joins,
    Service<CountActive, ActiveCounts> Active,
    Service<CountRetention, IReadOnlyList<Cohort>> Retention,
    Service<CountOrigins, Origins> Origins);

public sealed record CountJoins(DateOnly First, DateOnly Last);

public sealed record CountActive(DateOnly First, DateOnly Last);

/// <param name="Days">How many accounts came on each day.</param>
/// <param name="Total">How many came on any, each counted once.</param>
public sealed record ActiveCounts(int[] Days, int Total);

/// <param name="ByMonth">Whether periods are months, from the first of the first day's month on, or days.</param>
public sealed record CountRetention(DateOnly First, DateOnly Last, bool ByMonth);

/// <param name="Start">The period's first day.</param>
/// <param name="Joined">How many joined in it.</param>
/// <param name="Came">How many of them came in it, and in each later period.</param>
public sealed record Cohort(DateOnly Start, int Joined, int[] Came);

/// <param name="Limit">1 to 100: so many of each, the most frequent first.</param>
public sealed record CountOrigins(DateOnly First, DateOnly Last, int Limit);

/// <param name="Locales">The languages in which they signed up.</param>
/// <param name="Apps">The apps by which they did; null for our own pages.</param>
public sealed record Origins(
    IReadOnlyList<(string Locale, int Accounts)> Locales, IReadOnlyList<(string? App, int Accounts)> Apps);

/// <summary>Counts who came, by weeks of seven days from 1970-01-01Z.</summary>
/// <param name="Weeks">1 to 104.</param>
public sealed record CountVisits(int Weeks = 12);

/// <param name="Weeks">The newest, which is not over, first.</param>
/// <param name="ActiveMonth">Accounts that came within the last thirty days.</param>
public sealed record VisitCounts(IReadOnlyList<WeekCounts> Weeks, int ActiveMonth);

/// <param name="Visitors">Accounts that came.</param>
/// <param name="Joined">Accounts that people made.</param>
public sealed record WeekCounts(DateTimeOffset Start, int Visitors, int Joined);
