using System.Globalization;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Moderation;

internal sealed record AdminMeasureReply(
    string Key, string? Unit, string Total, string? PreviousTotal, IReadOnlyList<DayValue> Data);

internal sealed record DayValue(string Date, string Value);

internal sealed record AdminDimensionReply(string Key, IReadOnlyList<DimensionValue> Data);

internal sealed record DimensionValue(string Key, string HumanKey, string Value, string? Unit, string? HumanValue);

internal sealed record AdminCohortReply(string Period, string Frequency, IReadOnlyList<CohortValue> Data);

internal sealed record CohortValue(string Date, double Rate, string Value);

/// <summary>
/// <c>POST /api/v1/admin/{measures,dimensions,retention}</c>: figures for charts. New users and reports are counted;
/// what Roost does not keep by day is 0, and dimensions of it are empty.
/// </summary>
internal static class AdminFigures
{
    private const int DaysMax = 366;

    public static void Map(AdminRoutes routes)
    {
        routes.Post("/api/v1/admin/measures", "admin:read", Permissions.ViewDashboard, MeasuresAsync);
        routes.Post("/api/v1/admin/dimensions", "admin:read", Permissions.ViewDashboard, DimensionsAsync);
        routes.Post("/api/v1/admin/retention", "admin:read", Permissions.ViewDashboard, RetentionAsync);
    }

    private static async Task MeasuresAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        var (first, last) = DaysOf(parameters);
        var days = last.DayNumber - first.DayNumber + 1;
        var now = await CountAsync(first, last);
        var before = await CountAsync(first.AddDays(-days), first.AddDays(-1));
        var measures = new List<AdminMeasureReply>();
        foreach (var key in parameters.List("keys").OfType<string>())
        {
            Func<DayCounts, int> pick = key switch
            {
                "new_users" => counts => counts.Joined,
                "opened_reports" => counts => counts.Reports.Opened,
                "resolved_reports" => counts => counts.Reports.Resolved,
                _ => _ => 0,
            };
            measures.Add(new AdminMeasureReply(
                key, null, AdminCall.Text(now.Sum(pick)), AdminCall.Text(before.Sum(pick)),
                [.. now.Select((one, i) => new DayValue(Text(first.AddDays(i)), AdminCall.Text(pick(one))))]));
        }
        await call.Call.ReplyAsync([.. measures], WebJson.Default.AdminMeasureReplyArray);

        async ValueTask<DayCounts[]> CountAsync(DateOnly from, DateOnly to)
        {
            var reports = await call.Services.Community.CountReports(new CountReports(from, to), call.Call.Rpc);
            var joined = await call.Services.Moderation.Joins(new CountJoins(from, to), call.Call.Rpc);
            return [.. reports.Zip(joined, (counts, people) => new DayCounts(counts, people))];
        }
    }

    private static async Task DimensionsAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        var version = call.Call.Site.Options.Version;
        await call.Call.ReplyAsync(
            [.. parameters.List("keys").OfType<string>().Select(key => new AdminDimensionReply(
                key, key == "software_versions"
                    ? [new DimensionValue("roost", "Roost", version, null, version)]
                    : []))], WebJson.Default.AdminDimensionReplyArray);
    }

    private static async Task RetentionAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        var frequency = parameters.Text("frequency") ?? "day";
        if (frequency is not ("day" or "month"))
            throw Faults.Invalid("Validation failed: frequency is neither day nor month");
        var (first, last) = DaysOf(parameters);
        var periods = new List<DateOnly>();
        for (var day = first; day <= last; day = frequency == "day" ? day.AddDays(1) : day.AddMonths(1))
            periods.Add(day);
        await call.Call.ReplyAsync(
            [.. periods.Select((period, i) => new AdminCohortReply(
                Text(period), frequency,
                [.. periods.Skip(i).Select(day => new CohortValue(Text(day), 0, "0"))]))],
            WebJson.Default.AdminCohortReplyArray);
    }

    private readonly record struct DayCounts(ReportCounts Reports, int Joined);

    private static (DateOnly First, DateOnly Last) DaysOf(Parameters parameters)
    {
        var (first, last) = (DayOf("start_at"), DayOf("end_at"));
        if (last < first || last.DayNumber - first.DayNumber >= DaysMax)
            throw Faults.Invalid($"Validation failed: end_at must be 0 to {DaysMax - 1} days after start_at");
        return (first, last);

        DateOnly DayOf(string name) => DateTimeOffset.TryParse(
            parameters.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? DateOnly.FromDateTime(at.UtcDateTime)
                : throw Faults.Invalid($"Validation failed: {name} is no date such as 2026-11-26");
    }

    private static string Text(DateOnly day) =>
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + "T00:00:00.000Z";
}
