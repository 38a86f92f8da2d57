using System.CommandLine;
using System.Diagnostics;
using Grpc.Core;
using Roost.Bench.Frame;
using Roost.Bench.Remote;
using Roost.Rpc;
using Roost.Tests.Rpc.Balancing.Simulation;

namespace Roost.Bench.Balancing;

/// <summary>
/// Over real gRPC, what callers feel when one of three instances becomes 20 times slower: the whole client stack,
/// beside round robin and least connections, each with fresh connections, one after the other in the same run.
/// </summary>
internal static class SlowInstanceBenchmark
{
    private const int Instances = 3;
    private const int Callers = 4;
    private const double SlowTimes = 20;
    private const int FirstSeconds = 5;
    private const int WarmUpCalls = 100;

    public static Command Verb() => Verbs.Create(
        "slow-instance",
        "One of three gRPC instances becomes 20 times slower: our client, beside round robin and least connections.",
        RunAsync);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var plan = settings.Quick ? new Plan(200, 1, 2, 6) : new Plan(600, 6, 6, 15);
        var report = new Report("One of three instances becomes slow");
        using var meters = new BenchMeters();
        var instances = new List<SlowableInstance>();
        try
        {
            for (var i = 0; i < Instances; i++) instances.Add(await SlowableInstance.StartAsync(seed: i));
            string[] addresses = [.. instances.Select(instance => instance.Address)];
            var table = report.AddTable(
                $"{plan.PerSecond} calls/s by {Callers} callers, median service time 5 ms; one instance {SlowTimes:0} "
                + $"times slower from second {plan.SlowFrom} on",
                "client", "p99 ms before", $"p99 ms, first {FirstSeconds} s", "p99 ms after", "times before",
                $"% to it, first {FirstSeconds} s", "% to it after", "s until < 1 %", "failed");
            await AddAsync("our client", i => new StackCaller(addresses, BareCalls.Served, meters, i));
            await AddAsync("our client, hedged", i => new StackCaller(addresses, BareCalls.Repeated, meters, i));
            await AddAsync("round robin", i => new ChoosingCaller(addresses, new RoundRobin(Instances, i)));
            await AddAsync("least connections", i => new ChoosingCaller(addresses, new LeastConnections(Instances, i)));

            async Task AddAsync(string name, Func<int, ICaller> make)
            {
                await Console.Error.WriteLineAsync(name);
                ICaller[] callers = [.. Enumerable.Range(0, Callers).Select(make)];
                var calls = await PlayAsync(plan, instances, callers, ct);
                foreach (var caller in callers) caller.Dispose();
                var before = P99(calls, plan.WarmUp, plan.SlowFrom);
                var after = P99(calls, plan.SlowFrom + FirstSeconds, plan.Seconds);
                table.Add(
                    name, before, P99(calls, plan.SlowFrom, plan.SlowFrom + FirstSeconds), after, after / before,
                    Share(instances, plan.SlowFrom, plan.SlowFrom + FirstSeconds) * 100,
                    Share(instances, plan.SlowFrom + FirstSeconds, plan.Seconds) * 100,
                    UntilLeftAlone(instances, plan), calls.Count(call => double.IsInfinity(call.Milliseconds)));
            }
        }
        finally
        {
            foreach (var instance in instances) await instance.DisposeAsync();
        }
        report.Note("Latencies count from the moment that each call was meant. All is in one process on this machine.");
        return report;
    }

    /// <summary>Sends at the plan's rate whatever comes of it.</summary>
    /// <returns>When each call was meant, in seconds from the start, and what it took; infinity for one that
    /// failed.</returns>
    private static async Task<(double At, double Milliseconds)[]> PlayAsync(
        Plan plan, List<SlowableInstance> instances, ICaller[] callers, CancellationToken ct)
    {
        // Connections are open, and code is compiled, before time counts.
        foreach (var caller in callers)
            for (var i = 0; i < WarmUpCalls; i++) await CallAsync(caller, 0, Stopwatch.GetTimestamp(), ct);
        var start = Stopwatch.GetTimestamp();
        foreach (var instance in instances) instance.CountFrom(start, plan.Seconds);
        var calls = new Task<(double, double)>[plan.PerSecond * plan.Seconds];
        for (var i = 0; i < calls.Length; i++)
        {
            var at = (double)i / plan.PerSecond;
            var due = start + (long)(at * Stopwatch.Frequency);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (early > TimeSpan.FromMilliseconds(1)) await Task.Delay(early, TimeProvider.System, ct);
            if (at >= plan.SlowFrom) instances[0].Times = SlowTimes;
            calls[i] = CallAsync(callers[i % callers.Length], at, due, ct);
        }
        return await Task.WhenAll(calls);
    }

    private static async Task<(double At, double Milliseconds)> CallAsync(
        ICaller caller, double at, long due, CancellationToken ct)
    {
        try
        {
            await caller.CallAsync(ct);
        }
        catch (Exception failure) when (failure is ServiceException or RpcException)
        {
            return (at, double.PositiveInfinity);
        }
        return (at, Stopwatch.GetElapsedTime(due).TotalMilliseconds);
    }

    private static double P99((double At, double Milliseconds)[] calls, int from, int to)
    {
        var took = calls.Where(call => call.At >= from && call.At < to).Select(call => call.Milliseconds).Order()
            .ToArray();
        return took[(int)((took.Length - 1) * 0.99)];
    }

    /// <summary>Of the calls that came in, the part that went to the slow one.</summary>
    private static double Share(List<SlowableInstance> instances, int from, int to) =>
        instances[0].Between(from, to) / (double)Math.Max(1, instances.Sum(instance => instance.Between(from, to)));

    /// <summary>Whole seconds from the change until the rest of the calls, taken together, keeps below 1 %.</summary>
    private static string UntilLeftAlone(List<SlowableInstance> instances, Plan plan)
    {
        for (var second = plan.SlowFrom; second < plan.Seconds; second++)
            if (Share(instances, second, plan.Seconds) < 0.01) return $"{second - plan.SlowFrom}";
        return "never";
    }

    /// <param name="WarmUp">Seconds until what is measured as before begins.</param>
    /// <param name="Before">Seconds that it lasts.</param>
    /// <param name="After">Seconds with a slow instance.</param>
    private sealed record Plan(int PerSecond, int WarmUp, int Before, int After)
    {
        public int SlowFrom => WarmUp + Before;

        public int Seconds => SlowFrom + After;
    }
}
