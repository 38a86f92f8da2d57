using Microsoft.Extensions.Logging;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Notifications;
using Roost.Services.Storage;
using Roost.Services.WebPush;
using Roost.Web;

namespace Roost.Composition;

/// <summary>
/// Notifications in a process of their own, and the messages to devices that tell of them: <c>roost serve
/// notifications</c>. It has their databases and a replica of the graph, and reads the feed of the posts that another
/// process has; what a notification is about it asks that one for.
/// </summary>
internal static partial class NotificationsRole
{
    /// <summary>As it is started, announced and called.</summary>
    public const string Name = NotificationsService.Name;

    public static Role Of(NotificationsRoleOptions options) => new(
        Name, RolePlace.Notifications,
        (data, tools, stack, remote, ct) => ServeAsync(options, data, tools, stack, remote, ct))
    {
        Waits = true,
    };

    private static async Task<ServedRole> ServeAsync(
        NotificationsRoleOptions options, DataDirectory data, NodeTools tools, ServiceStack stack,
        RemoteServices remote, CancellationToken ct)
    {
        if (data is { IsHeir: true, Files: null })
            LogHeir(tools.Loggers.CreateLogger<Role>(), data.Path, WebPushService.KeyFile);
        var ways = new Ways(tools);
        try
        {
            var network = await NoticesNetwork.ConnectAsync(options, ways, tools, stack, ct);
            var cues = ways.Opened(new NoticeCuesElsewhere(network.Cues, tools.Time, tools.Loggers));
            var notifications = ways.Opened(NotificationsService.Open(
                data, options.Notifications, network.Peers(cues.PollAdded), tools.Time, tools.Loggers, tools.Meters));
            var api = network.ReadBehindIndex(notifications.Api).With(stack);
            var push = ways.Opened(WebPushService.Open(
                data, options.WebPush,
                new WebPushPeers(network.Users, network.Moderation, network.Graph, network.Timelines, api),
                tools.Time, tools.Loggers, tools.Meters));
            WebApp.PresentAlerts(push.Api, options.Web);
            await notifications.StartAsync(ct);
            cues.Start(notifications.HeedStaff);
            await push.StartAsync(ct);
            NotificationsRemote.Serve(remote, api);
            NotificationsRemote.Serve(remote, notifications.Policy.With(stack));
            NotificationsRemote.Serve(remote, notifications.Feeds.With(stack));
            WebPushRemote.Serve(remote, push.Api.With(stack));
            return new ServedRole(ways, notifications.ConfirmAsync) { Called = () => ways.Called };
        }
        catch
        {
            await ways.DisposeAsync();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Warning,
        "{Directory} is new and takes the place of the data directory that the database belonged to. {KeyFile} was in "
        + "the other one: copy it from there, or from a backup")]
    private static partial void LogHeir(ILogger logger, string directory, string keyFile);
}

/// <summary>Whom notifications of their own ask.</summary>
/// <param name="Posts">Where <see cref="PostsServer"/> runs.</param>
/// <param name="Web">What messages to devices say of the community.</param>
internal sealed record NotificationsRoleOptions(Elsewhere Posts, WebOptions Web)
{
    /// <summary>Where the Users service runs; null: it is asked by way of posts. So is <see cref="Graph"/>.</summary>
    public Elsewhere? Users { get; init; }

    public Elsewhere? Graph { get; init; }

    public NotificationsOptions Notifications { get; init; } = new();

    public WebPushOptions WebPush { get; init; } = new();
}
