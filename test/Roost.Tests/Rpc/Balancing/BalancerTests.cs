using Roost.Rpc;
using Roost.Rpc.Balancing;
using Xunit;

namespace Roost.Tests.Rpc.Balancing;

public sealed class BalancerTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void Without_an_instance_there_is_nobody_to_ask()
    {
        var none = Assert.Throws<ServiceException>(() => Make().Pick(_time.GetTimestamp()));

        Assert.Equal(ErrorCode.Unavailable, none.Code);
        Assert.True(none.CanRetry);
    }

    [Fact]
    public void Instances_that_stay_keep_what_is_known_of_them_and_those_that_went_are_told()
    {
        var balancer = Make("a", "b");
        var picked = balancer.Pick(_time.GetTimestamp());

        var gone = balancer.Update([new(picked.Target), new("c")], info => info.Id);

        Assert.Equal([picked.Target == "a" ? "b" : "a"], gone);
        Assert.Equal([1, 0], balancer.Report().Select(one => one.Outstanding));
    }

    [Fact]
    public void A_weight_of_nothing_is_refused()
    {
        var wrong = Assert.Throws<ArgumentException>(() => Make().Update([new("a", Weight: 0)], info => info.Id));

        Assert.Contains("weight 0", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_try_goes_elsewhere_where_there_is_an_elsewhere()
    {
        foreach (var names in new string[][] { ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d", "e"] })
        {
            var balancer = Make(names);
            for (var i = 0; i < 1000; i++)
            {
                var first = balancer.Pick(_time.GetTimestamp());
                var second = balancer.Pick(_time.GetTimestamp(), avoided: first.Instance);
                Assert.NotEqual(first.Target, second.Target);
                balancer.End(first, 1, CallOutcome.Answered, _time.GetTimestamp());
                balancer.End(second, 1, CallOutcome.Answered, _time.GetTimestamp());
            }
        }
        Assert.Equal("a", Make("a").Pick(_time.GetTimestamp(), avoided: Make("a").Pick(0).Instance).Target);
    }

    [Fact]
    public void When_all_that_may_be_ejected_are_the_others_are_asked_however_ill_they_are()
    {
        var balancer = Make("a", "b");

        for (var i = 0; i < 1000; i++)
        {
            var picked = balancer.Pick(_time.GetTimestamp());
            balancer.End(picked, 1, CallOutcome.Failed, _time.GetTimestamp());
        }

        Assert.Single(balancer.Report(), one => one.Standing == InstanceStanding.Ready);
    }

    [Fact]
    public void Calls_that_cannot_be_repeated_probe_too_when_no_other_does()
    {
        var balancer = Make("a", "b");
        while (balancer.Report().All(one => one.Standing == InstanceStanding.Ready)) Call(CallOutcome.Failed);

        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            Call(CallOutcome.Answered);
        }

        Assert.All(balancer.Report(), one => Assert.Equal(InstanceStanding.Ready, one.Standing));

        void Call(CallOutcome outcome)
        {
            var picked = balancer.Pick(_time.GetTimestamp());
            balancer.End(picked, 1, outcome, _time.GetTimestamp());
        }
    }

    [Fact]
    public async Task Threads_lose_no_count()
    {
        var balancer = Make("a", "b", "c");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                var picked = balancer.Pick(_time.GetTimestamp());
                balancer.End(picked, 1, CallOutcome.Answered, _time.GetTimestamp());
            }
        })));

        Assert.Equal(80_000, balancer.Report().Sum(one => one.Calls));
        Assert.All(balancer.Report(), one => Assert.Equal(0, one.Outstanding));
    }

    [Fact]
    public void Who_has_a_key_goes_to_one_instance_by_whichever_caller_and_only_the_keys_of_one_that_goes_move()
    {
        string[] names = ["a", "b", "c", "d"];
        const int Keys = 4_000;
        var (balancer, other) = (Make(names), Make([.. names.Reverse()]));
        var before = Enumerable.Range(0, Keys).Select(key => PickOf(balancer, key)).ToArray();

        Assert.Equal(before, Enumerable.Range(0, Keys).Select(key => PickOf(other, key)));
        Assert.All(names, name => Assert.InRange(before.Count(one => one == name), Keys / 5, Keys * 3 / 10));
        balancer.Update([.. names.Where(name => name != "b").Select(name => new InstanceInfo(name))], info => info.Id);
        var after = Enumerable.Range(0, Keys).Select(key => PickOf(balancer, key)).ToArray();
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First == "b", pair.First != pair.Second));
    }

    [Fact]
    public void A_second_try_of_who_has_a_key_goes_elsewhere_and_so_do_all_while_its_instance_is_ejected()
    {
        var balancer = Make("a", "b", "c");
        var first = balancer.Pick(_time.GetTimestamp(), key: 7);
        var second = balancer.Pick(_time.GetTimestamp(), avoided: first.Instance, key: 7);
        Assert.NotEqual(first.Target, second.Target);
        balancer.End(first, 1, CallOutcome.Answered, _time.GetTimestamp());

        while (balancer.Report().All(one => one.Standing == InstanceStanding.Ready))
        {
            var picked = balancer.Pick(_time.GetTimestamp(), key: 7);
            balancer.End(picked, 1, CallOutcome.Failed, _time.GetTimestamp());
        }

        Assert.Equal(second.Target, PickOf(balancer, 7));
        Assert.Equal("a", Make("a").Pick(0, avoided: Make("a").Pick(0).Instance, key: 7).Target);
        Assert.Throws<ServiceException>(() => Make().Pick(0, key: 7));
    }

    [Fact]
    public void A_heavier_instance_has_more_keys()
    {
        var balancer = Make();
        balancer.Update([new("a"), new("b", Weight: 3)], info => info.Id);

        Assert.InRange(Enumerable.Range(0, 4_000).Count(key => PickOf(balancer, key) == "b"), 2_800, 3_200);
    }

    private string PickOf(Balancer<string> balancer, int key)
    {
        var picked = balancer.Pick(_time.GetTimestamp(), key: (ulong)key);
        balancer.End(picked, 1, CallOutcome.Answered, _time.GetTimestamp());
        return picked.Target;
    }

    [Fact]
    public void A_choice_allocates_nothing()
    {
        var balancer = Make("a", "b", "c");

        var bytes = Allocations.Least(() =>
        {
            var picked = balancer.Pick(0);
            balancer.End(picked, 1, CallOutcome.Answered, 0);
        });

        Assert.Equal(0, bytes);
    }

    private Balancer<string> Make(params string[] names)
    {
        var balancer = new Balancer<string>("test", new(), new BalancerMetrics(_meters), _time, seed: 1);
        balancer.Update([.. names.Select(name => new InstanceInfo(name))], info => info.Id);
        return balancer;
    }
}
