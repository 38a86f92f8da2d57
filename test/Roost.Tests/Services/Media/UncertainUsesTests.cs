using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services.Media;
using Xunit;

namespace Roost.Tests.Services.Media;

public sealed class UncertainUsesTests
{
    private static readonly UseMedia _use = new(new(1), [7, 8]);

    // What is asked, and what becomes of it; the last of them for all that follows.
    private readonly List<UseMedia> _asked = [];
    private readonly Queue<Exception?> _ends = new();

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    private MediaApi Media { get; }

    public UncertainUsesTests()
    {
        var bare = new MediaApi(
            Unused<UploadMedia, MediaItem>(), Unused<GetMedia, MediaItem?[]>(), Unused<DescribeMedia, MediaItem?>(),
            Use, (_, _) => throw Away(mayBeDone: false), Unused<SettleMedia, bool>(), Unused<GetSettled, uint>(),
            Unused<DeleteMedia, DeleteMediaReply>(), Unused<FindMediaFile, MediaFile?>(),
            Unused<GetMediaPart, MediaPart?>(), new MediaOptions().Limits);
        Media = new UncertainUses(bare, NullLogger<UncertainUses>.Instance).Api;
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_once_more_at_once()
    {
        _ends.Enqueue(Away(mayBeDone: true));

        Assert.NotNull(await Media.Use(_use, Call));

        Assert.Equal([false, true], _asked.Select(one => one.Again));
    }

    [Fact]
    public async Task Who_could_not_be_told_may_use_the_pictures_later()
    {
        _ends.Enqueue(Away(mayBeDone: true));
        _ends.Enqueue(Away(mayBeDone: false));
        _ends.Enqueue(new ServiceException(ErrorCode.DeadlineExceeded, "late"));
        _ends.Enqueue(null);

        await Assert.ThrowsAsync<ServiceException>(async () => await Media.Use(_use, Call));
        await Assert.ThrowsAsync<ServiceException>(async () => await Media.Use(_use with { Ids = [8] }, Call));
        foreach (var id in (long[])[8, 7, 7]) Assert.NotNull(await Media.Use(_use with { Ids = [id] }, Call));

        // 8 was late the second time, and is free to be used after the third.
        Assert.Equal([false, true, true, true, true, false], _asked.Select(one => one.Again));
    }

    [Fact]
    public async Task What_was_certainly_not_done_is_nothing_special()
    {
        _ends.Enqueue(Away(mayBeDone: false));

        await Assert.ThrowsAsync<ServiceException>(async () => await Media.Use(_use, Call));
        Assert.NotNull(await Media.Use(_use, Call));

        Assert.Equal([false, false], _asked.Select(one => one.Again));
    }

    [Fact]
    public async Task Pictures_that_cannot_be_given_back_now_may_be_used_again_and_nobody_fails_for_it()
    {
        Assert.True(await Media.Free(new FreeMedia([8]), Call));
        Assert.NotNull(await Media.Use(_use, Call));

        Assert.True(Assert.Single(_asked).Again);
    }

    private ValueTask<MediaItem[]?> Use(UseMedia request, Call call)
    {
        _asked.Add(request);
        return _ends.TryDequeue(out var end) && end is not null ? throw end : new ValueTask<MediaItem[]?>([]);
    }

    private static ServiceException Away(bool mayBeDone) =>
        new(ErrorCode.Unavailable, "away") { MayBeDone = mayBeDone };

    private static Service<TRequest, TReply> Unused<TRequest, TReply>() =>
        (_, _) => throw new InvalidOperationException($"{typeof(TRequest).Name} is not asked for here.");
}
