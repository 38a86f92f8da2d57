using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Discovery;
using Roost.Rpc.Remote;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>Where a service is found that this process does not run itself: at addresses, or through a cluster
/// store.</summary>
/// <param name="Addresses">URLs of its instances; with a store, none.</param>
/// <param name="Store">Of etcd's members; none for no store.</param>
public sealed record Elsewhere(IReadOnlyList<Uri> Addresses, IReadOnlyList<Uri> Store);

/// <summary>The Users service of another process, as a node uses it.</summary>
internal sealed class UsersElsewhere : IAsyncDisposable
{
    /// <summary>As it is announced and called.</summary>
    public const string Name = "users";

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    private readonly RemoteClient _client;
    private readonly EtcdClusterStore? _store;
    private readonly ServiceWatcher? _watcher;

    private UsersElsewhere(Elsewhere where, NodeTools tools)
    {
        _client = new RemoteClient(
            Name, new BalancerOptions(), new ClientPolicy(), tools.Meters, tools.Time,
            seed: (ulong)Environment.ProcessId);
        Users = UsersRemote.ConnectUsers(_client);
        Moderation = UsersRemote.ConnectModeration(_client);
        Figures = UsersRemote.ConnectFigures(_client);
        if (where.Store.Count == 0)
        {
            _client.Update([.. where.Addresses.Select(
                url => new InstanceInfo(url.Authority, Address: url.GetLeftPart(UriPartial.Authority)))]);
            return;
        }
        _store = new EtcdClusterStore(where.Store, tools.Time);
        _watcher = new ServiceWatcher(
            _store, Name, _client.Update, tools.Time, tools.Loggers.CreateLogger<ServiceWatcher>());
    }

    public UsersApi Users { get; }

    public ModerationApi Moderation { get; }

    public FiguresApi Figures { get; }

    /// <summary>How its instances stand.</summary>
    public CalledService Report() => new(Name, _client.Report());

    /// <summary>Waits until it answers: in which order processes start does not matter.</summary>
    public static async Task<UsersElsewhere> ConnectAsync(Elsewhere where, NodeTools tools, CancellationToken ct)
    {
        var users = new UsersElsewhere(where, tools);
        try
        {
            while (!await users.AnswersAsync(ct)) await Task.Delay(_pause, tools.Time, ct);
            return users;
        }
        catch
        {
            await users.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null) await _watcher.DisposeAsync();
        _store?.Dispose();
        _client.Dispose();
    }

    private async Task<bool> AnswersAsync(CancellationToken ct)
    {
        try
        {
            await Users.Count(new CountAccounts(), Call.Until(ct));
            return true;
        }
        catch (ServiceException notYet) when (
            notYet.Code is ErrorCode.Unavailable or ErrorCode.DeadlineExceeded or ErrorCode.Overloaded)
        {
            return false;
        }
    }
}
