using Roost.Services;
using Xunit;

namespace Roost.Tests.Services;

public sealed class NewsTests
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(3);

    private readonly FakeTime _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_begins_is_told_a_place_and_from_there_on_everything_once()
    {
        var news = new News<int>(_time);
        news.Tell(1);
        var begin = await news.AfterAsync("", 0, _wait, Ct);
        Assert.Empty(begin.Items);

        var waiting = news.AfterAsync(begin.Run, begin.Last, _wait, Ct).AsTask();
        Assert.False(waiting.IsCompleted);
        news.Tell(2);
        var first = await waiting;
        news.Tell(3);
        news.Tell(4);
        var second = await news.AfterAsync(first.Run, first.Last, _wait, Ct);

        Assert.True(first.IsWhole && second.IsWhole);
        Assert.Equal([2], first.Items);
        Assert.Equal([3, 4], second.Items);
    }

    [Fact]
    public async Task When_nothing_comes_the_wait_is_over_and_the_place_is_the_same()
    {
        var news = new News<int>(_time);
        var begin = await news.AfterAsync("", 0, _wait, Ct);

        var waiting = news.AfterAsync(begin.Run, begin.Last, _wait, Ct).AsTask();
        while (_time.ArmedTimers == 0) await Task.Yield();
        _time.Advance(_wait);

        Assert.Equal((begin.Run, begin.Last, true), Place(await waiting));
    }

    [Fact]
    public async Task Who_has_missed_too_much_or_followed_another_one_is_told_so_and_goes_on_from_now()
    {
        const int More = 5_000;
        var news = new News<int>(_time);
        var begin = await news.AfterAsync("", 0, _wait, Ct);
        for (var i = 0; i < More; i++) news.Tell(i);

        Assert.Equal((begin.Run, More, false), Place(await news.AfterAsync(begin.Run, begin.Last, _wait, Ct)));
        Assert.Equal((begin.Run, More, false), Place(await news.AfterAsync("another", 7, _wait, Ct)));
        Assert.Equal((begin.Run, More, false), Place(await news.AfterAsync(begin.Run, More + 1, _wait, Ct)));
        news.Tell(More);
        var next = await news.AfterAsync(begin.Run, More, _wait, Ct);
        Assert.True(next.IsWhole);
        Assert.Equal([More], next.Items);
    }

    [Fact]
    public async Task Followed_from_elsewhere_all_come_in_order_and_what_is_lost_is_told()
    {
        var news = new News<int>(_time);
        var missed = 0;
        var isFirst = true;
        var told = NewsElsewhere.FollowAsync(
            (run, after) =>
            {
                // As if another process had taken its place meanwhile.
                var asked = run.Length > 0 && isFirst ? "another" : run;
                if (run.Length > 0) isFirst = false;
                return news.AfterAsync(asked, after, _wait, Ct);
            },
            () => missed++, Ct);
        await using var reader = told.GetAsyncEnumerator(Ct);

        var next = reader.MoveNextAsync().AsTask();
        while (missed == 0) await Task.Yield();
        news.Tell(1);
        news.Tell(2);

        Assert.True(await next);
        Assert.Equal(1, reader.Current);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal((2, 1), (reader.Current, missed));
    }

    private static (string Run, long Last, bool IsWhole) Place(NewsBatch<int> batch)
    {
        Assert.Empty(batch.Items);
        return (batch.Run, batch.Last, batch.IsWhole);
    }
}
