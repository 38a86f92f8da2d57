using System.Globalization;
using Etcdserverpb;
using Grpc.Core;
using Grpc.Net.Client;
using Roost.Rpc;
using Roost.Rpc.Discovery;

namespace Roost.Cluster;

/// <summary>
/// A real etcd of one member or several on an address of this machine. What is in it, who serves what, is of no use
/// when its processes are gone: a member begins empty when it is first started here, and goes on with what it has when
/// it is started again.
/// </summary>
/// <param name="directory">For its data, and its logs.</param>
/// <param name="address">Where it listens, as the only one.</param>
/// <param name="members">1 or more; with an even number no more may be away than with one less.</param>
internal sealed class EtcdEngine(string directory, string address, int members)
{
    public const int MembersMax = 5;

    private const int FirstPort = 2379;

    // A process's first call is late on a busy machine.
    private static readonly TimeSpan _answerMax = TimeSpan.FromSeconds(5);

    private readonly bool[] _hasStarted = new bool[members];

    /// <summary>For callers and for each other.</summary>
    public static IEnumerable<int> Ports => Enumerable.Range(FirstPort, 2 * MembersMax);

    public IReadOnlyList<Uri> Endpoints => [.. Enumerable.Range(0, members).Select(Endpoint)];

    /// <param name="member">0 and up; so with all others.</param>
    public Uri Endpoint(int member) => new(ClientUrl(member));

    /// <summary>Starts a member, and waits until it answers, for which most of them have to be there.</summary>
    /// <param name="begun">Is told of the process at once; null for nobody.</param>
    /// <exception cref="ServiceException">It does not start; etcd is not installed.</exception>
    public async Task<Child> StartAsync(int member, CancellationToken ct, Action<Child>? begun = null)
    {
        var place = Directory.CreateDirectory(Path.Combine(directory, Name(member))).FullName;
        var data = Path.Combine(place, "data");
        if (!_hasStarted[member] && Directory.Exists(data)) Directory.Delete(data, recursive: true);
        _hasStarted[member] = true;
        var child = Child.Start(
            Programs.Etcd ?? throw new ServiceException(ErrorCode.Unavailable, Programs.EtcdMissing),
            [
                "--data-dir", data, "--name", Name(member), "--listen-client-urls", ClientUrl(member),
                "--advertise-client-urls", ClientUrl(member), "--listen-peer-urls", PeerUrl(member),
                "--initial-advertise-peer-urls", PeerUrl(member), "--initial-cluster",
                string.Join(',', Enumerable.Range(0, members).Select(one => $"{Name(one)}={PeerUrl(one)}")),
                "--log-level", "warn",
            ],
            Path.Combine(place, "log"));
        begun?.Invoke(child);
        using var store = new EtcdClusterStore([Endpoint(member)], TimeProvider.System);
        return await child.UntilAsync(stop => AnswersAsync(store, stop), ct);
    }

    /// <summary>Whether a member leads the others; no when it does not answer.</summary>
    public static bool Leads(string endpoint)
    {
        using var channel = GrpcChannel.ForAddress(endpoint);
        try
        {
            var status = new Maintenance.MaintenanceClient(channel).Status(
                new StatusRequest(), deadline: (TimeProvider.System.GetUtcNow() + _answerMax).UtcDateTime);
            return status.Leader == status.Header.MemberId;
        }
        catch (RpcException)
        {
            // It is stopped, or gone.
            return false;
        }
    }

    // Without the slash that a Uri's text ends with, which etcd refuses.
    private string ClientUrl(int member) => Url(FirstPort + (2 * member));

    private string PeerUrl(int member) => Url(FirstPort + (2 * member) + 1);

    private string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://{address}:{port}");

    private static string Name(int member) => (member + 1).ToString(CultureInfo.InvariantCulture);

    private static async Task<bool> AnswersAsync(EtcdClusterStore store, CancellationToken ct)
    {
        try
        {
            await store.ReadAsync("-", ct);
            return true;
        }
        catch (ServiceException)
        {
            // Not up yet.
            return false;
        }
    }
}
