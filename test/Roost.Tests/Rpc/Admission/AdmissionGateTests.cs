using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Xunit;

namespace Roost.Tests.Rpc.Admission;

/// <summary>Who is let in, who waits and who is refused. Limits are fixed here; see <see cref="GateSimulationTests"/> for
/// those that adapt.</summary>
public sealed class AdmissionGateTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(500);

    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Calls_beyond_the_limit_wait_in_order_and_one_more_takes_the_place_of_the_oldest()
    {
        using var gate = Open(limit: 1, waiting: 2);
        var atWork = await gate.EnterAsync(0, 0, Ct);
        var oldest = gate.EnterAsync(0, 0, Ct).AsTask();
        var second = gate.EnterAsync(0, 0, Ct).AsTask();

        var third = gate.EnterAsync(0, 0, Ct).AsTask();

        Assert.True(atWork.IsAdmitted);
        Assert.Equal(AdmissionOutcome.Full, (await oldest).Outcome);
        gate.Leave(0, 0, atWork.Start, CallOutcome.Answered);
        Assert.True((await second).IsAdmitted);
        Assert.False(third.IsCompleted);
        gate.Leave(0, 0, (await second).Start, CallOutcome.Answered);
        Assert.True((await third).IsAdmitted);
        Assert.Equal(new AdmissionReport(1, 1, 0), gate.Report());
    }

    [Fact]
    public async Task Without_a_queue_who_finds_no_place_is_refused_at_once()
    {
        using var gate = Open(limit: 1, waiting: 0);
        Assert.True((await gate.EnterAsync(0, 0, Ct)).IsAdmitted);

        Assert.Equal(AdmissionOutcome.Full, (await gate.EnterAsync(0, 0, Ct)).Outcome);
    }

    [Fact]
    public async Task A_call_of_higher_priority_is_let_in_first_and_takes_the_place_of_the_lowest_in_the_queue()
    {
        using var gate = Open(limit: 1, waiting: 2);
        var atWork = await gate.EnterAsync(0, 1, Ct);
        var low = gate.EnterAsync(0, 2, Ct).AsTask();
        var middle = gate.EnterAsync(0, 1, Ct).AsTask();

        var high = gate.EnterAsync(0, 0, Ct).AsTask();
        var lowAgain = gate.EnterAsync(0, 2, Ct);

        Assert.Equal(AdmissionOutcome.Full, (await low).Outcome);
        Assert.Equal(AdmissionOutcome.Full, (await lowAgain).Outcome);
        gate.Leave(0, 0, atWork.Start, CallOutcome.Answered);
        Assert.True((await high).IsAdmitted);
        Assert.False(middle.IsCompleted);
    }

    [Fact]
    public async Task Who_waited_as_long_as_may_be_is_refused_by_one_timer_for_all()
    {
        using var gate = Open(limit: 1, waiting: 10);
        var atWork = await gate.EnterAsync(0, 0, Ct);
        var early = gate.EnterAsync(0, 0, Ct).AsTask();
        _time.Advance(_patience / 2);
        var late = gate.EnterAsync(0, 1, Ct).AsTask();
        Assert.Equal(1, _time.ArmedTimers);

        _time.Advance(_patience / 2);
        Assert.Equal(AdmissionOutcome.Late, (await early).Outcome);
        Assert.False(late.IsCompleted);
        _time.Advance(_patience / 2);

        Assert.Equal(AdmissionOutcome.Late, (await late).Outcome);
        Assert.Equal(0, _time.ArmedTimers);
        Assert.Equal(new AdmissionReport(1, 1, 0), gate.Report());
        gate.Leave(0, 0, atWork.Start, CallOutcome.Answered);
        Assert.True((await gate.EnterAsync(0, 0, Ct)).IsAdmitted);
    }

    [Fact]
    public async Task It_stands_still_while_calls_are_at_work_and_none_is_answered()
    {
        using var gate = Open(limit: 2, waiting: 0);
        _time.Advance(_patience);
        Assert.False(gate.StandsStill);
        var first = await gate.EnterAsync(0, 0, Ct);
        var second = await gate.EnterAsync(0, 0, Ct);
        Assert.False(gate.StandsStill);

        _time.Advance(_patience);

        Assert.True(gate.StandsStill);
        gate.Leave(0, 0, first.Start, CallOutcome.Failed);
        Assert.True(gate.StandsStill);
        gate.Leave(0, 0, second.Start, CallOutcome.Answered);
        second = await gate.EnterAsync(0, 0, Ct);
        Assert.False(gate.StandsStill);
    }

    [Fact]
    public async Task Who_has_gone_waits_no_longer_whether_it_went_before_or_meanwhile()
    {
        using var gate = Open(limit: 1, waiting: 10);
        await gate.EnterAsync(0, 0, Ct);
        using var caller = new CancellationTokenSource();
        var waiting = gate.EnterAsync(0, 0, caller.Token).AsTask();

        await caller.CancelAsync();

        Assert.Equal(AdmissionOutcome.Gone, (await waiting).Outcome);
        Assert.Equal(AdmissionOutcome.Gone, (await gate.EnterAsync(0, 0, caller.Token)).Outcome);
        Assert.Equal(0, gate.Report().Waiting);
    }

    [Fact]
    public async Task In_a_queue_that_stands_the_newest_and_the_oldest_are_let_in_by_turns()
    {
        using var gate = Open(limit: 1, waiting: 10);
        var atWork = await gate.EnterAsync(0, 0, Ct);
        var oldest = gate.EnterAsync(0, 0, Ct).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(AdmissionGate.StandingAfterMilliseconds + 1));
        var middle = gate.EnterAsync(0, 0, Ct).AsTask();
        var newest = gate.EnterAsync(0, 0, Ct).AsTask();

        gate.Leave(0, 0, atWork.Start, CallOutcome.Answered);

        Assert.True((await newest).IsAdmitted);
        gate.Leave(0, 0, (await newest).Start, CallOutcome.Answered);
        Assert.True((await oldest).IsAdmitted);
        // Nobody has waited for long any more: in order again.
        var last = gate.EnterAsync(0, 0, Ct).AsTask();
        gate.Leave(0, 0, (await oldest).Start, CallOutcome.Answered);
        Assert.True((await middle).IsAdmitted);
        Assert.False(last.IsCompleted);
    }

    [Fact]
    public async Task A_share_has_no_more_than_its_part_of_places_and_queue()
    {
        using var gate = Open(limit: 4, waiting: 4, new("home"), new("search", 0.5));
        for (var i = 0; i < 2; i++) Assert.True((await gate.EnterAsync(1, 0, Ct)).IsAdmitted);
        var waiting = new[] { gate.EnterAsync(1, 0, Ct).AsTask(), gate.EnterAsync(1, 0, Ct).AsTask() };
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        Assert.Equal(AdmissionOutcome.Full, (await gate.EnterAsync(1, 1, Ct)).Outcome);
        for (var i = 0; i < 2; i++) Assert.True((await gate.EnterAsync(0, 5, Ct)).IsAdmitted);
        var home = gate.EnterAsync(0, 5, Ct).AsTask();
        gate.Leave(0, 0, _time.GetTimestamp(), CallOutcome.Answered);

        // Search is at its part, so the place goes to whom search's higher priority does not keep out.
        Assert.True((await home).IsAdmitted);
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        gate.Leave(1, 0, _time.GetTimestamp(), CallOutcome.Answered);
        Assert.True((await waiting[0]).IsAdmitted);
    }

    [Fact]
    public async Task Never_more_are_at_work_than_allowed_and_no_place_is_lost_whatever_threads_do()
    {
        const int limit = 3;
        using var gate = Open(limit, waiting: 4, new("one"), new("other"));
        var (atWork, most, admitted) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                using var gone = new CancellationTokenSource();
                var entering = gate.EnterAsync(caller % 2, i % 3, gone.Token);
                if (i % 7 == 0) await gone.CancelAsync();
                var admission = await entering;
                if (!admission.IsAdmitted) continue;
                var now = Interlocked.Increment(ref atWork);
                InterlockedMax(ref most, now);
                Interlocked.Increment(ref admitted);
                if (i % 3 == 0) await Task.Yield();
                Interlocked.Decrement(ref atWork);
                gate.Leave(caller % 2, 0, admission.Start, CallOutcome.Answered);
            }
        }, Ct)));

        Assert.InRange(most, 1, limit);
        Assert.True(admitted > 0);
        Assert.Equal(new AdmissionReport(limit, 0, 0), gate.Report());
    }

    [Fact]
    public void A_call_that_need_not_wait_allocates_nothing()
    {
        using var gate = new AdmissionGate(
            "test", new AdmissionOptions(), [new("all")], kinds: 1, priorities: 1, new AdmissionMetrics(_meters), _time);

        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                var entering = gate.EnterAsync(0, 0, CancellationToken.None);
                Assert.True(entering.IsCompletedSuccessfully);
                gate.Leave(0, 0, entering.Result.Start, CallOutcome.Answered);
            }
        }));
    }

    [Fact]
    public void Options_that_let_nobody_in_are_refused()
    {
        foreach (var wrong in new AdmissionOptions[]
        {
            new() { LimitMin = 0 }, new() { LimitMin = 5, LimitMax = 4 }, new() { Tolerance = 1 }, new() { WaitingMax = -1 },
            new() { PatienceMax = TimeSpan.Zero },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionGate(
                "test", wrong, [new("all")], kinds: 1, priorities: 1, new AdmissionMetrics(_meters), _time));
        }
    }

    private AdmissionGate Open(int limit, int waiting, params AdmissionShare[] shares) => new(
        "test",
        new AdmissionOptions
        {
            LimitMin = limit,
            LimitMax = limit,
            LimitFirst = limit,
            WaitingMax = waiting,
            PatienceMax = _patience,
        },
        shares.Length == 0 ? [new("all")] : shares, kinds: 1, priorities: 6, new AdmissionMetrics(_meters), _time);

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
    }
}
