using System.CommandLine;
using System.Globalization;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Roost.Bench.Frame;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Tests.Rpc.Balancing.Simulation;

namespace Roost.Bench.Balancing;

/// <summary>
/// What a choice costs and what the client's whole stack costs, where the instance answers at once; and, in simulated
/// time, what callers feel when one of three instances becomes 20 times slower.
/// </summary>
internal static class BalancerBenchmark
{
    private const double SlowFrom = 20;

    public static Command Verb() => Verbs.Create(
        "balancer",
        "Choosing an instance, beside round robin and least connections; the client's stack, beside a Polly pipeline.",
        RunAsync);

    private static async Task<Report> RunAsync(
        ParseResult parsed, BenchSettings settings, CancellationToken cancellation)
    {
        var report = new Report("Choosing among instances");
        using var meters = new BenchMeters();
        var calls = settings.Quick ? 10_000 : 1_000_000;
        foreach (var instances in new[] { 3, 100 })
        {
            var measured = await Rounds.RunAsync(
                settings,
                [
                    Choosing("balancer", calls, Balancer(meters, instances)),
                    Choosing("round robin", calls, new AtomicTurns(instances)),
                    Choosing("least connections", calls, new AtomicLeast(instances)),
                ],
                cancellation);
            report.AddRounds(
                $"A choice among {instances} instances, begun and ended", "call", measured, measured[2]);
        }
        var stacks = await Rounds.RunAsync(
            settings,
            [
                Calling("whole stack, may be repeated", calls, Stack(meters, Repeatable.Yes)),
                Calling("whole stack, may not", calls, Stack(meters, Repeatable.No)),
                Calling("Polly: timeout, retry (no balancing)", calls, PollyPipeline()),
                Calling("the bare function", calls, (request, _) => ValueTask.FromResult(request + 1)),
            ],
            cancellation);
        report.AddRounds("The client's stack around a target that answers at once", "call", stacks, stacks[2]);
        Simulate(report, meters, settings.Quick ? 1 : 5);
        return report;
    }

    private static void Simulate(Report report, BenchMeters meters, int seeds)
    {
        var table = report.AddTable(
            "One of three instances 20 times slower from second 20 on; 1,200 calls/s, 4 callers, medians of seeds",
            "chooser", "p99 ms before", "p99 ms in the first 5 s", "p99 ms after", "% to the slow one after");
        var world = new CallWorld { Slowness = (instance, at) => instance == 0 && at >= SlowFrom ? 20 : 1 };
        var clock = new SimulatedClock();
        var metrics = new BalancerMetrics(meters);
        Add("balancer", (seed, i) => new BalancerChooser(
            new(), Infos(3), metrics, clock, (ulong)(seed * 100 + i)));
        Add("round robin", (_, i) => new RoundRobin(3, i));
        Add("least connections", (_, i) => new LeastConnections(3, i));

        void Add(string name, Func<int, int, IChooser> make)
        {
            var runs = Enumerable.Range(1, seeds).Select(seed =>
            {
                clock.Now = 0;
                IChooser[] choosers = [.. Enumerable.Range(0, world.Callers).Select(i => make(seed, i))];
                return new CallSimulation(world, clock, seed).Run(SlowFrom + 25, choosers);
            }).ToArray();
            table.Add(
                name,
                Median(calls => calls.Between(10, SlowFrom).P99() * 1e3),
                Median(calls => calls.Between(SlowFrom, SlowFrom + 5).P99() * 1e3),
                Median(calls => calls.Between(SlowFrom + 5, SlowFrom + 25).P99() * 1e3),
                Median(calls => calls.Between(SlowFrom + 5, SlowFrom + 25).ShareOf(0) * 100));

            double Median(Func<IReadOnlyList<SimulatedCall>, double> of) => Rounds.Median([.. runs.Select(of)]);
        }
    }

    private static Subject Choosing(string name, int calls, IChoice choice) => new(name, () =>
    {
        for (var i = 0; i < calls; i++) choice.BeginAndEnd();
        return calls;
    });

    private static Subject Calling(string name, int calls, Service<long, long> service) => new(name, async () =>
    {
        var value = 0L;
        for (var i = 0; i < calls; i++) value = await service(value, Call.Unbounded);
        if (value != calls) throw new InvalidOperationException($"'{name}' counted {value} of {calls} calls.");
        return calls;
    });

    private static Service<long, long> Stack(BenchMeters meters, Repeatable repeatable)
    {
        var time = TimeProvider.System;
        var balancer = new Balancer<object>("bench", new(), new BalancerMetrics(meters), time, seed: 1);
        balancer.Update(Infos(3), info => info);
        return new ClientStack<object>(balancer, new ClientPolicy(), meters, time, seed: 1)
            .Wrap<long, long>("bench.add", repeatable, (_, request, _) => ValueTask.FromResult(request + 1));
    }

    private static Service<long, long> PollyPipeline()
    {
        var pipeline = new ResiliencePipelineBuilder()
            .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(5) })
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2 })
            .Build();
        return (request, call) => pipeline.ExecuteAsync(
            static (state, _) => ValueTask.FromResult(state + 1), request, call.Cancellation);
    }

    private static BalancedChoice Balancer(BenchMeters meters, int instances)
    {
        var balancer = new Balancer<object>(
            "bench", new(), new BalancerMetrics(meters), TimeProvider.System, seed: 1);
        balancer.Update(Infos(instances), info => info);
        return new BalancedChoice(balancer);
    }

    private static InstanceInfo[] Infos(int count) => [.. Enumerable.Range(0, count).Select(
        i => new InstanceInfo(i.ToString(CultureInfo.InvariantCulture)))];
}
