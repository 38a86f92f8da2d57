using System.Globalization;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Services.WebPush;
using Roost.Web.Http;

namespace Roost.Web.Notifications;

/// <summary>The client API's WebPushSubscription entity.</summary>
internal sealed record PushSubscriptionReply(
    string Id, string Endpoint, bool Standard, IReadOnlyDictionary<string, bool> Alerts, string Policy,
    string ServerKey);

/// <summary><c>POST</c>, <c>GET</c>, <c>PUT</c> and <c>DELETE /api/v1/push/subscription</c>: the push messages that the
/// holder of a token gets.</summary>
internal static class KeepPushSubscription
{
    private const string Pattern = "/api/v1/push/subscription";

    private static readonly (string Name, NoticeKind Kind)[] _alerts =
    [
        ("mention", NoticeKind.Mention), ("quote", NoticeKind.Quote), ("status", NoticeKind.Post),
        ("reblog", NoticeKind.Boost), ("follow", NoticeKind.Follow),
        ("follow_request", NoticeKind.FollowRequest), ("favourite", NoticeKind.Favourite),
        ("poll", NoticeKind.Poll), ("update", NoticeKind.Edit),
        ("quoted_update", NoticeKind.QuotedEdit), ("moderation_warning", NoticeKind.Warning),
        ("admin.sign_up", NoticeKind.SignUp), ("admin.report", NoticeKind.Report),
    ];

    private static readonly (string Name, PushPolicy Policy)[] _policies =
    [
        ("all", PushPolicy.All), ("followed", PushPolicy.Followed), ("follower", PushPolicy.Followers),
        ("none", PushPolicy.None),
    ];

    public static void Map(ApiRoutes routes)
    {
        var access = Access.User("push");
        routes.Post(Pattern, access, SubscribeAsync);
        routes.Get(Pattern, access, GetAsync);
        routes.Put(Pattern, access, ChangeAsync);
        routes.Delete(Pattern, access, EndAsync);
    }

    /// <summary>The key as the client API tells it.</summary>
    public static async ValueTask<string> ServerKeyAsync(WebPushApi webPush, Call call) =>
        Convert.ToBase64String((await webPush.Key(new GetPushKey(), call)).Point.Span)
            .Replace('+', '-').Replace('/', '_');

    private static async Task SubscribeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var endpoint = parameters.Text("subscription[endpoint]");
        if (string.IsNullOrEmpty(endpoint))
            throw Faults.Invalid("Validation failed: subscription[endpoint] can't be blank");
        var target = new PushTarget(
            endpoint, BytesOf(parameters, "subscription[keys][p256dh]"),
            BytesOf(parameters, "subscription[keys][auth]"), parameters.Flag("subscription[standard]") is true);
        var made = await call.Services.WebPush.Subscribe(
            new SubscribeToPush(TokenOf(call), call.Viewer, target, AlertsOf(parameters), PolicyOf(parameters)),
            call.Rpc);
        await ReplyAsync(call, made);
    }

    private static async Task GetAsync(ApiCall call) =>
        await ReplyAsync(call, await call.Services.WebPush.Get(new GetPushSubscription(TokenOf(call)), call.Rpc));

    private static async Task ChangeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var change = new ChangePushSubscription(TokenOf(call), AlertsOf(parameters), PolicyOf(parameters));
        await ReplyAsync(call, await call.Services.WebPush.Change(change, call.Rpc));
    }

    private static async Task EndAsync(ApiCall call)
    {
        await call.Services.WebPush.End(new EndPushSubscription(TokenOf(call)), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task ReplyAsync(ApiCall call, PushSubscription? subscription)
    {
        if (subscription is null)
            throw Faults.NotFound();
        var reply = new PushSubscriptionReply(
            subscription.Id.ToString(CultureInfo.InvariantCulture), subscription.Endpoint, subscription.IsStandard,
            _alerts.ToDictionary(one => one.Name, one => subscription.Alerts.Has(one.Kind)),
            _policies.First(one => one.Policy == subscription.Policy).Name,
            await ServerKeyAsync(call.Services.WebPush, call.Rpc));
        await call.ReplyAsync(reply, WebJson.Default.PushSubscriptionReply);
    }

    private static string TokenOf(ApiCall call) => ApiRoutes.BearerOf(call.Http.Request)!;

    private static NoticeKinds AlertsOf(Parameters parameters)
    {
        var kinds = NoticeKinds.None;
        foreach (var (name, kind) in _alerts)
        {
            if (parameters.Flag($"data[alerts][{name}]") is true)
                kinds = kinds.With(kind);
        }
        return kinds;
    }

    private static PushPolicy PolicyOf(Parameters parameters)
    {
        var name = parameters.Text("data[policy]") ?? parameters.Text("policy");
        if (string.IsNullOrEmpty(name))
            return PushPolicy.All;
        var index = Array.FindIndex(_policies, one => one.Name == name);
        return index >= 0
            ? _policies[index].Policy
            : throw Faults.Invalid(
                $"Validation failed: policy is '{Parameters.Shortened(name)}'; use all, followed, follower or none");
    }

    /// <summary>Base64, with or without what URLs do not like, and with or without its end.</summary>
    private static byte[] BytesOf(Parameters parameters, string name)
    {
        var text = (parameters.Text(name) ?? "").TrimEnd('=').Replace('-', '+').Replace('_', '/');
        text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? bytes[..length]
            : throw Faults.Invalid($"Validation failed: {name} is not Base64");
    }
}
