using Roost.Rpc;
using Roost.Rpc.Discovery;

namespace Roost.Cluster;

/// <summary>A real etcd of one member on an address of this machine.</summary>
/// <param name="directory">For its data, and its log.</param>
/// <param name="address">Where it listens, as the only one.</param>
internal sealed class EtcdEngine(string directory, string address)
{
    public const int Port = 2379;

    public const int PeerPort = 2380;

    public Uri Endpoint => new(ClientUrl);

    // Without the slash that a Uri's text ends with, which etcd refuses.
    private string ClientUrl => $"http://{address}:{Port}";

    /// <summary>Starts it, and waits until it answers.</summary>
    /// <param name="begun">Is told of the process at once; null for nobody.</param>
    /// <exception cref="ServiceException">It does not start; etcd is not installed.</exception>
    public async Task<Child> StartAsync(CancellationToken ct, Action<Child>? begun = null)
    {
        var peers = $"http://{address}:{PeerPort}";
        var child = Child.Start(
            Programs.Etcd ?? throw new ServiceException(ErrorCode.Unavailable, Programs.Missing!),
            [
                "--data-dir", Path.Combine(directory, "data"), "--name", "one", "--listen-client-urls", ClientUrl,
                "--advertise-client-urls", ClientUrl, "--listen-peer-urls", peers,
                "--initial-advertise-peer-urls", peers, "--initial-cluster", $"one={peers}", "--log-level", "warn",
            ],
            Path.Combine(Directory.CreateDirectory(directory).FullName, "log"));
        begun?.Invoke(child);
        using var store = new EtcdClusterStore([Endpoint], TimeProvider.System);
        return await child.UntilAsync(stop => AnswersAsync(store, stop), ct);
    }

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
