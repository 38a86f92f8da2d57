using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Moderation;
using Roost.Web.Statuses;

namespace Roost.Web.Pages.Ops;

/// <summary>
/// <c>GET /ops</c>: for those who look after the community: who waits to be let in, what was reported, and, for
/// administrators, figures, disk use and the configuration in force. Its forms do what the admin API does, and are
/// written down like it. For everybody else the page is not there.
/// </summary>
internal static class ShowOps
{
    public const string Path = "/ops";

    private const int PerQueue = 50;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => ShowAsync(call));
        routes.Post(Path + "/reports/{id}", AnswerAsync);
    }

    /// <summary>Whether somebody finds anything here.</summary>
    public static bool IsFor(Account? account) =>
        account is not null && Role.Of(account.Role).Allows(Permissions.ManageReports);

    /// <param name="given">An answer that was refused, for <paramref name="problem"/>.</param>
    private static async Task ShowAsync(
        PageCall call, GivenAction? given = null, string? problem = null, int status = StatusCodes.Status200OK)
    {
        if (call.AsksToSignIn()) return;
        var me = Checked(call, Permissions.ManageReports);
        var waiting = await call.Services.Moderation.List(
            new ListAccounts([Standing.Pending], Limit: PerQueue), call.Rpc);
        var reports = await call.Services.Community.Reports(new ListReports(Limit: PerQueue), call.Rpc);
        var lines = new List<ReportLine>(reports.Count);
        foreach (var report in reports) lines.Add(await LineAsync(call, report));
        var isAdmin = Role.Of(me.Role).Allows(Permissions.ManageSettings);
        await call.ShowAsync<OpsPage>(new OpsModel(
            call.Frame(call.T("Looking after it"), problem), waiting, lines,
            isAdmin ? await OpsFigures.OfAsync(call) : [], isAdmin ? await DiskOfAsync(call) : [],
            isAdmin ? OpsSettings.Of(call) : [])
        {
            Done = GivenAction.InWords(call, call.Http.Request.Query["done"].ToString()),
            Given = given,
        }, status);
    }

    private static async Task AnswerAsync(PageCall call, Parameters form)
    {
        var me = Checked(call, Permissions.ManageReports);
        var report = await call.Services.Community.Report(new GetReport(IdIn(call)), call.Rpc)
            ?? throw Faults.NotFound();
        var given = GivenAction.Of(call, form, GivenAction.Nothing);
        try
        {
            given.Require();
            if (!await AnswerAsync(call, me, report, given))
            {
                await ShowAsync(
                    call, problem: call.T("That report was answered already; nothing was done now."),
                    status: StatusCodes.Status409Conflict);
                return;
            }
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await ShowAsync(call, given, call.InWords(refusal), ErrorReplies.StatusOf(refusal.Code));
            return;
        }
        call.GoTo(UrlAfter(Path, given.Type));
    }

    /// <summary>A page of these that says what was done.</summary>
    public static string UrlAfter(string path, string done) =>
        $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}done={done}";

    /// <returns>False when somebody else has answered it: then nothing is done.</returns>
    private static async ValueTask<bool> AnswerAsync(PageCall call, Account me, Report report, GivenAction given)
    {
        var actions = new AccountActions(call.Services, me, call.Rpc);
        var target = given.Type == GivenAction.Nothing ? null : await ToActOnAsync(call, actions, report);
        // Of two moderators at the same instant one resolves it, and does what is to be done.
        if (await call.Services.Community.ChangeReport(
            new ChangeReport(report.Id, IsResolved: true, Resolve: me.Id, OnlyOpen: true), call.Rpc) is null)
        {
            return false;
        }
        try
        {
            if (target is null)
                await actions.NoteAsync("resolve report", report.Id.ToString(CultureInfo.InvariantCulture));
            else
                await actions.ActAsync(target, given.Type, new ActionWords(given.Text, report.Id));
        }
        catch (ServiceException)
        {
            // What could not be done waits for an answer again.
            await call.Services.Community.ChangeReport(new ChangeReport(report.Id, IsResolved: false), call.Rpc);
            throw;
        }
        return true;
    }

    private static async ValueTask<Account> ToActOnAsync(PageCall call, AccountActions actions, Report report)
    {
        Checked(call, Permissions.ManageUsers);
        var account = await AccountAsync(call, report.Target.Value);
        actions.RequireRank(account);
        return account;
    }

    private static async ValueTask<ReportLine> LineAsync(PageCall call, Report report)
    {
        var people = await call.Services.Moderation.Look(new LookAtAccounts([report.Account, report.Target]), call.Rpc);
        // As a stranger sees them: a report opens nobody's letters.
        var posts = await call.Services.Timelines.Hydrate(
            new HydratePosts(default, [.. report.Posts.Select(StatusReply.RefOf)]), call.Rpc);
        return new ReportLine(report, people[0]?.Account, people[1]?.Account, [.. posts.OfType<TimelineEntry>()]);
    }

    private static async ValueTask<IReadOnlyList<DiskUse>> DiskOfAsync(PageCall call)
    {
        var parts = await call.Services.Storage.Space(new MeasureSpace(), call.Rpc);
        var all = Math.Max(1, parts.Sum(part => part.Bytes));
        return
        [
            .. parts.Select(part => new DiskUse(
                part.Part, call.Language.Size(part.Bytes), (int)(100 * part.Bytes / all))),
        ];
    }

    /// <summary>Who asks, when their role allows it; else the page is not there.</summary>
    public static Account Checked(PageCall call, Permissions needed)
    {
        var me = call.SignedIn();
        return Role.Of(me.Role).Allows(needed) ? me : throw Faults.NotFound();
    }

    /// <summary>An account that is there, however it stands.</summary>
    public static async ValueTask<Account> AccountAsync(PageCall call, long id)
    {
        var found = await call.Services.Moderation.Look(
            new LookAtAccounts([new AccountId((int)Math.Min(id, int.MaxValue))]), call.Rpc);
        return found[0] is { Account.Standing: not Standing.Deleted } record ? record.Account : throw Faults.NotFound();
    }

    public static long IdIn(PageCall call) => long.TryParse(
        (string?)call.Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Faults.NotFound();
}
