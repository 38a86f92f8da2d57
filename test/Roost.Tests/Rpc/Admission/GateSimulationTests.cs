using Roost.Rpc.Admission;
using Xunit;

namespace Roost.Tests.Rpc.Admission;

/// <summary>What a gate does over a minute, in simulated time. Each story has its seeds; all are played.</summary>
public sealed class GateSimulationTests
{
    private static readonly int[] _seeds = [1];

    [Theory]
    [InlineData(1, 0.01)]
    [InlineData(4, 0.05)]
    [InlineData(16, 0.02)]
    [InlineData(64, 0.1)]
    public void Asked_for_five_times_what_it_can_a_service_does_all_it_can_and_quickly(int workers, double median)
    {
        foreach (var seed in _seeds)
        {
            var world = new GateWorld { Workers = _ => workers, Median = (_, _) => median };
            var capacity = world.Capacity(0, 0);
            world = world with { Askers = [new(_ => 5 * capacity)] };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(40);

            var settled = calls.Between(10, 40);
            var answered = settled.Answered();
            var said = Said(simulation, seed, settled, capacity, 30);
            Assert.True(answered.Length > 0.88 * capacity * 30, said);
            Assert.True(answered.Quantile(0.5) - answered.Select(call => call.Waited).Order().ElementAt(answered.Length / 2)
                < (workers < 4 ? 5 : 3) * median, said);
            // A refusal is seen with the next event of the story.
            Assert.True(settled.Where(call => call.Outcome != AdmissionOutcome.Admitted).Max(call => call.Waited) < 0.55, said);
            Assert.All(
                simulation.Reports.Where(one => one.At > 10),
                one => Assert.True(one.Report.Limit <= Math.Max(6, 4 * workers), said));
        }
    }

    [Fact]
    public void A_service_that_gets_slower_by_itself_keeps_its_workers_busy()
    {
        foreach (var seed in _seeds)
        {
            var world = new GateWorld { Median = (_, at) => at < 20 ? 0.02 : 0.1 };
            var (fast, slow) = (world.Capacity(0, 0), world.Capacity(0, 30));
            world = world with { Askers = [new(at => 2 * (at < 20 ? fast : slow))] };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(60);

            var settled = calls.Between(30, 60);
            Assert.True(settled.Answered().Length > 0.85 * slow * 30, Said(simulation, seed, settled, slow, 30));
        }
    }

    [Fact]
    public void A_service_that_loses_workers_gets_fewer_calls_and_more_again_when_they_are_back()
    {
        foreach (var seed in _seeds)
        {
            var world = new GateWorld { Workers = at => at is >= 20 and < 40 ? 4 : 32 };
            var (all, few) = (world.Capacity(0, 0), world.Capacity(0, 30));
            world = world with { Askers = [new(_ => 1.5 * all)] };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(70);

            var least = calls.Between(25, 39);
            var said = Said(simulation, seed, least, few, 14);
            Assert.True(least.Answered().Length > 0.85 * few * 14, said);
            Assert.All(
                simulation.Reports.Where(one => one.At is > 25 and < 39),
                one => Assert.True(one.Report.Limit < 20, said));
            var back = calls.Between(50, 70);
            Assert.True(back.Answered().Length > 0.85 * all * 20, Said(simulation, seed, back, all, 20));
        }
    }

    [Fact]
    public void What_is_answered_below_capacity_is_let_in_at_once()
    {
        foreach (var seed in _seeds)
        {
            var world = new GateWorld();
            var capacity = world.Capacity(0, 0);
            world = world with { Askers = [new(_ => 0.6 * capacity)] };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(40).Between(5, 40);

            var waited = calls.Count(call => call.Waited > 0.001);
            Assert.True(waited < 0.01 * calls.Length, $"seed {seed}: {waited} of {calls.Length} waited");
            Assert.DoesNotContain(calls, call => call.Outcome != AdmissionOutcome.Admitted);
        }
    }

    [Fact]
    public void Another_mixture_of_quick_and_slow_calls_is_no_slowness()
    {
        foreach (var seed in _seeds)
        {
            // The same work: a hundred quick calls, and later five slow ones, take as long.
            var world = new GateWorld { Median = (kind, _) => kind == 0 ? 0.005 : 0.1 };
            var (quick, slow) = (world.Capacity(0, 0), world.Capacity(1, 0));
            world = world with
            {
                Askers =
                [
                    new(at => quick * (at % 20 < 10 ? 0.7 : 0.1)),
                    new(at => slow * (at % 20 < 10 ? 0.1 : 0.7), Kind: 1),
                ],
            };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(60).Between(10, 60);

            var refused = calls.Count(call => call.Outcome != AdmissionOutcome.Admitted);
            Assert.True(
                refused < 0.005 * calls.Length,
                $"seed {seed}: {refused} of {calls.Length} refused; limits {Limits(simulation)}");
        }
    }

    [Fact]
    public void A_flood_in_one_share_is_not_felt_in_another()
    {
        foreach (var seed in _seeds)
        {
            var world = new GateWorld { Workers = _ => 16, Shares = [new("home", 0.9), new("search", 0.5)] };
            var capacity = world.Capacity(0, 0);
            Askers home = new(_ => 0.3 * capacity);
            Askers search = new(at => at < 20 ? 0 : 5 * capacity, Share: 1, Kind: 1, Priority: 1);
            world = world with { Askers = [home, search] };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(50);

            var before = calls.Between(5, 20).Of(home);
            var during = calls.Between(25, 50).Of(home);
            var said = $"seed {seed}: p99 {before.Quantile(0.99) * 1e3:0.0} ms, then {during.Quantile(0.99) * 1e3:0.0} ms; "
                + $"limits {Limits(simulation)}";
            TestContext.Current.TestOutputHelper?.WriteLine(said);
            Assert.DoesNotContain(during, call => call.Outcome != AdmissionOutcome.Admitted);
            Assert.True(during.Quantile(0.99) < 1.2 * before.Quantile(0.99), said);
            Assert.True(calls.Between(25, 50).Of(search).Answered().Length > 0.3 * capacity * 25, said);
        }
    }

    [Fact]
    public void Higher_priorities_are_let_in_first_when_all_ask_for_too_much()
    {
        foreach (var seed in _seeds)
        {
            var world = new GateWorld();
            var capacity = world.Capacity(0, 0);
            Askers first = new(_ => 0.5 * capacity);
            Askers second = new(_ => 0.4 * capacity, Priority: 1);
            Askers last = new(_ => 3 * capacity, Priority: 2);
            world = world with { Askers = [first, second, last] };
            using var simulation = new GateSimulation(world, seed);

            var calls = simulation.Run(40).Between(10, 40);

            Assert.DoesNotContain(calls.Of(first), call => call.Outcome != AdmissionOutcome.Admitted);
            Assert.True(calls.Of(second).Answered().Length > 0.97 * calls.Of(second).Length, $"seed {seed}");
            Assert.True(calls.Of(first).Quantile(0.99) < 5 * 0.02, $"seed {seed}: {calls.Of(first).Quantile(0.99)} s");
            Assert.True(calls.Of(last).Answered().Length > 0, $"seed {seed}");
        }
    }

    private static string Said(
        GateSimulation simulation, int seed, GateCall[] calls, double capacity, double seconds)
    {
        var answered = calls.Answered();
        var said = $"seed {seed}: {answered.Length / (capacity * seconds):P0} of the capacity, p50 "
            + $"{answered.Quantile(0.5) * 1e3:0} ms, p99 {answered.Quantile(0.99) * 1e3:0} ms; limits {Limits(simulation)}";
        TestContext.Current.TestOutputHelper?.WriteLine(said);
        return said;
    }

    private static string Limits(GateSimulation simulation) => string.Join(
        ' ', simulation.Reports.Where((_, i) => i % 20 == 0).Select(one => one.Report.Limit));
}
