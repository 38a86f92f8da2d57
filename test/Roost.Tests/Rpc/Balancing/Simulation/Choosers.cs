using Roost.Rpc.Balancing;

namespace Roost.Tests.Rpc.Balancing.Simulation;

/// <summary>How one caller of a simulation chooses an instance.</summary>
internal interface IChooser
{
    /// <summary>Chooses and counts the call as begun; <paramref name="ticket"/> comes back at its end.</summary>
    int Begin(long now, out object? ticket);

    void End(int instance, object? ticket, CallOutcome outcome, long now);
}

/// <summary>Ours, with the usual time measured as the client stack does.</summary>
internal sealed class BalancerChooser : IChooser
{
    private readonly Balancer<object> _balancer;
    private readonly QuantileEstimate _usual = new(0.5);
    private readonly SimulatedClock _clock;

    public BalancerChooser(
        BalancerOptions options, IReadOnlyList<InstanceInfo> instances, BalancerMetrics metrics, SimulatedClock clock,
        ulong seed)
    {
        _clock = clock;
        _balancer = new("simulated", options, metrics, clock, seed);
        Update(instances);
    }

    public IReadOnlyList<InstanceReport> Report() => _balancer.Report();

    public void Update(IReadOnlyList<InstanceInfo> instances) => _balancer.Update(
        instances, info => int.Parse(info.Id, System.Globalization.CultureInfo.InvariantCulture));

    public int Begin(long now, out object? ticket)
    {
        var picked = _balancer.Pick(now, mayProbe: true);
        ticket = picked;
        return (int)picked.Target;
    }

    public void End(int instance, object? ticket, CallOutcome outcome, long now)
    {
        var picked = (Picked<object>)ticket!;
        if (outcome == CallOutcome.Answered) _usual.Add(now - picked.Start);
        _balancer.End(picked, _usual.Value, outcome, _clock.Now);
    }
}

/// <summary>A peer: each in turn.</summary>
internal sealed class RoundRobin(int instances, int first) : IChooser
{
    private int _next = first;

    public int Begin(long now, out object? ticket)
    {
        ticket = null;
        return _next++ % instances;
    }

    public void End(int instance, object? ticket, CallOutcome outcome, long now) { }
}

/// <summary>A peer: the one to which this caller has the fewest calls open; of equals, the next in turn.</summary>
internal sealed class LeastConnections(int instances, int first) : IChooser
{
    private readonly int[] _open = new int[instances];
    private int _next = first;

    public int Begin(long now, out object? ticket)
    {
        ticket = null;
        _next++;
        var best = _next % instances;
        for (var i = 1; i < instances; i++)
        {
            var other = (_next + i) % instances;
            if (_open[other] < _open[best]) best = other;
        }
        _open[best]++;
        return best;
    }

    public void End(int instance, object? ticket, CallOutcome outcome, long now) => _open[instance]--;
}
