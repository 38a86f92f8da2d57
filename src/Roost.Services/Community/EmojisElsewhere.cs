using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Clients;

namespace Roost.Services.Community;

/// <summary>The custom emojis as a process has them that has not the Community service: a book that follows the
/// service's. What this process changes is in it before the change is answered; what others change comes within
/// milliseconds.</summary>
public sealed class EmojisElsewhere : IAsyncDisposable
{
    private readonly CommunityFeedApi _feed;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Task _following;

    // Under _lock.
    private string _stamp = "";

    private EmojisElsewhere(CommunityFeedApi feed, EmojisNow first, TimeProvider time, ILogger logger)
    {
        (_feed, _time) = (feed, time);
        Take(first);
        _following = Background.RunAsync("emojis", FollowAsync, time, logger, _stopping.Token);
    }

    public EmojiBook Book { get; } = new(EmojiSet.Empty);

    /// <summary>Waits until the service answers.</summary>
    public static async Task<EmojisElsewhere> OpenAsync(
        CommunityFeedApi feed, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(feed);
        var first = await feed.Emojis.AskUntilAnsweredAsync(new AwaitEmojis("", TimeSpan.Zero), time, ct);
        return new EmojisElsewhere(feed, first, time, loggers.CreateLogger<EmojisElsewhere>());
    }

    /// <summary>A function that changes the emojis: answers when they are in the book.</summary>
    public Service<TRequest, TReply> Heeding<TRequest, TReply>(Service<TRequest, TReply> change) =>
        async (request, call) =>
        {
            var reply = await change(request, call);
            Take(await _feed.Emojis(new AwaitEmojis("", TimeSpan.Zero), call));
            return reply;
        };

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _stopping.Dispose();
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        while (true)
        {
            string stamp;
            lock (_lock) stamp = _stamp;
            Take(await _feed.Emojis.AskUntilAnsweredAsync(new AwaitEmojis(stamp, LongPoll.Wait), _time, ct));
        }
    }

    private void Take(EmojisNow now)
    {
        lock (_lock)
        {
            if (now.Stamp == _stamp) return;
            _stamp = now.Stamp;
            Book.Now = new EmojiSet(now.Emojis);
        }
    }
}
