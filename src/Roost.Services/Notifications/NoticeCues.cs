using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Notifications;

/// <summary>Tells a process elsewhere that has notifications when to look, where in one process bells are rung.
/// </summary>
public sealed class NoticeCues : IAsyncDisposable
{
    private readonly News<NoticeCue> _news;
    private readonly AwaitPoll _pollAdded;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _heedingPolls;

    /// <param name="pollAdded">Of the posts that are here.</param>
    public NoticeCues(AwaitPoll pollAdded, TimeProvider time, ILoggerFactory loggers)
    {
        (_news, _pollAdded) = (new News<NoticeCue>(time), pollAdded);
        Api = new NoticeCuesApi(async (request, call) =>
        {
            var (run, last, isWhole, cues) = await _news.AfterAsync(
                request.Run, request.After, request.Wait, call.Cancellation);
            return new NoticeCueNews(run, last, isWhole, cues);
        });
        _heedingPolls = Background.RunAsync(
            "cues of polls", HeedPollsAsync, time, loggers.CreateLogger<NoticeCues>(), _stopping.Token);
    }

    /// <summary>The functions, bare.</summary>
    public NoticeCuesApi Api { get; }

    /// <inheritdoc cref="NotificationsService.Heeding"/>
    public Service<TRequest, TReply> Heeding<TRequest, TReply>(Service<TRequest, TReply> change) =>
        async (request, call) =>
        {
            var reply = await change(request, call);
            _news.Tell(NoticeCue.Staff);
            return reply;
        };

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _heedingPolls;
        _stopping.Dispose();
    }

    private async Task HeedPollsAsync(CancellationToken ct)
    {
        var added = _pollAdded();
        while (true)
        {
            await added.WaitAsync(ct);
            // Whoever looks after the cue sees what was added before this.
            added = _pollAdded();
            _news.Tell(NoticeCue.Poll);
        }
    }
}
