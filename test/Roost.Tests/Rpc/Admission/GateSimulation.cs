using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;

namespace Roost.Tests.Rpc.Admission;

/// <summary>A service behind a gate, in simulated time, and who asks it.</summary>
internal sealed record GateWorld
{
    /// <summary>Calls that the service works on at once, at a time in seconds; more wait within it, in turn.</summary>
    public Func<double, int> Workers { get; init; } = _ => 8;

    /// <summary>The median of a kind's service times, in seconds, at a time. They are log-normal.</summary>
    public Func<int, double, double> Median { get; init; } = (_, _) => 0.02;

    /// <summary>The standard deviation of their logarithm.</summary>
    public double Spread { get; init; } = 0.3;

    public IReadOnlyList<Askers> Askers { get; init; } = [];

    public AdmissionOptions Options { get; init; } = new();

    public IReadOnlyList<AdmissionShare> Shares { get; init; } = [new("all")];

    /// <summary>What all workers do in a second of calls of one kind at that time.</summary>
    public double Capacity(int kind, double at) =>
        Workers(at) / (Median(kind, at) * Math.Exp(Spread * Spread / 2));
}

/// <param name="PerSecond">How often they ask, at a time in seconds; at random.</param>
internal sealed record Askers(Func<double, double> PerSecond, int Share = 0, int Kind = 0, int Priority = 0);

/// <summary>What one call met.</summary>
/// <param name="Waited">Seconds until it was let in or refused.</param>
/// <param name="Seconds">From its begin to its end.</param>
internal readonly record struct GateCall(
    double Start, Askers Askers, AdmissionOutcome Outcome, double Waited, double Seconds);

/// <summary>Plays calls in the order of time. The same seed gives the same story.</summary>
internal sealed class GateSimulation(GateWorld world, int seed) : IDisposable
{
    private const long TicksPerSecond = TimeSpan.TicksPerSecond;

    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<Action, long> _events = new();
    private readonly List<Job> _waiting = [];
    private readonly Queue<Job> _inService = new();
    private readonly List<GateCall> _calls = [];
    private AdmissionGate _gate = null!;
    private int _atWork;

    /// <summary>Limits over time: one entry a tenth of a second.</summary>
    public List<(double At, AdmissionReport Report)> Reports { get; } = [];

    public IReadOnlyList<GateCall> Run(double seconds)
    {
        var kinds = world.Askers.Max(askers => askers.Kind) + 1;
        var priorities = world.Askers.Max(askers => askers.Priority) + 1;
        _gate = new("simulated", world.Options, world.Shares, kinds, priorities, new AdmissionMetrics(_meters), _time);
        foreach (var askers in world.Askers) Schedule(0, () => Ask(askers, seconds));
        for (var at = 0.0; at < seconds; at += 0.1) Schedule(at, () => Reports.Add((Now, _gate.Report())));
        while (_events.TryDequeue(out var next, out var at))
        {
            _time.Advance(TimeSpan.FromTicks(Math.Max(0, at - _time.GetTimestamp())));
            Settle();
            next();
            Settle();
        }
        return _calls;
    }

    public void Dispose()
    {
        _gate.Dispose();
        _meters.Dispose();
    }

    private double Now => (double)_time.GetTimestamp() / TicksPerSecond;

    private void Ask(Askers askers, double end)
    {
        if (Now >= end) return;
        var rate = askers.PerSecond(Now);
        Schedule(rate > 0 ? -Math.Log(1 - _random.NextDouble()) / rate : 0.1, () => Ask(askers, end));
        if (rate <= 0) return;
        var entering = _gate.EnterAsync(askers.Share, askers.Priority, CancellationToken.None);
        _waiting.Add(new Job(askers, Now, entering.AsTask()));
    }

    /// <summary>Who was let in begins, who was refused is done.</summary>
    private void Settle()
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            var job = _waiting[i];
            if (!job.Entering.IsCompleted) continue;
            _waiting.RemoveAt(i--);
            job.Waited = Now - job.Start;
            if (!job.Entering.Result.IsAdmitted)
                _calls.Add(new(job.Start, job.Askers, job.Entering.Result.Outcome, job.Waited, job.Waited));
            else
                _inService.Enqueue(job);
        }
        while (_atWork < world.Workers(Now) && _inService.TryDequeue(out var next))
        {
            _atWork++;
            var job = next;
            Schedule(
                world.Median(job.Askers.Kind, Now) * Math.Exp(world.Spread * Normal()), () => Finish(job));
        }
    }

    private void Finish(Job job)
    {
        _atWork--;
        _calls.Add(new(job.Start, job.Askers, AdmissionOutcome.Admitted, job.Waited, Now - job.Start));
        _gate.Leave(job.Askers.Share, job.Askers.Kind, job.Entering.Result.Start, CallOutcome.Answered);
    }

    private void Schedule(double seconds, Action action) =>
        _events.Enqueue(action, _time.GetTimestamp() + (long)(seconds * TicksPerSecond));

    // Box and Muller's.
    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private sealed class Job(Askers askers, double start, Task<Roost.Rpc.Admission.Admission> entering)
    {
        public Askers Askers => askers;
        public double Start => start;
        public Task<Roost.Rpc.Admission.Admission> Entering => entering;
        public double Waited { get; set; }
    }
}

/// <summary>Figures of a stretch of a simulation.</summary>
internal static class GateCalls
{
    public static GateCall[] Between(this IReadOnlyList<GateCall> calls, double from, double to) =>
        [.. calls.Where(call => call.Start >= from && call.Start < to)];

    public static GateCall[] Answered(this IEnumerable<GateCall> calls) =>
        [.. calls.Where(call => call.Outcome == AdmissionOutcome.Admitted)];

    public static GateCall[] Of(this IEnumerable<GateCall> calls, Askers askers) =>
        [.. calls.Where(call => call.Askers == askers)];

    public static double Quantile(this IEnumerable<GateCall> calls, double quantile)
    {
        var sorted = calls.Select(call => call.Seconds).Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))];
    }
}
