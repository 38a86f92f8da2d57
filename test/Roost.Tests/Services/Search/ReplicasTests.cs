using Roost.Rpc;
using Roost.Services.Search;
using Xunit;

namespace Roost.Tests.Services.Search;

public sealed class ReplicasTests
{
    private static readonly TimeSpan _hedgeAfter = TimeSpan.FromMilliseconds(50);
    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_slow_replica_is_hedged_by_the_next_and_told_to_stop()
    {
        var slow = new TaskCompletionSource<string>();
        var stopped = new TaskCompletionSource();
        Service<int, string> first = (_, call) =>
        {
            call.Cancellation.Register(stopped.SetResult);
            return new(slow.Task);
        };
        var replicas = Of(first, (_, _) => new("fast"));

        var asked = replicas.AskAsync(1, Call.Unbounded).AsTask();
        Assert.False(asked.IsCompleted);
        _time.Advance(_hedgeAfter);

        Assert.Equal("fast", await asked);
        await stopped.Task;
    }

    [Fact]
    public async Task A_replica_that_fails_is_passed_over_at_once()
    {
        var replicas = Of((_, _) => throw Gone(), (_, _) => new("there"));

        Assert.Equal("there", await replicas.AskAsync(1, Call.Unbounded));
    }

    [Fact]
    public async Task When_all_are_gone_the_last_says_so()
    {
        var replicas = Of((_, _) => throw Gone(), (_, _) => throw Gone());

        await Assert.ThrowsAsync<ServiceException>(async () => await replicas.AskAsync(1, Call.Unbounded));
    }

    private static ServiceException Gone() => new(ErrorCode.Unavailable, "gone");

    /// <summary>The turn begins with the second of a list.</summary>
    private Replicas<int, string> Of(Service<int, string> first, Service<int, string> second) =>
        new([second, first], _hedgeAfter, _time);
}
