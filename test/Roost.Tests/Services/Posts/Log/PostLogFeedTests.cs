using Roost.Rpc;
using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

public sealed class PostLogFeedTests : IDisposable
{
    private readonly LogHarness _harness = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task The_feed_goes_on_from_any_place_into_what_comes_live()
    {
        var log = _harness.Open();
        await AppendAsync(log, 10);
        var readers = Enumerable.Range(1, 11).Select(from => CollectAsync(log, (uint)from, batchMax: 3)).ToArray();

        await AppendAsync(log, 25);
        await log.DisposeAsync();
        var got = await Task.WhenAll(readers);

        for (var from = 1; from <= 11; from++) Assert.Equal(Enumerable.Range(from, 36 - from), got[from - 1]);
    }

    [Fact]
    public async Task A_batch_is_never_longer_than_asked()
    {
        var log = _harness.Open();
        await AppendAsync(log, 100);
        await log.DisposeAsync();
        var lengths = new List<uint>();

        await foreach (var (first, last) in log.FollowAsync(1, 32, Ct)) lengths.Add(last - first + 1);

        Assert.Equal([32, 32, 32, 4], lengths);
    }

    [Fact]
    public async Task A_place_beyond_the_end_is_of_another_log()
    {
        await using var log = _harness.Open();
        await AppendAsync(log, 3);

        var refusal = await Assert.ThrowsAsync<ServiceException>(() => CollectAsync(log, 5, 10));

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.FollowAsync(0, 1, Ct));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.FollowAsync(1, 0, Ct));
    }

    [Fact]
    public async Task A_reader_that_waits_can_be_cancelled()
    {
        await using var log = _harness.Open();
        using var gone = new CancellationTokenSource();
        await using var reader = log.FollowAsync(1, 10, gone.Token).GetAsyncEnumerator(Ct);
        var waiting = reader.MoveNextAsync().AsTask();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Readers_miss_nothing_while_writers_write()
    {
        const int Each = 400;
        var log = _harness.Open();
        var readers = Enumerable.Range(0, 4).Select(_ => CollectAsync(log, 1, 7)).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => AppendAsync(log, Each), Ct)));
        await log.DisposeAsync();

        foreach (var got in await Task.WhenAll(readers)) Assert.Equal(Enumerable.Range(1, 4 * Each), got);
    }

    private static async Task AppendAsync(PostLog log, int count)
    {
        for (var i = 0; i < count; i++) await log.AppendAsync(LogHarness.Draft("x"), Ct);
    }

    private static async Task<List<int>> CollectAsync(PostLog log, uint from, int batchMax)
    {
        var got = new List<int>();
        await foreach (var (first, last) in log.FollowAsync(from, batchMax, Ct))
            got.AddRange(Enumerable.Range((int)first, (int)(last - first) + 1));
        return got;
    }
}
