using Roost.Rpc.Balancing;

namespace Roost.Bench.Balancing;

/// <summary>One of the ways to choose, as a thread-safe loop body.</summary>
internal interface IChoice
{
    void BeginAndEnd();
}

/// <summary>Ours; the two readings of the clock that it needs are part of it.</summary>
internal sealed class BalancedChoice(Balancer<object> balancer) : IChoice
{
    public void BeginAndEnd()
    {
        var picked = balancer.Pick(TimeProvider.System.GetTimestamp());
        balancer.End(picked, 1000, CallOutcome.Answered, TimeProvider.System.GetTimestamp());
    }
}

/// <summary>The bound: one shared counter.</summary>
internal sealed class AtomicTurns(int instances) : IChoice
{
    private readonly long[] _calls = new long[instances];
    private uint _next;

    public void BeginAndEnd() => _calls[Interlocked.Increment(ref _next) % (uint)_calls.Length]++;
}

/// <summary>A peer: looks at all counters, takes the smallest.</summary>
internal sealed class AtomicLeast(int instances) : IChoice
{
    private readonly int[] _open = new int[instances];
    private uint _next;

    public void BeginAndEnd()
    {
        var first = (int)(Interlocked.Increment(ref _next) % (uint)_open.Length);
        var best = first;
        for (var i = 1; i < _open.Length; i++)
        {
            var other = first + i < _open.Length ? first + i : first + i - _open.Length;
            if (Volatile.Read(ref _open[other]) < Volatile.Read(ref _open[best])) best = other;
        }
        Interlocked.Increment(ref _open[best]);
        Interlocked.Decrement(ref _open[best]);
    }
}
