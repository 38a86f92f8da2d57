using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Users;

internal sealed partial class UsersStore
{
    /// <summary>For how long it is kept who came on a day: a year of months, and the one that is not over.</summary>
    private const int VisitDaysKept = 400;

    private const int MonthDays = 30;
    private const int WeekDays = 7;
    private const long DayMilliseconds = 24 * 3600 * 1000;

    private static readonly DateOnly _firstDay = new(1970, 1, 1);

    /// <param name="day">From 1970-01-01Z.</param>
    public async ValueTask AddVisitsAsync(int day, IReadOnlyList<AccountId> accounts, CancellationToken ct) =>
        await _database.WriteAsync(session =>
        {
            foreach (var account in accounts)
            {
                session.Execute(
                    "INSERT INTO visit_days (day, account_id) VALUES (@day, @id) ON CONFLICT DO NOTHING",
                    day, account.Value);
            }
            session.Execute("DELETE FROM visit_days WHERE day < @day", day - VisitDaysKept);
            return accounts.Count;
        }, cancellation: ct);

    /// <param name="today">From 1970-01-01Z.</param>
    public VisitCounts CountVisits(int today, int weeks) => _database.Read(session =>
    {
        var counts = new List<WeekCounts>(weeks);
        for (var i = 0; i < weeks; i++)
        {
            var first = ((today / WeekDays) - i) * WeekDays;
            var joined = session.Number(
                "SELECT count(*) FROM logins WHERE joined_at >= @from AND joined_at < @to",
                first * DayMilliseconds, (first + WeekDays) * DayMilliseconds) ?? 0;
            counts.Add(new WeekCounts(
                DateTimeOffset.FromUnixTimeMilliseconds(first * DayMilliseconds), CountCame(session, first, WeekDays),
                (int)joined));
        }
        return new VisitCounts(counts, CountCame(session, today - MonthDays + 1, MonthDays));
    });

    public int[] CountJoins(DateOnly first, int days) => _database.Read(session => JoinsOf(session, first, days));

    public ActiveCounts CountActive(DateOnly first, int days) => _database.Read(session =>
    {
        var from = DayOf(first);
        var active = new int[days];
        using (var rows = session.Query(
            "SELECT day - @from, count(*) FROM visit_days WHERE day >= @from AND day < @to GROUP BY day",
            from, from + days))
        {
            while (rows.Read()) active[rows.GetInt32(0)] = rows.GetInt32(1);
        }
        return new ActiveCounts(active, CountCame(session, from, days));
    });

    public IReadOnlyList<Cohort> CountRetention(CountRetention request) => _database.Read(session =>
    {
        var periods = new List<DateOnly>();
        var start = request.ByMonth ? new DateOnly(request.First.Year, request.First.Month, 1) : request.First;
        for (; start <= request.Last; start = Next(start)) periods.Add(start);
        var first = periods[0];
        var periodOf = new int[start.DayNumber - first.DayNumber];
        for (var i = 0; i < periods.Count; i++)
            periodOf.AsSpan(periods[i].DayNumber - first.DayNumber, DaysFrom(periods[i])).Fill(i);

        var joined = new int[periods.Count];
        var days = JoinsOf(session, first, periodOf.Length);
        for (var day = 0; day < days.Length; day++) joined[periodOf[day]] += days[day];
        Cohort[] cohorts =
            [.. periods.Select((at, i) => new Cohort(at, joined[i], new int[periods.Count - i]))];
        for (var i = 0; i < periods.Count; i++)
        {
            using var rows = session.Query(
                """
                SELECT (joined_at - @from) / @day FROM logins
                WHERE joined_at >= @from AND joined_at < @to AND account_id IN
                  (SELECT account_id FROM visit_days WHERE day >= @first AND day < @end)
                """,
                DayOf(first) * DayMilliseconds, DayMilliseconds,
                (DayOf(periods[i]) + DaysFrom(periods[i])) * DayMilliseconds, DayOf(periods[i]),
                DayOf(periods[i]) + DaysFrom(periods[i]));
            while (rows.Read())
            {
                var cohort = periodOf[rows.GetInt32(0)];
                cohorts[cohort].Came[i - cohort]++;
            }
        }
        return cohorts;

        DateOnly Next(DateOnly at) => request.ByMonth ? at.AddMonths(1) : at.AddDays(1);
        int DaysFrom(DateOnly at) => Next(at).DayNumber - at.DayNumber;
    });

    public Origins CountOrigins(CountOrigins request, int days) => _database.Read(session =>
    {
        var from = DayOf(request.First) * DayMilliseconds;
        var to = from + (days * DayMilliseconds);
        var locales = new List<(string, int)>();
        using (var rows = session.Query(
            """
            SELECT locale, count(*) AS accounts FROM logins
            WHERE joined_at >= @from AND joined_at < @to AND locale IS NOT NULL
            GROUP BY locale ORDER BY accounts DESC, locale LIMIT @limit
            """, from, to, request.Limit))
        {
            while (rows.Read()) locales.Add((rows.GetString(0), rows.GetInt32(1)));
        }
        var apps = new List<(string?, int)>();
        using (var rows = session.Query(
            """
            SELECT apps.name, count(*) AS accounts FROM logins LEFT JOIN apps ON apps.id = logins.app_id
            WHERE joined_at >= @from AND joined_at < @to
            GROUP BY apps.name ORDER BY accounts DESC, apps.name LIMIT @limit
            """, from, to, request.Limit))
        {
            while (rows.Read()) apps.Add((rows.IsDBNull(0) ? null : rows.GetString(0), rows.GetInt32(1)));
        }
        return new Origins(locales, apps);
    });

    private static int[] JoinsOf(SqlSession session, DateOnly first, int days)
    {
        var joined = new int[days];
        var from = DayOf(first) * DayMilliseconds;
        using var rows = session.Query(
            """
            SELECT (joined_at - @from) / @day AS day, count(*) AS joined FROM logins
            WHERE joined_at >= @from AND joined_at < @to GROUP BY day
            """, from, DayMilliseconds, from + (days * DayMilliseconds));
        while (rows.Read()) joined[rows.GetInt32(0)] = rows.GetInt32(1);
        return joined;
    }

    /// <summary>Each account once.</summary>
    private static int CountCame(SqlSession session, long first, int days) => (int)(session.Number(
        "SELECT count(DISTINCT account_id) FROM visit_days WHERE day >= @from AND day < @to",
        first, first + days) ?? 0);

    private static long DayOf(DateOnly day) => day.DayNumber - _firstDay.DayNumber;
}
