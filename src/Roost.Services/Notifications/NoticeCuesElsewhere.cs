using Microsoft.Extensions.Logging;
using Roost.Rpc.Clients;

namespace Roost.Services.Notifications;

/// <summary>Rings here when the process elsewhere that has the posts says so.</summary>
public sealed class NoticeCuesElsewhere : IAsyncDisposable
{
    private readonly NoticeCuesApi _cues;
    private readonly TimeProvider _time;
    private readonly Bell _polls = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private Task _following = Task.CompletedTask;

    public NoticeCuesElsewhere(NoticeCuesApi cues, TimeProvider time, ILoggerFactory loggers) =>
        (_cues, _time, _logger) = (cues, time, loggers.CreateLogger<NoticeCuesElsewhere>());

    /// <summary>As <see cref="Posts.PollsApi.Added"/>.</summary>
    public Task PollAdded() => _polls.Next();

    /// <summary>From now on. What was cued before is looked at by who starts.</summary>
    /// <param name="staff">Is called when there is something to tell the staff.</param>
    public void Start(Action staff) => _following = Background.RunAsync(
        "cues of notifications", ct => FollowAsync(staff, ct), _time, _logger, _stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _stopping.Dispose();
    }

    private async Task FollowAsync(Action staff, CancellationToken ct)
    {
        var cues = NewsElsewhere.FollowAsync(AskAsync, missed: RingAll, ct);
        await foreach (var cue in cues)
        {
            if (cue == NoticeCue.Staff) staff();
            else _polls.Ring();
        }

        async ValueTask<NewsBatch<NoticeCue>> AskAsync(string run, long after)
        {
            var news = await _cues.Await.AskUntilAnsweredAsync(
                new AwaitNoticeCues(run, after, LongPoll.Wait), _time, ct);
            // Who started before has looked, perhaps, before what was cued until now.
            if (run.Length == 0) RingAll();
            return new NewsBatch<NoticeCue>(news.Run, news.Last, news.IsWhole, news.Cues);
        }

        void RingAll()
        {
            staff();
            _polls.Ring();
        }
    }
}
