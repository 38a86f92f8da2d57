using Grpc.Net.Client;
using Roost.Bench.Frame;
using Roost.Bench.Remote;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Tests.Rpc.Balancing.Simulation;

namespace Roost.Bench.Balancing;

/// <summary>One of several processes that call the same instances and know nothing of each other.</summary>
internal interface ICaller : IDisposable
{
    /// <summary>A call to one of the instances.</summary>
    Task CallAsync(CancellationToken ct);
}

/// <summary>Ours: the client as a node has it, the whole stack around the balancer.</summary>
internal sealed class StackCaller : ICaller
{
    private readonly RemoteClient _client;
    private readonly Service<byte[], byte[]> _call;

    /// <param name="method">What may be done twice is hedged, too.</param>
    public StackCaller(
        IReadOnlyList<string> addresses, RemoteMethod<byte[], byte[]> method, BenchMeters meters, int number)
    {
        var policy = new ClientPolicy { TimeoutMax = TimeSpan.FromMinutes(1) };
        _client = new RemoteClient(
            "bench", new BalancerOptions(), policy, meters, TimeProvider.System, seed: (ulong)number);
        _client.Update([.. addresses.Select(address => new InstanceInfo(address, Address: address))]);
        _call = _client.Function(method);
    }

    public async Task CallAsync(CancellationToken ct) => await _call([], Call.Until(ct));

    public void Dispose() => _client.Dispose();
}

/// <summary>A peer: gRPC's own client, and one of the plain ways to choose.</summary>
internal sealed class ChoosingCaller(IReadOnlyList<string> addresses, IChooser chooser) : ICaller
{
    private readonly GrpcChannel[] _channels = [.. addresses.Select(address => GrpcChannel.ForAddress(
        address,
        new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true } }))];

    private readonly Lock _lock = new();

    public async Task CallAsync(CancellationToken ct)
    {
        int chosen;
        object? ticket;
        lock (_lock) chosen = chooser.Begin(0, out ticket);
        try
        {
            await new BareCalls(_channels[chosen].CreateCallInvoker(), 0).CallAsync();
        }
        finally
        {
            lock (_lock) chooser.End(chosen, ticket, CallOutcome.Answered, 0);
        }
    }

    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }
}
