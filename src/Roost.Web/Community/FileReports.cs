using System.Globalization;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Community;

internal sealed record ReportReply(
    string Id, bool ActionTaken, string? ActionTakenAt, string Category, string Comment, bool Forwarded,
    string CreatedAt, IReadOnlyList<string> StatusIds, IReadOnlyList<string> RuleIds,
    IReadOnlyList<string> CollectionIds, JsonElement TargetAccount);

/// <summary><c>POST /api/v1/reports</c>: tells those who look after the community of an account and its
/// posts.</summary>
internal static class FileReports
{
    private const int PostsMax = 100;

    public static void Map(ApiRoutes routes) =>
        routes.Post("/api/v1/reports", Access.User("write:reports"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var ids = AccountIds.Read(parameters.List("account_id"), 1, "account_id");
        if (ids.Count == 0) throw Faults.Invalid("Validation failed: account_id is missing");
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts(ids), call.Rpc);
        var target = views[0] ?? throw Faults.NotFound();
        if (target.Account.Id == call.Viewer) throw Faults.Invalid("Validation failed: one cannot report oneself");

        var category = parameters.Text("category") is { Length: > 0 } given ? given : "other";
        var rules = RulesOf(call.Site.Options, parameters);
        if (rules.Count > 0) category = "violation";
        var report = await call.Services.Community.File(
            new FileReport(
                call.Viewer, target.Account.Id, category, (parameters.Text("comment") ?? "").Trim(),
                await PostsOfAsync(call.Services, parameters, call.Viewer, target.Account.Id, call.Rpc), rules),
            call.Rpc);
        await call.ReplyAsync(ReplyOf(report, AccountElement.Of(call.Site, target)), WebJson.Default.ReportReply);
    }

    /// <summary>Those that the viewer sees and the reported account wrote; any other is refused.</summary>
    public static async ValueTask<IReadOnlyList<PostId>> PostsOfAsync(
        WebServices services, Parameters parameters, AccountId viewer, AccountId author, Call rpc)
    {
        var refs = new List<PostRef>();
        foreach (var text in parameters.List("status_ids"))
        {
            if (PostId.TryParse(text, out var id)) refs.Add(StatusReply.RefOf(id));
        }
        if (refs.Count > PostsMax) throw Faults.Invalid($"A report names at most {PostsMax} posts");
        if (refs.Count == 0) return [];
        var entries = await services.Timelines.Hydrate(new HydratePosts(viewer, refs, ByName: true), rpc);
        if (Array.Exists(entries, entry => entry?.Post.Author != author)) throw Faults.NotFound();
        return [.. refs.Select(one => one.Id)];
    }

    /// <summary>Those of the community's rules that are named; what is none is refused.</summary>
    public static IReadOnlyList<string> RulesOf(WebOptions options, Parameters parameters)
    {
        var count = options.Community.Rules.Count;
        var rules = new List<string>();
        foreach (var text in parameters.List("rule_ids"))
        {
            var isId = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id);
            if (!isId || id < 1 || id > count)
                throw Faults.Invalid("Validation failed: Rules does not reference valid rules");
            rules.Add(id.ToString(CultureInfo.InvariantCulture));
        }
        return rules;
    }

    public static ReportReply ReplyOf(Report report, JsonElement target) => new(
        report.Id.ToString(CultureInfo.InvariantCulture), report.ResolvedAt is not null,
        TimeText.Of(report.ResolvedAt), report.Category, report.Comment, false,
        TimeText.Of(report.CreatedAt), [.. report.Posts.Select(id => id.ToString())], report.RuleIds, [],
        target);
}
