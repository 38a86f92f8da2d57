using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Community;

public sealed class EmojisElsewhereTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private DataDirectory _data = null!;
    private CommunityService _service = null!;

    private static Call Call => TestNetwork.Call;

    public ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = Open();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task The_book_has_what_this_process_adds_before_it_is_answered()
    {
        await using var emojis = await OpenElsewhereAsync(_service.Feed);

        await emojis.Heeding(_service.Api.AddEmoji)(new AddEmoji(Emoji("cat")), Call);

        Assert.Equal(["cat"], NamesIn(emojis));
        await emojis.Heeding(_service.Api.RemoveEmoji)(new RemoveEmoji("cat"), Call);
        Assert.Empty(NamesIn(emojis));
    }

    [Fact]
    public async Task The_book_follows_what_others_add_also_over_a_restart_of_the_service()
    {
        await _service.Api.AddEmoji(new AddEmoji(Emoji("cat")), Call);
        var feed = new CommunityFeedApi(
            (request, call) => _service.Feed.Emojis(request, call), _service.Feed.Announcements);
        await using var emojis = await OpenElsewhereAsync(feed);
        Assert.Equal(["cat"], NamesIn(emojis));

        await _service.Api.AddEmoji(new AddEmoji(Emoji("dog")), Call);
        await UntilAsync(emojis, ["cat", "dog"]);
        await _service.DisposeAsync();
        _service = Open();
        await _service.Api.AddEmoji(new AddEmoji(Emoji("bird")), Call);

        await UntilAsync(emojis, ["bird", "cat", "dog"]);
    }

    [Fact]
    public async Task Who_knows_them_is_told_when_they_change_or_the_wait_is_over()
    {
        var now = await _service.Feed.Emojis(new AwaitEmojis("", TimeSpan.Zero), Call);
        var waiting = _service.Feed.Emojis(new AwaitEmojis(now.Stamp, TimeSpan.FromSeconds(3)), Call).AsTask();
        await _service.Api.AddEmoji(new AddEmoji(Emoji("cat")), Call);

        var changed = await waiting;
        var unchanged = await _service.Feed.Emojis(
            new AwaitEmojis(changed.Stamp, TimeSpan.FromMilliseconds(1)), Call);

        Assert.Equal(["cat"], changed.Emojis.Select(emoji => emoji.Shortcode));
        Assert.Equal((changed.Stamp, 0), (unchanged.Stamp, unchanged.Emojis.Count));
        await Assert.ThrowsAsync<ServiceException>(
            async () => await _service.Feed.Emojis(new AwaitEmojis("", TimeSpan.FromSeconds(4)), Call));
    }

    private static Task<EmojisElsewhere> OpenElsewhereAsync(CommunityFeedApi feed) => EmojisElsewhere.OpenAsync(
        feed, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    private static CustomEmoji Emoji(string shortcode) => new(shortcode, null, shortcode, ".png", ".png", 1);

    private static IEnumerable<string> NamesIn(EmojisElsewhere emojis) =>
        emojis.Book.Now.All.Select(emoji => emoji.Shortcode);

    private static async Task UntilAsync(EmojisElsewhere emojis, string[] names)
    {
        while (!NamesIn(emojis).SequenceEqual(names)) await Task.Yield();
    }

    private CommunityService Open() =>
        CommunityService.Open(_data, TimeProvider.System, NullLoggerFactory.Instance, _scratch.Meters);
}
