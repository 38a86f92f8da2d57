using System.Globalization;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Community;
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
        routes.Get(Path, ShowAsync);
        routes.Post(Path + "/reports/{id}", AnswerAsync);
    }

    /// <summary>Whether somebody finds anything here.</summary>
    public static bool IsFor(Account account) => Role.Of(account.Role).Allows(Permissions.ManageReports);

    private static async Task ShowAsync(PageCall call)
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
            call.Frame(call.T("Looking after it")), waiting, lines,
            isAdmin ? await OpsFigures.OfAsync(call) : [], isAdmin ? DiskOf(call) : [],
            isAdmin ? OpsSettings.Of(call.Options) : []));
    }

    private static async Task AnswerAsync(PageCall call, Parameters form)
    {
        var me = Checked(call, Permissions.ManageReports);
        var report = await call.Services.Community.Report(new GetReport(IdIn(call)), call.Rpc)
            ?? throw Faults.NotFound();
        var actions = new AccountActions(call.Services, me, call.Rpc);
        var type = form.Text("type") is { Length: > 0 } given ? given : "none";
        var text = (form.Text("text") ?? "").Trim();
        if (type == "none" && text.Length == 0)
        {
            await call.Services.Community.ChangeReport(
                new ChangeReport(report.Id, IsResolved: true, Resolve: me.Id), call.Rpc);
            await actions.NoteAsync("resolve report", report.Id.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            Checked(call, Permissions.ManageUsers);
            await actions.ActAsync(
                await AccountAsync(call, report.Target.Value), type, new ActionWords(text, report.Id));
        }
        call.GoTo(Path);
    }

    private static async ValueTask<ReportLine> LineAsync(PageCall call, Report report)
    {
        var people = await call.Services.Moderation.Look(new LookAtAccounts([report.Account, report.Target]), call.Rpc);
        // As a stranger sees them: a report opens nobody's letters.
        var posts = await call.Services.Timelines.Hydrate(
            new HydratePosts(default, [.. report.Posts.Select(StatusReply.RefOf)]), call.Rpc);
        return new ReportLine(report, people[0]?.Account, people[1]?.Account, [.. posts.OfType<TimelineEntry>()]);
    }

    private static IReadOnlyList<DiskUse> DiskOf(PageCall call)
    {
        var parts = call.Services.Space();
        var all = Math.Max(1, parts.Sum(part => part.Bytes));
        return
        [
            .. parts.Select(part => new DiskUse(
                part.Part, ByteText.Of(part.Bytes), (int)(100 * part.Bytes / all))),
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
