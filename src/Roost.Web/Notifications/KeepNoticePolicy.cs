using Roost.Services.Notifications;
using Roost.Web.Http;

namespace Roost.Web.Notifications;

/// <summary>The client API's NotificationPolicy entity.</summary>
internal sealed record NoticePolicyReply(
    string ForNotFollowing, string ForNotFollowers, string ForNewAccounts, string ForPrivateMentions,
    string ForLimitedAccounts, NoticePolicySummary Summary)
{
    public static NoticePolicyReply Of(PolicySummary summary) => new(
        NameOf(summary.Policy.NotFollowing), NameOf(summary.Policy.NotFollowers), NameOf(summary.Policy.NewAccounts),
        NameOf(summary.Policy.PrivateMentions), NameOf(summary.Policy.LimitedAccounts),
        new NoticePolicySummary(summary.Requests, summary.Filtered));

    private static string NameOf(PolicyChoice choice) => choice switch
    {
        PolicyChoice.Accept => "accept",
        PolicyChoice.Filter => "filter",
        _ => "drop",
    };
}

internal sealed record NoticePolicySummary(int PendingRequestsCount, int PendingNotificationsCount);

/// <summary><c>GET</c> and <c>PATCH /api/v2/notifications/policy</c>: by whom one is not told.</summary>
internal static class KeepNoticePolicy
{
    private const string Pattern = "/api/v2/notifications/policy";

    public static void Map(ApiRoutes routes)
    {
        routes.Get(Pattern, Access.User("read:notifications"), async call => await ReplyAsync(
            call, await call.Services.NoticePolicy.Get(new GetPolicy(call.Viewer), call.Rpc)));
        routes.Patch(Pattern, Access.User("write:notifications"), ChangeAsync);
    }

    private static async Task ChangeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var change = new SetPolicy(
            call.Viewer, ChoiceOf(parameters, "for_not_following"), ChoiceOf(parameters, "for_not_followers"),
            ChoiceOf(parameters, "for_new_accounts"), ChoiceOf(parameters, "for_private_mentions"),
            ChoiceOf(parameters, "for_limited_accounts"));
        await ReplyAsync(call, await call.Services.NoticePolicy.Set(change, call.Rpc));
    }

    private static Task ReplyAsync(ApiCall call, PolicySummary summary) =>
        call.ReplyAsync(NoticePolicyReply.Of(summary), WebJson.Default.NoticePolicyReply);

    private static PolicyChoice? ChoiceOf(Parameters parameters, string name) => parameters.Text(name) switch
    {
        null or "" => null,
        "accept" => PolicyChoice.Accept,
        "filter" => PolicyChoice.Filter,
        "drop" => PolicyChoice.Drop,
        var other => throw Faults.Invalid(
            $"Validation failed: {name} is '{Parameters.Shortened(other)}'; use accept, filter or drop"),
    };
}
