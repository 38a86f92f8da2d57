using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Media;
using Roost.Services.Storage;
using Roost.Tests.Rpc.Remote;
using Roost.Tests.Services.Storage;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Media;

public sealed class MediaServiceTests() : MediaContract(isElsewhere: false);

/// <summary>Through the network.</summary>
public sealed class MediaRemoteTests() : MediaContract(isElsewhere: true);

/// <summary>What the Media service is to its callers, wherever it is.</summary>
public abstract class MediaContract(bool isElsewhere) : IAsyncLifetime
{
    private static readonly AccountId _alice = new(1);
    private static readonly AccountId _bob = new(2);

    private readonly string _directory = TestDirectory.Make();
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private readonly byte[] _picture = Pictures.TwoHalves(100, 80, SKEncodedImageFormat.Jpeg);
    private DataDirectory _data = null!;
    private MediaService _service = null!;
    private RemoteHost? _host;
    private RemoteClient? _client;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    private MediaApi Media { get; set; } = null!;

    public ValueTask InitializeAsync() => OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _provider.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_picture_survives_a_restart_with_both_its_files()
    {
        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture, "A cat", 0.5, -1), Call);
        await CloseAsync();
        await OpenAsync();

        var found = await Media.Get(new GetMedia([sent.Id, 99]), Call);

        Assert.Equal(sent, found[0]);
        Assert.Null(found[1]);
        foreach (var small in (bool[])[false, true])
        {
            var file = await Media.Find(new FindMediaFile(sent.FileKey, small), Call);
            Assert.Equal(file!.Bytes, new FileInfo(await PathOfAsync(sent, small)).Length);
        }
        foreach (var key in (string[])["../../users.db", new('a', 26)])
        {
            Assert.Null(await Media.Find(new FindMediaFile(key, false), Call));
            Assert.Null(await Media.Part(new GetMediaPart(key, false, 0), Call));
        }
    }

    [Fact]
    public async Task A_file_can_be_read_part_by_part_until_it_is_gone()
    {
        var sent = await Media.Upload(
            new UploadMedia(_alice, MediaPurpose.Attachment, Pictures.Noise(300, 300, SKEncodedImageFormat.Png)), Call);
        var file = await Media.Find(new FindMediaFile(sent.FileKey, false), Call);

        var read = new List<byte>();
        MediaPart? part;
        var parts = 0;
        do
        {
            part = await Media.Part(new GetMediaPart(sent.FileKey, false, read.Count), Call);
            Assert.InRange(part!.Content.Length, 0, MediaPart.BytesMax);
            read.AddRange(part.Content.Span);
            parts++;
        }
        while (!part.Content.IsEmpty);

        Assert.Equal(sent.Original.Bytes, file!.Bytes);
        Assert.Equal(await File.ReadAllBytesAsync(await PathOfAsync(sent, small: false), Call.Cancellation), read);
        Assert.True(parts > 3, $"It came in {parts} parts.");
        Assert.True((await Media.Part(new GetMediaPart(sent.FileKey, false, -1), Call))!.Content.IsEmpty);
        Assert.Equal(DeleteMediaReply.Deleted, await Media.Delete(new DeleteMedia(_alice, sent.Id), Call));
        Assert.Null(await Media.Part(new GetMediaPart(sent.FileKey, false, 0), Call));
    }

    [Fact]
    public async Task A_picture_may_be_as_large_as_it_is_told_and_what_is_wrong_with_one_is_said()
    {
        var largest = new byte[Media.Limits.ImageBytesMax];
        _picture.CopyTo(largest, 0);

        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, largest), Call);
        var refused = await Assert.ThrowsAsync<ServiceException>(
            async () => await Media.Upload(
                new UploadMedia(_alice, MediaPurpose.Attachment, new byte[largest.Length + 1]), Call));
        var foreign = await Assert.ThrowsAsync<ServiceException>(
            async () => await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, "<html>"u8.ToArray()), Call));

        Assert.Equal((100, 80), (sent.Original.Width, sent.Original.Height));
        Assert.Equal((ErrorCode.Invalid, ErrorCode.Invalid), (refused.Code, foreign.Code));
        Assert.Equal("Validation failed: File is 16 MB; the most is 16 MB", refused.Message);
        Assert.StartsWith("Validation failed: File content type", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_marked_may_be_used_again_only_by_who_says_that_the_first_try_is_not_known_of()
    {
        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        var use = new UseMedia(_alice, [sent.Id]);
        Assert.NotNull(await Media.Use(use, Call));

        Assert.Null(await Media.Use(use, Call));
        Assert.Null(await Media.Use(use with { Account = _bob, Again = true }, Call));
        Assert.NotNull(await Media.Use(use with { Again = true }, Call));
        await Media.Settle(new SettleMedia([new(MediaFateKind.Shown, new(77), [sent.Id])], 5), Call);
        Assert.Null(await Media.Use(use with { Again = true }, Call));
        Assert.Equal(5u, await Media.Settled(new GetSettled(), Call));
        Assert.Equal(new PostId(77), (await Media.Get(new GetMedia([sent.Id]), Call))[0]!.Post);
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
        var file = await PathOfAsync(unused, small: false);

        var sentAt = _time.GetUtcNow();
        while ((await Media.Get(new GetMedia([unused.Id]), Call))[0] is not null)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.True(_time.GetUtcNow() - sentAt > TimeSpan.FromDays(1), "It had its day.");
        // Closing waits for the sweep to end what it has begun.
        await CloseAsync();
        await OpenAsync();
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

        await OpenAsync();

        Assert.False(draft.Exists && Directory.Exists(draft.FullName));
    }

    [Fact]
    public async Task A_check_names_the_file_that_a_picture_has_lost()
    {
        var sent = await Media.Upload(new UploadMedia(_alice, MediaPurpose.Attachment, _picture), Call);
        var file = await PathOfAsync(sent, small: true);
        await CloseAsync();
        using (var data = DataDirectory.Open(_directory))
        {
            Assert.Empty(Check(data));
            File.Delete(file);
            var finding = Assert.Single(Check(data));
            Assert.Contains(file, finding.What, StringComparison.Ordinal);
        }
        await OpenAsync();
    }

    private static IReadOnlyList<Finding> Check(DataDirectory data) =>
        MediaCheck.Run(data, repair: false, TestContext.Current.CancellationToken).Findings;

    private async Task<string> PathOfAsync(MediaItem item, bool small) =>
        ((MediaFileHere)(await _service.Api.Find(new FindMediaFile(item.FileKey, small), Call))!).Path;

    private async ValueTask OpenAsync()
    {
        var meters = _provider.GetRequiredService<IMeterFactory>();
        _data = DataDirectory.Open(_directory);
        _service = MediaService.Open(_data, new MediaOptions(), _time, NullLoggerFactory.Instance, meters);
        Media = _service.Api;
        if (!isElsewhere) return;
        _host = await RemoteHost.StartAsync(services => MediaRemote.Serve(services, _service.Api));
        _client = new RemoteClient(
            "media", new BalancerOptions(), new ClientPolicy { TimeoutMax = TimeSpan.FromMinutes(1) }, meters,
            TimeProvider.System, seed: 1);
        _client.Update([new InstanceInfo(_host.Address, Address: _host.Address)]);
        Media = MediaRemote.ConnectMedia(_client, _service.Api.Limits);
    }

    private async Task CloseAsync()
    {
        _client?.Dispose();
        if (_host is not null) await _host.DisposeAsync();
        await _service.DisposeAsync();
        _data.Dispose();
    }
}
