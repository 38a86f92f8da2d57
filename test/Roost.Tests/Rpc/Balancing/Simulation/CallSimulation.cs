using Roost.Rpc.Balancing;

namespace Roost.Tests.Rpc.Balancing.Simulation;

/// <summary>A simulated world of callers and instances.</summary>
internal sealed record CallWorld
{
    public int Instances { get; init; } = 3;

    /// <summary>Callers that know nothing of each other.</summary>
    public int Callers { get; init; } = 4;

    /// <summary>Calls at work in an instance at a time; more wait in turn.</summary>
    public int Workers { get; init; } = 16;

    public double CallsPerSecond { get; init; } = 1200;

    /// <summary>The median of service times, which are log-normal.</summary>
    public double MedianSeconds { get; init; } = 0.005;

    /// <summary>The standard deviation of their logarithm.</summary>
    public double Spread { get; init; } = 0.5;

    /// <summary>How many times as slow an instance is, at a time in seconds.</summary>
    public Func<int, double, double> Slowness { get; init; } = (_, _) => 1;

    /// <summary>Whether an instance fails a call at once, given a random number from 0 to 1.</summary>
    public Func<int, double, double, bool> Fails { get; init; } = (_, _, _) => false;
}

/// <summary>What one call of a simulation met.</summary>
internal readonly record struct SimulatedCall(double Start, int Instance, double Seconds, bool HasFailed);

/// <summary>
/// Plays calls in the order of time: arrivals at random (Poisson), each to whom its caller chooses, served by a bounded
/// number of workers. The same seed gives the same story.
/// </summary>
internal sealed class CallSimulation(CallWorld world, SimulatedClock clock, int seed)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<Event, long> _events = new();
    private readonly Queue<Job>[] _waiting = [.. Enumerable.Range(0, world.Instances).Select(_ => new Queue<Job>())];
    private readonly int[] _atWork = new int[world.Instances];
    private readonly List<SimulatedCall> _calls = [];

    public IReadOnlyList<SimulatedCall> Run(double seconds, IReadOnlyList<IChooser> choosers, Action<double>? each = null)
    {
        var end = Ticks(seconds);
        _events.Enqueue(new Event(null), 0);
        while (_events.TryDequeue(out var next, out var at))
        {
            clock.Now = at;
            if (next.Done is { } job)
            {
                Finish(job);
                continue;
            }
            if (at >= end) continue;
            each?.Invoke(Seconds(at));
            Arrive(choosers[_random.Next(choosers.Count)]);
            var gap = -Math.Log(1 - _random.NextDouble()) / world.CallsPerSecond;
            _events.Enqueue(new Event(null), at + Ticks(gap));
        }
        return _calls;
    }

    private void Arrive(IChooser chooser)
    {
        var instance = chooser.Begin(clock.Now, out var ticket);
        var job = new Job(chooser, instance, ticket, clock.Now);
        if (world.Fails(instance, Seconds(clock.Now), _random.NextDouble()))
        {
            job.HasFailed = true;
            // A refused connection takes a tenth of a millisecond.
            _events.Enqueue(new Event(job), clock.Now + Ticks(0.0001));
        }
        else if (_atWork[instance] < world.Workers)
        {
            Serve(job);
        }
        else
        {
            _waiting[instance].Enqueue(job);
        }
    }

    private void Serve(Job job)
    {
        _atWork[job.Instance]++;
        var seconds = world.MedianSeconds * Math.Exp(world.Spread * Normal())
            * world.Slowness(job.Instance, Seconds(clock.Now));
        _events.Enqueue(new Event(job), clock.Now + Ticks(seconds));
    }

    private void Finish(Job job)
    {
        _calls.Add(new SimulatedCall(
            Seconds(job.Start), job.Instance, Seconds(clock.Now - job.Start), job.HasFailed));
        job.Chooser.End(
            job.Instance, job.Ticket, job.HasFailed ? CallOutcome.Failed : CallOutcome.Answered, clock.Now);
        if (job.HasFailed) return;
        _atWork[job.Instance]--;
        if (_waiting[job.Instance].TryDequeue(out var next)) Serve(next);
    }

    // Box and Muller's.
    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static long Ticks(double seconds) => (long)(seconds * SimulatedClock.TicksPerSecond);

    private static double Seconds(long ticks) => (double)ticks / SimulatedClock.TicksPerSecond;

    private readonly record struct Event(Job? Done);

    private sealed class Job(IChooser chooser, int instance, object? ticket, long start)
    {
        public IChooser Chooser => chooser;
        public int Instance => instance;
        public object? Ticket => ticket;
        public long Start => start;
        public bool HasFailed { get; set; }
    }
}

/// <summary>Figures of a stretch of a simulation.</summary>
internal static class SimulatedCalls
{
    public static SimulatedCall[] Between(this IReadOnlyList<SimulatedCall> calls, double from, double to) =>
        [.. calls.Where(call => call.Start >= from && call.Start < to)];

    public static double ShareOf(this SimulatedCall[] calls, int instance) =>
        (double)calls.Count(call => call.Instance == instance) / calls.Length;

    public static double P99(this SimulatedCall[] calls) =>
        calls.Select(call => call.Seconds).Order().ElementAt(calls.Length * 99 / 100);

    public static double Median(this SimulatedCall[] calls) =>
        calls.Select(call => call.Seconds).Order().ElementAt(calls.Length / 2);
}
