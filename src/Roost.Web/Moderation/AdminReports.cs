using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Instance;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Moderation;

internal sealed record AdminReportReply(
    string Id, bool ActionTaken, string? ActionTakenAt, string Category, string Comment, bool Forwarded,
    string CreatedAt, string UpdatedAt, AdminAccountReply Account, AdminAccountReply TargetAccount,
    AdminAccountReply? AssignedAccount, AdminAccountReply? ActionTakenByAccount, IReadOnlyList<JsonElement> Statuses,
    IReadOnlyList<RuleReply> Rules);

/// <summary><c>/api/v1/admin/reports</c>: what people reported, until somebody has answered it.</summary>
internal static class AdminReports
{
    private const string Path = "/api/v1/admin/reports";
    private const string Read = "admin:read:reports";
    private const string Write = "admin:write:reports";

    public static void Map(AdminRoutes routes)
    {
        routes.Get(Path, Read, Permissions.ManageReports, ListAsync);
        routes.Get(Path + "/{id}", Read, Permissions.ManageReports, async call =>
            await ReplyAsync(
                call, await call.Services.Community.Report(new GetReport(call.Call.NumberInPath()), call.Call.Rpc)));
        routes.Put(Path + "/{id}", Write, Permissions.ManageReports, UpdateAsync);
        Change(routes, "assign_to_self", (id, me) => new ChangeReport(id, Assign: me));
        Change(routes, "unassign", (id, _) => new ChangeReport(id, Assign: default(AccountId)));
        Change(routes, "resolve", (id, me) => new ChangeReport(id, IsResolved: true, Resolve: me));
        Change(routes, "reopen", (id, _) => new ChangeReport(id, IsResolved: false));
    }

    private static void Change(AdminRoutes routes, string verb, Func<long, AccountId, ChangeReport> change) =>
        routes.Post($"{Path}/{{id}}/{verb}", Write, Permissions.ManageReports, call =>
            ApplyAsync(call, change(call.Call.NumberInPath(), call.Me.Id), verb.Replace('_', ' ')));

    private static async Task ListAsync(AdminCall call)
    {
        var query = call.Call.Query;
        var limit = query.Limit(100, 200);
        var reports = await call.Services.Community.Reports(
            new ListReports(
                query.Flag("resolved") is true, Account("account_id"), Account("target_account_id"),
                query.Cursor("max_id"), query.Cursor("since_id"), limit), call.Call.Rpc);
        if (reports.Count > 0)
            Paging.AddLinks(call.Call, reports[0].Id, reports[^1].Id, reports.Count == limit);
        var replies = new List<AdminReportReply>(reports.Count);
        foreach (var report in reports) replies.Add(await OfAsync(call, report));
        await call.Call.ReplyAsync([.. replies], WebJson.Default.AdminReportReplyArray);

        AccountId Account(string name) => new((int)Math.Min(query.Cursor(name), int.MaxValue));
    }

    private static async Task UpdateAsync(AdminCall call)
    {
        var parameters = await call.Call.ReadParametersAsync();
        string[]? rules = parameters.Has("rule_ids") ? [.. parameters.List("rule_ids").OfType<string>()] : null;
        await ApplyAsync(
            call, new ChangeReport(
                call.Call.NumberInPath(), Category: Compose.Given(parameters, "category"), RuleIds: rules), "update");
    }

    private static async Task ApplyAsync(AdminCall call, ChangeReport change, string verb)
    {
        var report = await call.Services.Community.ChangeReport(change, call.Call.Rpc);
        if (report is not null) await call.NoteAsync($"{verb} report", AdminCall.Text(report.Id));
        await ReplyAsync(call, report);
    }

    private static async Task ReplyAsync(AdminCall call, Report? report)
    {
        if (report is null) throw Faults.NotFound();
        await call.Call.ReplyAsync(await OfAsync(call, report), WebJson.Default.AdminReportReply);
    }

    private static async ValueTask<AdminReportReply> OfAsync(AdminCall call, Report report)
    {
        AccountId[] ids = [report.Account, report.Target, report.Assigned, report.ResolvedBy];
        var records = await call.Services.Moderation.Look(new LookAtAccounts(ids), call.Call.Rpc);
        var accounts = new AdminAccountReply?[ids.Length];
        for (var i = 0; i < ids.Length; i++)
            accounts[i] = records[i] is { } record ? await AdminAccountReply.OfAsync(call, record) : null;
        var rules = RuleReply.All(call.Call.Site.Options);
        // As their author sees them: what was reported may have been for followers.
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(report.Target, [.. report.Posts.Select(StatusReply.RefOf)], ByName: true), call.Call.Rpc);
        return new AdminReportReply(
            AdminCall.Text(report.Id), report.ResolvedAt is not null, TimeText.Of(report.ResolvedAt),
            report.Category, report.Comment, false, TimeText.Of(report.CreatedAt),
            TimeText.Of(report.UpdatedAt), accounts[0]!, accounts[1]!, accounts[2], accounts[3],
            [.. entries.OfType<TimelineEntry>().Select(entry => AccountElement.Of(call.Call.Site, entry))],
            [.. rules.Where(rule => report.RuleIds.Contains(rule.Id))]);
    }
}
