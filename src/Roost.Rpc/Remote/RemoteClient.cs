using System.Diagnostics.Metrics;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Toggles;

namespace Roost.Rpc.Remote;

/// <summary>
/// One service that runs elsewhere, as seen from here: its instances, and functions like those of a service in this
/// process, behind the whole <see cref="ClientStack{TTarget}"/>.
/// </summary>
/// <remarks>Thread-safe. Disposing lets calls at work end.</remarks>
public sealed class RemoteClient : IDisposable
{
    private readonly Balancer<RemoteChannel> _balancer;
    private readonly ClientStack<RemoteChannel> _stack;
    private readonly TimeProvider _time;
    private readonly LocalService? _local;

    /// <param name="service">As metrics and errors name it: <c>users</c>.</param>
    /// <param name="hedging">As <see cref="ClientStack{TTarget}"/> takes it.</param>
    /// <param name="local">Where this process serves it itself: then all calls go there, directly.</param>
    public RemoteClient(
        string service, BalancerOptions balancing, ClientPolicy policy, IMeterFactory meters, TimeProvider time,
        ulong seed, Toggle? hedging = null, LocalService? local = null)
    {
        (_time, _local) = (time, local);
        _balancer = new(service, balancing, new BalancerMetrics(meters), time, seed);
        _stack = new(_balancer, policy, meters, time, seed, hedging);
    }

    /// <summary>How its instances stand.</summary>
    public IReadOnlyList<InstanceReport> Report() => _balancer.Report();

    /// <summary>What there is from now on.</summary>
    /// <param name="instances">Addresses are URLs: <c>http://10.0.0.5:4000</c>.</param>
    public void Update(IReadOnlyList<InstanceInfo> instances)
    {
        foreach (var gone in _balancer.Update(instances, info => new RemoteChannel(info.Address, _time)))
            gone.Retire();
    }

    /// <summary>A function of the service. Once per method, at start-up.</summary>
    /// <param name="keyOf">Whose a request is, for all of theirs to go to one instance; null: to any.</param>
    public Service<TRequest, TReply> Function<TRequest, TReply>(
        RemoteMethod<TRequest, TReply> method, Func<TRequest, ulong>? keyOf = null)
        where TRequest : notnull
    {
        ArgumentNullException.ThrowIfNull(method);
        if (_local is not null) return _local.Function(method);
        return _stack.Wrap<TRequest, TReply>(
            method.MetricName, method.Repeatable, (channel, request, call) => channel.SendAsync(method, request, call),
            keyOf);
    }

    public void Dispose() => Update([]);
}
