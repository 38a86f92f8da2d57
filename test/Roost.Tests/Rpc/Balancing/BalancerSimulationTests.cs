using System.Globalization;
using Roost.Rpc.Balancing;
using Roost.Tests.Rpc.Balancing.Simulation;
using Xunit;

namespace Roost.Tests.Rpc.Balancing;

/// <summary>What a balancer does over a minute, in simulated time. Each story has its seeds; all are played.</summary>
public sealed class BalancerSimulationTests : IDisposable
{
    private static readonly int[] _seeds = [1, 2, 3, 4, 5];

    private readonly SimulatedClock _clock = new();
    private readonly TestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void An_instance_that_gets_20_times_slower_is_out_within_5_seconds_and_nobody_feels_it()
    {
        var world = new CallWorld { Slowness = (instance, at) => instance == 0 && at >= 20 ? 20 : 1 };
        foreach (var seed in _seeds)
        {
            var ours = Play(world, seed, 45, Balancers(world, seed));
            var turns = Play(world, seed, 45, [.. Callers(world).Select(i => new RoundRobin(3, i))]);
            var least = Play(world, seed, 45, [.. Callers(world).Select(i => new LeastConnections(3, i))]);

            var before = ours.Between(10, 20);
            var after = ours.Between(25, 45);
            var said = $"seed {seed}: ours {Said(ours)}; round robin {Said(turns)}; least connections {Said(least)}";
            TestContext.Current.TestOutputHelper?.WriteLine(said);
            Assert.True(after.ShareOf(0) < 0.01, said);
            Assert.True(after.P99() <= 1.5 * before.P99(), said);
            Assert.True(before.P99() <= 1.1 * least.Between(10, 20).P99(), said);
            Assert.True(after.P99() < turns.Between(25, 45).P99() / 4, said);
            Assert.True(after.P99() < least.Between(25, 45).P99() / 4, said);
        }
    }

    [Fact]
    public void An_instance_that_recovers_has_its_share_again()
    {
        var world = new CallWorld { Slowness = (instance, at) => instance == 0 && at is >= 20 and < 40 ? 20 : 1 };
        foreach (var seed in _seeds)
        {
            var calls = Play(world, seed, 110, Balancers(world, seed));

            var share = calls.Between(95, 110).ShareOf(0);
            Assert.True(share > 0.25, $"seed {seed}: {share:P1} of the calls, 55 s after it recovered");
        }
    }

    [Fact]
    public void An_instance_that_refuses_all_calls_gets_few_however_fast_it_refuses()
    {
        var world = new CallWorld { Fails = (instance, at, _) => instance == 0 && at >= 20 };
        foreach (var seed in _seeds)
        {
            var calls = Play(world, seed, 45, Balancers(world, seed));

            var failed = calls.Count(call => call.HasFailed);
            // Each of four callers needs five failures to eject it, and one each time it probes.
            Assert.True(failed < 4 * (5 + 3 + 6), $"seed {seed}: {failed} calls failed");
        }
    }

    [Fact]
    public void A_flaky_instance_is_ejected_though_most_of_its_calls_succeed()
    {
        var world = new CallWorld { Fails = (instance, at, chance) => instance == 0 && at >= 20 && chance < 0.45 };
        foreach (var seed in _seeds)
        {
            var calls = Play(world, seed, 60, Balancers(world, seed));

            var failed = calls.Between(30, 60).Count(call => call.HasFailed);
            var share = (double)failed / calls.Between(30, 60).Length;
            Assert.True(share < 0.01, $"seed {seed}: {share:P2} of all calls failed");
        }
    }

    [Fact]
    public void When_all_are_slow_no_more_than_half_are_ejected()
    {
        var world = new CallWorld
        {
            Instances = 4,
            Slowness = (instance, at) => at < 20 ? 1 : instance < 3 ? 20 : 1,
        };
        foreach (var seed in _seeds)
        {
            var balancers = Balancers(world, seed);
            Play(world, seed, 30, balancers);

            Assert.All(balancers, chooser => Assert.InRange(
                ((BalancerChooser)chooser).Report().Count(one => one.Standing != InstanceStanding.Ready), 0, 2));
        }
    }

    [Fact]
    public void A_new_instance_gets_a_tenth_at_first_and_its_share_ten_seconds_later()
    {
        var world = new CallWorld();
        foreach (var seed in _seeds)
        {
            var balancers = Balancers(world, seed, instances: 2);
            var isThere = false;
            var calls = Play(world, seed, 60, balancers, at =>
            {
                if (at < 30 || isThere) return;
                isThere = true;
                foreach (var one in balancers) ((BalancerChooser)one).Update(Infos(3));
            });

            Assert.Equal(0, calls.Between(0, 30).ShareOf(2));
            Assert.InRange(calls.Between(30, 31).ShareOf(2), 0.01, 0.12);
            Assert.InRange(calls.Between(45, 60).ShareOf(2), 0.30, 0.37);
        }
    }

    [Fact]
    public void Heavier_instances_get_more()
    {
        var world = new CallWorld { CallsPerSecond = 200 };
        InstanceInfo[] infos = [new("0", Weight: 1), new("1", Weight: 2), new("2", Weight: 5)];
        var metrics = new BalancerMetrics(_meters);

        var calls = Play(world, 1, 60, [.. Callers(world).Select(i =>
            (IChooser)new BalancerChooser(new(), infos, metrics, _clock, (ulong)i))]);

        // Less than their weights say: a second choice is never the first, which favours the light ones.
        Assert.InRange(calls.ToArray().ShareOf(1) / calls.ToArray().ShareOf(0), 1.2, 2.2);
        Assert.InRange(calls.ToArray().ShareOf(2) / calls.ToArray().ShareOf(0), 2.2, 5.5);
    }

    [Fact]
    public void Calls_stay_in_their_zone_until_it_has_no_room()
    {
        InstanceInfo[] infos = [new("0", "a"), new("1", "b"), new("2", "b")];
        // One instance of 16 workers and 5.7 ms does 2,800 calls a second.
        foreach (var (rate, least, most) in new[] { (300.0, 0.99, 1.0), (4000.0, 0.4, 0.8) })
        {
            var world = new CallWorld { CallsPerSecond = rate };
            var metrics = new BalancerMetrics(_meters);
            _clock.Now = 0;

            var calls = Play(world, 1, 40, [.. Callers(world).Select(i => (IChooser)new BalancerChooser(
                new() { Zone = "a" }, infos, metrics, _clock, (ulong)i))]).Between(15, 40);

            Assert.InRange(calls.ShareOf(0), least, most);
            Assert.InRange(calls.P99(), 0, 0.05);
        }
    }

    [Fact]
    public void A_zone_whose_instances_are_all_ill_is_left()
    {
        InstanceInfo[] infos = [new("0", "a"), new("1", "b"), new("2", "b")];
        var world = new CallWorld { Fails = (instance, at, _) => instance == 0 && at >= 20 };
        var metrics = new BalancerMetrics(_meters);

        var calls = Play(world, 1, 40, [.. Callers(world).Select(i => (IChooser)new BalancerChooser(
            new() { Zone = "a" }, infos, metrics, _clock, (ulong)i))]);

        Assert.InRange(calls.Between(21, 40).ShareOf(0), 0, 0.01);
    }

    private static string Said(IReadOnlyList<SimulatedCall> calls) => string.Create(
        CultureInfo.InvariantCulture,
        $"p99 {calls.Between(10, 20).P99() * 1e3:0.0} ms, then {calls.Between(25, 45).P99() * 1e3:0.0} ms with "
        + $"{calls.Between(25, 45).ShareOf(0):P2} of the calls at the slow one");

    private IReadOnlyList<SimulatedCall> Play(
        CallWorld world, int seed, double seconds, IReadOnlyList<IChooser> choosers, Action<double>? each = null) =>
        new CallSimulation(world, _clock, seed).Run(seconds, choosers, each);

    private IChooser[] Balancers(CallWorld world, int seed, int? instances = null)
    {
        _clock.Now = 0;
        var metrics = new BalancerMetrics(_meters);
        return [.. Callers(world).Select(i => new BalancerChooser(
            new BalancerOptions(), Infos(instances ?? world.Instances), metrics, _clock, (ulong)(seed * 100 + i)))];
    }

    private static IEnumerable<int> Callers(CallWorld world) => Enumerable.Range(0, world.Callers);

    private static InstanceInfo[] Infos(int count) => [.. Enumerable.Range(0, count).Select(
        i => new InstanceInfo(i.ToString(CultureInfo.InvariantCulture)))];
}
