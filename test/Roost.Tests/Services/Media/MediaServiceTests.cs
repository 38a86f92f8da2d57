using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Media;

public sealed class MediaServiceTests : IAsyncDisposable
{
    private static readonly AccountId _alice = new(1);
    private static readonly AccountId _bob = new(2);

    private readonly string _directory = TestDirectory.Make();
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private readonly byte[] _picture = Pictures.TwoHalves(100, 80, SKEncodedImageFormat.Jpeg);
    private DataDirectory? _data;
    private MediaService? _service;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    private MediaApi Media => (_service ??= Open()).Api;

    [Fact]
    public async Task A_picture_survives_a_restart_with_both_its_files()
    {
        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture, "A cat", 0.5, -1), Call);
        await CloseAsync();

        var found = (await Media.Get(new GetMedia([sent.Id, 99]), Call));

        Assert.Equal(sent, found[0]);
        Assert.Null(found[1]);
        foreach (var small in (bool[])[false, true])
        {
            var file = await Media.Open(new OpenMedia(sent.FileKey, small), Call);
            Assert.Equal(file!.Bytes, new FileInfo(file.Path).Length);
        }
        Assert.Null(await Media.Open(new OpenMedia("../../users.db", false), Call));
        Assert.Null(await Media.Open(new OpenMedia(new string('a', 26), false), Call));
    }

    [Fact]
    public async Task Only_its_owner_may_describe_use_or_delete_it()
    {
        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);

        Assert.Null(await Media.Describe(new DescribeMedia(_bob, sent.Id, "Mine"), Call));
        Assert.Null(await Media.Use(new UseMedia(_bob, [sent.Id]), Call));
        Assert.Equal(DeleteMediaReply.NotFound, await Media.Delete(new DeleteMedia(_bob, sent.Id), Call));

        Assert.Equal("Hers", (await Media.Describe(new DescribeMedia(_alice, sent.Id, "Hers"), Call))!.Description);
        Assert.NotNull(await Media.Use(new UseMedia(_alice, [sent.Id]), Call));
        Assert.Equal(DeleteMediaReply.InUse, await Media.Delete(new DeleteMedia(_alice, sent.Id), Call));
    }

    [Fact]
    public async Task A_picture_that_no_post_uses_for_a_day_goes_with_its_files()
    {
        var used = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        var unused = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        var avatar = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Avatar, _picture), Call);
        Assert.NotNull(await Media.Use(new UseMedia(_alice, [used.Id]), Call));
        var file = (await Media.Open(new OpenMedia(unused.FileKey, false), Call))!.Path;

        var sentAt = _time.GetUtcNow();
        while ((await Media.Get(new GetMedia([unused.Id]), Call))[0] is not null)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.True(_time.GetUtcNow() - sentAt > TimeSpan.FromDays(1), "It had its day.");
        // Closing waits for the sweep to end what it has begun.
        await CloseAsync();
        Assert.False(File.Exists(file));
        Assert.All(await Media.Get(new GetMedia([used.Id, avatar.Id]), Call), Assert.NotNull);
        var next = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        Assert.Equal(avatar.Id + 1, next.Id);
    }

    [Fact]
    public async Task What_a_crash_left_half_written_is_removed_at_the_next_start()
    {
        await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        await CloseAsync();
        var draft = Directory.CreateDirectory(Path.Combine(_directory, "media", "zz", "zzzz.new"));

        await Media.Get(new GetMedia([]), Call);

        Assert.False(draft.Exists && Directory.Exists(draft.FullName));
    }

    [Fact]
    public async Task A_check_names_the_file_that_a_picture_has_lost()
    {
        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        var file = (await Media.Open(new OpenMedia(sent.FileKey, true), Call))!.Path;
        await CloseAsync();
        using var data = DataDirectory.Open(_directory);

        Assert.Empty(Check(data));
        File.Delete(file);
        var finding = Assert.Single(Check(data));
        Assert.Contains(file, finding.What, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Finding> Check(DataDirectory data) =>
        MediaCheck.Run(data, repair: false, TestContext.Current.CancellationToken).Findings;

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _provider.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private MediaService Open()
    {
        _data = DataDirectory.Open(_directory);
        return MediaService.Open(
            _data, new MediaOptions(), _time, NullLoggerFactory.Instance,
            _provider.GetRequiredService<IMeterFactory>());
    }

    private async Task CloseAsync()
    {
        if (_service is not null) await _service.DisposeAsync();
        _service = null;
        _data?.Dispose();
        _data = null;
    }
}
