using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>GET /report</c> and <c>POST /report</c>: tells those who look after the community of an account, and of
/// a post of it when one was at a post.</summary>
internal static class ReportForm
{
    private const string Path = "/report";

    // Of their newest posts, so many may be added.
    private const int OthersShown = 5;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, ShowAsync);
        routes.Post(Path, FileAsync);
    }

    public static string UrlOf(string username, PostId? post = null) =>
        $"{Path}?name={username}{(post is { } id ? $"&status_ids[]={id}" : "")}";

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        await ShowAsync(call, Parameters.OfQuery(call.Http.Request), null, 200);
    }

    private static async Task ShowAsync(PageCall call, Parameters given, string? problem, int status)
    {
        var target = await TargetAsync(call, given);
        var chosen = await FileReports.PostsOfAsync(call.Services, given, call.ViewerId, target.Id, call.Rpc);
        var page = await call.Services.Timelines.Account(
            new AccountTimeline(
                call.ViewerId, target.Id, new PageRange(Limit: OthersShown), ExcludeReplies: false,
                ExcludeBoosts: true), call.Rpc);
        var named = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [.. chosen.Select(StatusReply.RefOf)], ByName: true), call.Rpc);
        await call.ShowAsync<ReportPage>(
            new ReportModel(
                call.Frame(call.T("Report @{0}", target.Username), problem), target, [.. named.OfType<TimelineEntry>()],
                [.. page.Entries.Where(entry => !chosen.Contains(entry.Post.Id))], given.Text("category") ?? "",
                (given.Text("comment") ?? "").Trim(),
                PageCall.LocalPath(given.Text("return_to")) ?? "/@" + target.Username), status);
    }

    private static async Task FileAsync(PageCall call, Parameters form)
    {
        var me = call.SignedIn();
        var target = await TargetAsync(call, form);
        try
        {
            var rules = FileReports.RulesOf(call.Options, form);
            var category = rules.Count > 0 ? "violation" : form.Text("category");
            if (category is not { Length: > 0 }) throw Faults.Invalid("Say what it is about.");
            var posts = await FileReports.PostsOfAsync(call.Services, form, me.Id, target.Id, call.Rpc);
            await call.Services.Community.File(
                new FileReport(me.Id, target.Id, category, (form.Text("comment") ?? "").Trim(), posts, rules),
                call.Rpc);
        }
        catch (ServiceException e) when (e.Code == ErrorCode.Invalid)
        {
            await ShowAsync(call, form, call.InWords(e), ErrorReplies.StatusOf(e.Code));
            return;
        }
        var tie = (await call.Services.Graph.Relationships(
            new Services.Graph.GetRelationships(me.Id, [target.Id]), call.Rpc))[0];
        await call.ShowAsync<ReportedPage>(new ReportedModel(
            call.Frame(call.T("Thank you")), target, tie.Muting is not null, tie.Blocking));
    }

    private static async ValueTask<Account> TargetAsync(PageCall call, Parameters given)
    {
        var typed = (given.Text("name") ?? "").Trim();
        if (typed.Length == 0)
        {
            throw Faults.Invalid(
                "Nobody is named here. Report somebody from their profile or from one of their posts.");
        }
        var target = await FollowForm.FindAsync(call, typed)
            ?? throw new ServiceException(ErrorCode.NotFound, FollowForm.NobodyIs(typed));
        return target.Id != call.ViewerId ? target : throw Faults.Invalid("That is you: nobody reports themselves.");
    }
}
