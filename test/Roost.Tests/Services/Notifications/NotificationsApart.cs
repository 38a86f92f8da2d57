using Roost.Composition;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Services.Notifications;
using Roost.Services.Storage;
using Roost.Services.WebPush;
using Roost.Tests.Rpc.Remote;
using Roost.Tests.Services.Storage;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Services.Notifications;

/// <summary>Notifications as a process has them that has nothing else, over gRPC in both directions; found through a
/// store, for each of the two needs the other's address.</summary>
/// <param name="time">Of the notifications.</param>
internal sealed class NotificationsApart(
    NotificationsOptions options, WebPushOptions webPush, TimeProvider time) : IAsyncDisposable
{
    private readonly string _directory = TestDirectory.Make();
    private readonly Stack<IAsyncDisposable> _opened = new();
    private DataDirectory? _data;

    /// <summary>Where a node finds it.</summary>
    public Elsewhere Place => new([], [new Uri(Path.Combine(_directory, "cluster.db"))]);

    /// <summary>Over a node that is open, and finds it from then on.</summary>
    /// <param name="tools">The node's, whose timers are the machine's.</param>
    public async Task OpenAsync(Node node, NodeTools tools)
    {
        var posts = await RemoteHost.StartAsync(remote => NodeContracts.Serve(remote, node));
        _opened.Push(posts);
        _data = DataDirectory.Open(Path.Combine(_directory, "data"));
        // What waits for an answer is not in the test's time; what waits for a poll's end is.
        var own = tools with { Time = new RealTimers(time, max: TimeSpan.FromMinutes(1)) };
        var role = NotificationsRole.Of(
            new NotificationsRoleOptions(
                new Elsewhere([new Uri(posts.Address)], []), new WebOptions { PublicUrl = new("http://social.example") })
            {
                Notifications = options,
                WebPush = webPush,
            });
        var host = await RemoteHost.StartAsync(async remote => _opened.Push(
            (await role.Serve(
                _data, own, new ServiceStack(own.Meters, own.Time, new MethodLimits()), remote, default)).Owner));
        _opened.Push(host);
        DataParts.Note(_data, RolePlace.Notifications.Parts);
        _opened.Push(Announced.Start(
            Place.Store, NotificationsRole.Name, new Uri(host.Address), zone: "", network: null, admin: null, tools)!);
        // However long it takes on a busy machine to be found.
        await node.Notifications.Newest.AskUntilAnsweredAsync(
            new GetNewestNotice(), tools.Time, TestContext.Current.CancellationToken);
    }

    public async Task CloseAsync()
    {
        while (_opened.TryPop(out var one)) await one.DisposeAsync();
        _data?.Dispose();
        _data = null;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
