using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services;
using Xunit;

namespace Roost.Tests.Services;

public sealed class ReadIndexTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly List<TaskCompletionSource> _asked = [];
    private readonly SemaphoreSlim _hasAsked = new(0);
    private readonly ReadIndex _index;

    public ReadIndexTests() => _index = new ReadIndex(
        call =>
        {
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            call.Cancellation.Register(() => answer.TrySetCanceled(call.Cancellation));
            lock (_asked) _asked.Add(answer);
            _hasAsked.Release();
            return new(answer.Task);
        },
        _time, NullLogger<ReadIndex>.Instance);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _index.DisposeAsync();

    [Fact]
    public async Task Reads_that_come_while_the_source_is_asked_share_the_question_that_is_asked_next()
    {
        var first = _index.ReachAsync(Ct);
        var asked = await AskedAsync();
        Task[] others = [_index.ReachAsync(Ct), _index.ReachAsync(Ct)];

        asked.SetResult();
        await first;
        // What they must see may have been answered after the first question was.
        var next = await AskedAsync();
        Assert.All(others, other => Assert.False(other.IsCompleted));
        next.SetResult();
        await Task.WhenAll(others);

        Assert.Equal(2, _asked.Count);
        Assert.Equal(0, _index.Stale);
    }

    [Fact]
    public async Task While_the_source_is_away_the_replica_is_read_as_it_is_until_it_answers_again()
    {
        var first = _index.ReachAsync(Ct);
        var asked = await AskedAsync();
        var waiting = _index.ReachAsync(Ct);
        asked.SetException(new ServiceException(ErrorCode.Unavailable, "Away."));
        await first;
        await waiting;

        Assert.True(_index.ReachAsync(Ct).IsCompletedSuccessfully);
        Assert.Equal(1, _index.Stale);
        while (_time.ArmedTimers == 0) await Task.Yield();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        var again = await AskedAsync();
        Assert.True(_index.ReachAsync(Ct).IsCompletedSuccessfully);
        again.SetResult();

        // Somebody is waited for from now on.
        Task read;
        while ((read = _index.ReachAsync(Ct)).IsCompleted) await Task.Yield();
        (await AskedAsync()).SetResult();
        await read;
    }

    [Fact]
    public async Task A_replica_that_does_not_come_so_far_keeps_nobody_for_longer_than_told()
    {
        var read = _index.ReachAsync(Ct);
        await AskedAsync();

        _time.Advance(ReadIndex.Patience);

        await read;
        Assert.True(_index.ReachAsync(Ct).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_has_gone_is_not_kept_and_a_defect_is_told()
    {
        using var gone = new CancellationTokenSource();
        var first = _index.ReachAsync(gone.Token);
        var other = _index.ReachAsync(Ct);
        var asked = await AskedAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        asked.SetException(new InvalidOperationException("A defect."));

        await Assert.ThrowsAsync<InvalidOperationException>(() => other);
    }

    private async Task<TaskCompletionSource> AskedAsync()
    {
        await _hasAsked.WaitAsync(Ct);
        lock (_asked) return _asked[^1];
    }
}
