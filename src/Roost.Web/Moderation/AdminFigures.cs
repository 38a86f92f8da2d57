using System.Globalization;
using Roost.Services.Community;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Moderation;

internal sealed record AdminMeasureReply(
    string Key, string? Unit, string Total, string? PreviousTotal, IReadOnlyList<DayValue> Data);

internal sealed record DayValue(string Date, string Value);

internal sealed record AdminCohortReply(string Period, string Frequency, IReadOnlyList<CohortValue> Data);

internal sealed record CohortValue(string Date, double Rate, string Value);

/// <summary>
/// <c>POST /api/v1/admin/{measures,retention}</c>: figures by days for charts. Of hashtags the last week is known, and
/// before it they count 0; of other servers, to which Roost does not speak, everything is 0.
/// </summary>
internal static class AdminFigures
{
    public static void Map(AdminRoutes routes)
    {
        routes.Post("/api/v1/admin/measures", "admin:read", Permissions.ViewDashboard, MeasuresAsync);
        routes.Post("/api/v1/admin/retention", "admin:read", Permissions.ViewDashboard, RetentionAsync);
    }

    private static async Task MeasuresAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        var range = DayRange.Of(parameters);
        var measures = new List<AdminMeasureReply>();
        foreach (var key in parameters.List("keys").OfType<string>())
        {
            var tag = parameters.Text($"{key}[id]");
            var now = await CountAsync(call, key, tag, range);
            var before = await CountAsync(call, key, tag, range.Before);
            measures.Add(new AdminMeasureReply(
                key, key == "instance_media_attachments" ? "bytes" : null, AdminCall.Text(now.Total),
                AdminCall.Text(before.Total),
                [.. now.Days.Select((count, i) => new DayValue(
                    DayRange.Text(range.First.AddDays(i)), AdminCall.Text(count)))]));
        }
        await call.Call.ReplyAsync([.. measures], WebJson.Default.AdminMeasureReplyArray);
    }

    private static async ValueTask<Counted> CountAsync(AdminCall call, string key, string? tag, DayRange range)
    {
        var (services, rpc) = (call.Services, call.Call.Rpc);
        switch (key)
        {
            case "new_users":
                return Counted.Of(await services.Figures.Joins(new CountJoins(range.First, range.Last), rpc));
            case "active_users":
                var active = await services.Figures.Active(new CountActive(range.First, range.Last), rpc);
                return new Counted(active.Days, active.Total);
            case "interactions":
                var days = await services.Posts.Activity(new CountActivity(range.First, range.Last), rpc);
                return Counted.Of([.. days.Select(day => day.Interactions)]);
            case "opened_reports" or "resolved_reports":
                var reports = await services.Community.CountReports(new CountReports(range.First, range.Last), rpc);
                return Counted.Of(
                    [.. reports.Select(day => key == "opened_reports" ? day.Opened : day.Resolved)]);
            case "tag_uses" or "tag_accounts" when tag is not null:
                var uses = await services.Search.Tag(new GetTagUses(tag), rpc);
                var counts = new int[range.Days];
                foreach (var day in uses.Days)
                {
                    var at = DayRange.DayOf(day.Day).DayNumber - range.First.DayNumber;
                    if (at >= 0 && at < counts.Length) counts[at] = key == "tag_uses" ? day.Uses : day.Accounts;
                }
                return Counted.Of(counts);
            default:
                return Counted.Of(new int[range.Days]);
        }
    }

    private static async Task RetentionAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        var frequency = parameters.Text("frequency") ?? "day";
        if (frequency is not ("day" or "month"))
            throw Faults.Invalid("Validation failed: frequency is neither day nor month");
        var range = DayRange.Of(parameters);
        var cohorts = await call.Services.Figures.Retention(
            new CountRetention(range.First, range.Last, ByMonth: frequency == "month"), call.Call.Rpc);
        await call.Call.ReplyAsync(
            [.. cohorts.Select((cohort, i) => new AdminCohortReply(
                DayRange.Text(cohort.Start), frequency,
                [.. cohort.Came.Select((came, later) => new CohortValue(
                    DayRange.Text(cohorts[i + later].Start), cohort.Joined == 0 ? 0 : (double)came / cohort.Joined,
                    AdminCall.Text(came)))]))],
            WebJson.Default.AdminCohortReplyArray);
    }

    /// <param name="Total">Less than the days' sum where one counts on several days.</param>
    private readonly record struct Counted(int[] Days, long Total)
    {
        public static Counted Of(int[] days) => new(days, days.Sum(day => (long)day));
    }
}

/// <summary>Days of UTC, the first and the last included.</summary>
internal readonly record struct DayRange(DateOnly First, DateOnly Last)
{
    private const int DaysMax = 366;

    private static readonly DateOnly _epoch = new(1970, 1, 1);

    public int Days => Last.DayNumber - First.DayNumber + 1;

    /// <summary>As many days, up to the first.</summary>
    public DayRange Before => new(First.AddDays(-Days), First.AddDays(-1));

    /// <summary>From <c>start_at</c> to <c>end_at</c>, at most 366.</summary>
    public static DayRange Of(Parameters parameters)
    {
        var range = new DayRange(DayOf("start_at"), DayOf("end_at"));
        return range.Days is >= 1 and <= DaysMax
            ? range
            : throw Faults.Invalid($"Validation failed: end_at must be 0 to {DaysMax - 1} days after start_at");

        DateOnly DayOf(string name) => DateTimeOffset.TryParse(
            parameters.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && at.UtcDateTime.Year > 1900
                ? DateOnly.FromDateTime(at.UtcDateTime)
                : throw Faults.Invalid($"Validation failed: {name} is no date such as 2026-11-26");
    }

    /// <param name="number">Days since 1970-01-01Z.</param>
    public static DateOnly DayOf(long number) => _epoch.AddDays((int)number);

    public static string Text(DateOnly day) =>
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "T00:00:00.000Z";
}
