using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Graph;
using Roost.Services.Users;

namespace Roost.Replay.Online;

/// <summary>
/// Makes the accounts and follows of a network by the Users and Graph services themselves, thousands in a call: over
/// the client API each account is a password's hash, some 50 ms of a processor, and each follow a request. It is for
/// who runs these services and reaches their ports; what is made there by anybody else is taken for the network's.
/// </summary>
/// <remarks>What is there already is passed over, so a run that was broken off is completed by the next one. Only
/// tokens are made anew, as with every sign-in.</remarks>
internal sealed class ServiceAccounts : IDisposable
{
    private const int AccountsPerCall = 8_192;
    private const int FollowsPerCall = 16_384;
    private const string Scopes = "read write follow";

    private readonly RemoteClient _usersClient;
    private readonly RemoteClient _graphClient;
    private readonly UsersApi _users;
    private readonly GraphApi _graph;

    /// <param name="users">Where Users is called, as <c>roost serve users</c> says it; so with
    /// <paramref name="graph"/>.</param>
    public ServiceAccounts(Uri users, Uri graph, NodeTools tools)
    {
        _usersClient = Connect(Role.Users, users, tools);
        _graphClient = Connect(Role.Graph, graph, tools);
        _users = UsersRemote.ConnectUsers(_usersClient);
        _graph = GraphRemote.ConnectGraph(
            _graphClient, (_, _) => throw new NotSupportedException("Who makes follows need not hear of them."));
    }

    /// <exception cref="ServiceException">A call failed; what was made until then stays.</exception>
    public async Task<OnlineAccount[]> OpenAsync(Network network, Action<long, long>? progress, CancellationToken ct)
    {
        var names = network.Usernames;
        var ids = new List<AccountId>(names.Length);
        foreach (var batch in names.Chunk(AccountsPerCall))
        {
            var drafts = Array.ConvertAll(batch, name => new AccountDraft(name, name, network.StartsAt));
            ids.AddRange(await _users.Import(new ImportAccounts(drafts), Call.Until(ct)));
        }
        var app = await _users.CreateApp(
            new CreateApp("roost replay", null, ["urn:ietf:wg:oauth:2.0:oob"], Scopes), Call.Until(ct));
        var accounts = new OnlineAccount[names.Length];
        var opened = 0;
        foreach (var batch in ids.Chunk(AccountsPerCall))
        {
            foreach (var issued in await _users.CreateTokens(new CreateTokens(app.Id, batch, Scopes), Call.Until(ct)))
            {
                accounts[opened] = new OnlineAccount(ids[opened].ToString(), names[opened], issued.Value);
                opened++;
            }
            progress?.Invoke(opened, names.Length);
        }
        return accounts;
    }

    /// <exception cref="ServiceException">As with <see cref="OpenAsync"/>.</exception>
    public async Task FollowAsync(
        OnlineAccount[] accounts, Network network, Action<long, long>? progress, CancellationToken ct)
    {
        var ids = Array.ConvertAll(
            accounts, account => AccountId.TryParse(account.Id, out var id) ? id : default);
        var done = 0L;
        foreach (var batch in network.Follows.Chunk(FollowsPerCall))
        {
            var follows = Array.ConvertAll(batch, follow => (ids[follow.Follower], ids[follow.Followee]));
            await _graph.Import(new ImportFollows(follows, network.StartsAt), Call.Until(ct));
            progress?.Invoke(done += batch.Length, network.Follows.Length);
        }
    }

    public void Dispose()
    {
        _usersClient.Dispose();
        _graphClient.Dispose();
    }

    private static RemoteClient Connect(Role role, Uri url, NodeTools tools)
    {
        // A call is a transaction of thousands.
        var policy = new ClientPolicy { TimeoutMax = TimeSpan.FromSeconds(60) };
        var client = new RemoteClient(role.Name, new BalancerOptions(), policy, tools.Meters, tools.Time, seed: 1);
        client.Update([new InstanceInfo(url.Authority, Address: url.GetLeftPart(UriPartial.Authority))]);
        return client;
    }
}
