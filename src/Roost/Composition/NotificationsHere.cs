using Roost.Rpc;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Notifications;
using Roost.Services.Storage;
using Roost.Services.WebPush;

namespace Roost.Composition;

/// <summary>The Notifications service, and WebPush which sends them to devices, as a node has them: its own, called
/// directly, or another process's, which need not be there: all else goes on.</summary>
internal sealed class NotificationsHere : IAsyncDisposable
{
    private readonly NotificationsService? _own;
    private readonly NoticeCues? _cues;

    private NotificationsHere(NotificationsService own, ServiceStack stack)
    {
        _own = own;
        Notifications = own.Api.With(stack);
        Policy = own.Policy.With(stack);
        Feeds = own.Feeds.With(stack);
    }

    private NotificationsHere(RoleElsewhere way, NoticeCues cues, NodeTools tools)
    {
        (Way, _cues) = (way, cues);
        (Notifications, Policy, Feeds, WebPushElsewhere) = NoticesElsewhere.Of(way, tools.Time);
    }

    /// <summary>Whether it is the node's own.</summary>
    public bool IsOwn => _own is not null;

    public NotificationsApi Notifications { get; }

    public NoticePolicyApi Policy { get; }

    public NoticeFeedApi Feeds { get; }

    /// <summary>What the other process waits for, if there is one.</summary>
    public NoticeCuesApi? Cues => _cues?.Api;

    /// <summary>Null where it is the node's own.</summary>
    public WebPushApi? WebPushElsewhere { get; }

    /// <summary>To the process that has it; null where it is the node's own.</summary>
    public RoleElsewhere? Way { get; }

    /// <exception cref="ServiceException">The directory's notifications are elsewhere, or here, other than the options
    /// say; or they cannot be opened.</exception>
    public static NotificationsHere Open(
        DataDirectory data, NodeOptions options, NotificationsPeers peers, ServiceStack stack, NodeTools tools)
    {
        if (options.NotificationsElsewhere is not { } where)
        {
            RolePlace.Notifications.RequireOwn(data);
            return new NotificationsHere(
                NotificationsService.Open(data, options.Notifications, peers, tools.Time, tools.Loggers, tools.Meters),
                stack);
        }
        RolePlace.Notifications.RequireNone(data);
        return new NotificationsHere(
            new RoleElsewhere(NotificationsRole.Name, where, tools),
            new NoticeCues(peers.Polls!.Added, tools.Time, tools.Loggers), tools);
    }

    public Task StartAsync(CancellationToken ct) => _own?.StartAsync(ct) ?? Task.CompletedTask;

    /// <summary>A function that makes news for the staff, so that they are told at once.</summary>
    public Service<TRequest, TReply> Heeding<TRequest, TReply>(Service<TRequest, TReply> change) =>
        _own?.Heeding(change) ?? _cues!.Heeding(change);

    public async ValueTask DisposeAsync()
    {
        if (_own is not null) await _own.DisposeAsync();
        if (_cues is not null) await _cues.DisposeAsync();
        if (Way is not null) await Way.DisposeAsync();
    }
}

/// <summary>The same services over another process.</summary>
internal sealed record NoticesElsewhere(
    NotificationsApi Notifications, NoticePolicyApi Policy, NoticeFeedApi Feeds, WebPushApi WebPush)
{
    public static NoticesElsewhere Of(RoleElsewhere way, TimeProvider time) =>
        Of(way.Connect(NotificationsRole.Name), way.Connect($"{NotificationsRole.Name}.feeds"), time);

    /// <param name="feeds">Apart: calls that wait for something to happen would tell the other calls' balancer that it
    /// is slow.</param>
    public static NoticesElsewhere Of(RemoteClient client, RemoteClient feeds, TimeProvider time)
    {
        var told = NotificationsRemote.ConnectNoticeFeed(feeds);
        return new NoticesElsewhere(
            NotificationsRemote.ConnectNotifications(
                client, told.FollowTold(client.Function(NotificationsRemote.NotificationsNewest), time)),
            NotificationsRemote.ConnectNoticePolicy(client, told.FollowMerges(time)), told,
            // What messages say is told where they are made.
            WebPushRemote.ConnectWebPush(client, static (_, _) => { }).KeepingKey());
    }
}
