using System.Globalization;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.AnnualReports;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Accounts;

internal sealed record ReportMonth(int Month, int Statuses, int Following, int Followers);

internal sealed record ReportTag(string Name, int Count);

internal sealed record ReportPosts(string? ByReblogs, string? ByReplies, string? ByFavourites);

internal sealed record ReportData(
    string Archetype, IReadOnlyList<ReportMonth> TimeSeries, IReadOnlyList<ReportTag> TopHashtags,
    ReportPosts TopStatuses);

/// <summary>The client API's AnnualReport entity, of its second schema. Reports are for the account alone: there is
/// nothing to share.</summary>
internal sealed record AnnualReportReply(
    int Year, ReportData Data, int SchemaVersion, string? ShareUrl, string AccountId)
{
    public static AnnualReportReply Of(AnnualReport report) => new(
        report.Year,
        new ReportData(
            report.Archetype.ToString().ToLowerInvariant(),
            [.. report.Months.Select((one, i) => new ReportMonth(i + 1, one.Posts, one.Following, one.Followers))],
            [.. report.Tags.Select(tag => new ReportTag(tag.Name, tag.Count))],
            new ReportPosts(Text(report.Top.Boosted), Text(report.Top.Answered), Text(report.Top.Favourited))),
        2, null, report.Account.ToString());

    private static string? Text(PostId id) => id.IsNone ? null : id.ToString();
}

internal sealed record ReportStateReply(string State);

/// <summary><c>/api/v1/annual_reports</c>: what the viewer did in a year; made when it is asked for, in
/// December.</summary>
internal static class AnnualReports
{
    private const string Path = "/api/v1/annual_reports";

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:accounts"), Access.User("write:accounts"));
        routes.Get(Path, read, async call => await ReplyAsync(
            call, await call.Services.AnnualReports.Unread(new ListAnnualReports(call.Viewer), call.Rpc)));
        routes.Get(Path + "/{year}", read, async call => await ReplyAsync(
            call,
            [
                await call.Services.AnnualReports.Get(new GetAnnualReport(call.Viewer, YearIn(call)), call.Rpc)
                    ?? throw Faults.NotFound(),
            ]));
        routes.Get(Path + "/{year}/state", read, StateAsync);
        routes.Post(Path + "/{year}/generate", write, GenerateAsync);
        routes.Post(Path + "/{year}/read", write, ReadAsync);
    }

    private static async Task StateAsync(ApiCall call)
    {
        var state = await call.Services.AnnualReports.State(new GetReportState(call.Viewer, YearIn(call)), call.Rpc);
        await call.ReplyAsync(
            new ReportStateReply(state.ToString().ToLowerInvariant()), WebJson.Default.ReportStateReply);
    }

    private static async Task GenerateAsync(ApiCall call)
    {
        var year = YearIn(call);
        var state = await call.Services.AnnualReports.Make(new MakeReport(call.Viewer, year), call.Rpc);
        if (state == AnnualReportState.Ineligible)
        {
            throw Faults.Invalid(
                $"There can be no report of {year}: it can be made in the December of its year, by who posted then");
        }
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task ReadAsync(ApiCall call)
    {
        if (!await call.Services.AnnualReports.Read(new MarkReportRead(call.Viewer, YearIn(call)), call.Rpc))
            throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    /// <summary>With the account and the posts that the reports name, as far as they are there.</summary>
    private static async Task ReplyAsync(ApiCall call, IReadOnlyList<AnnualReport> reports)
    {
        var accounts = reports.Count == 0
            ? []
            : await call.Services.Timelines.Accounts(new HydrateAccounts([call.Viewer]), call.Rpc);
        PostId[] ids =
        [
            .. reports.SelectMany(one => (PostId[])[one.Top.Boosted, one.Top.Favourited, one.Top.Answered])
                .Where(id => !id.IsNone).Distinct(),
        ];
        TimelineEntry?[] entries = ids.Length == 0
            ? []
            : await call.Services.Timelines.Hydrate(
                new HydratePosts(call.Viewer, [.. ids.Select(StatusReply.RefOf)]), call.Rpc);
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        buffer.Write("{\"annual_reports\":"u8);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            JsonSerializer.Serialize(
                json, [.. reports.Select(AnnualReportReply.Of)], WebJson.Default.AnnualReportReplyArray);
        }
        buffer.Write(",\"accounts\":"u8);
        AccountPage.Write(call.Site.Accounts, buffer, accounts);
        buffer.Write(",\"statuses\":"u8);
        call.Site.Statuses.WritePage(buffer, [.. entries.OfType<TimelineEntry>()], call.Viewer);
        buffer.Write("}"u8);
        await call.ReplyAsync(buffer);
    }

    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.NotFound"/>: no year.</exception>
    private static int YearIn(ApiCall call) =>
        int.TryParse(
            (string?)call.Http.Request.RouteValues["year"], NumberStyles.None, CultureInfo.InvariantCulture,
            out var year) && year is >= 1 and <= 9_998
            ? year
            : throw Faults.NotFound();
}
