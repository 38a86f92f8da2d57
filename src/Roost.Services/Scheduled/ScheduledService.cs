using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Storage;

namespace Roost.Services.Scheduled;

/// <summary>The services that Scheduled asks.</summary>
public sealed record ScheduledPeers(PostsApi Posts, MediaApi Media);

/// <summary>
/// The Scheduled service: posts wait in <c>scheduled.db</c>, their pictures are held for them, and a loop posts each
/// when its time has come.
/// </summary>
/// <remarks>
/// Never twice: (1) that posting begins is durable before (2) the post is made, under an idempotency key of its own,
/// and (3) the row goes when the post is durable. Who finds a row begun, after a crash or a failure, first asks Posts
/// whether that key was posted, however long ago. What cannot be posted as it is stays with its author, refused;
/// what cannot be posted now is tried again at the next tick. There are ticks only while a post waits.
/// </remarks>
public sealed partial class ScheduledService : IAsyncDisposable
{
    /// <summary>The database's name.</summary>
    public const string Name = "scheduled";

    private const int PostsPerTurn = 256;
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(1);

    /// <summary>A clock that was put back between two starts does not hide a post.</summary>
    private static readonly TimeSpan _clocksMayDiffer = TimeSpan.FromHours(1);

    private readonly SqlDatabase _database;
    private readonly ScheduledStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Bell _bell = new();
    private ScheduledPeers _peers = null!;
    private Task _posting = Task.CompletedTask;

    private ScheduledService(SqlDatabase database, TimeProvider time, ILogger logger)
    {
        (_database, _store, _time, _logger) = (database, new ScheduledStore(database), time, logger);
        Api = new ScheduledApi(
            Schedule: ScheduleAsync,
            List: (request, _) => new(_store.List(request)),
            Get: (request, _) => new(_store.Get(request)),
            Reschedule: MoveAsync,
            Cancel: CancelAsync);
    }

    /// <summary>The service's functions, bare.</summary>
    public ScheduledApi Api { get; }

    /// <summary>Opens <c>scheduled.db</c> in the directory, or makes it.</summary>
    /// <exception cref="ServiceException">The data cannot be used; says why.</exception>
    public static ScheduledService Open(
        DataDirectory data, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        var logger = loggers.CreateLogger<ScheduledService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        return new ScheduledService(database, time, logger);
    }

    /// <summary>Posts what is due, from now on.</summary>
    public void Start(ScheduledPeers peers)
    {
        _peers = peers;
        _posting = Background.RunAsync("scheduled posts", RunAsync, _time, _logger, _stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _posting;
        await _database.DisposeAsync();
        _stopping.Dispose();
    }

    private void RequireAhead(DateTimeOffset at)
    {
        if (at < _time.GetUtcNow() + SchedulePost.AheadMin)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                "Validation failed: Scheduled at must be at least "
                + $"{SchedulePost.AheadMin.TotalMinutes:0} minutes ahead");
        }
    }

    private async ValueTask<ScheduledPost?> MoveAsync(Reschedule request, Call call)
    {
        RequireAhead(request.At);
        var moved = await _store.MoveAsync(request, call.Cancellation);
        _bell.Ring();
        return moved;
    }

    private async ValueTask<ScheduledPost> ScheduleAsync(SchedulePost request, Call call)
    {
        var post = await AddAsync(request, call);
        _bell.Ring();
        return post;
    }

    private async ValueTask<ScheduledPost> AddAsync(SchedulePost request, Call call)
    {
        if (request.Key is { } key && _store.FindByKey(request.Account, key) is { } earlier) return earlier;
        RequireAhead(request.At);
        var ids = request.Draft.MediaIds;
        if (ids.Count == 0) return await _store.AddAsync(request, call.Cancellation);
        if (ids.Count > MediaLimits.PerPost || ids.Distinct().Count() < ids.Count
            || await _peers.Media.Use(new UseMedia(request.Account, ids) { Holds = true }, call) is null)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                "Validation failed: One of media_ids is not there, not yours, attached already, or one too many");
        }
        try
        {
            return await _store.AddAsync(request, call.Cancellation);
        }
        catch
        {
            await _peers.Media.Free(new FreeMedia(ids), Call.Unbounded);
            throw;
        }
    }

    private async ValueTask<bool> CancelAsync(CancelScheduled request, Call call)
    {
        if (await _store.CancelAsync(request, call.Cancellation) is not { } post) return false;
        if (post.Draft.MediaIds.Count > 0)
            await _peers.Media.Free(new FreeMedia(post.Draft.MediaIds), Call.Unbounded);
        return true;
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            // What an earlier run left waits, too.
            var rung = _bell.Next();
            await PostWhileAnyWaitsAsync(ct);
            await rung.WaitAsync(ct);
        }
    }

    private async Task PostWhileAnyWaitsAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_tick, _time);
        do
        {
            foreach (var (post, isBegun) in _store.Due(_time.GetUtcNow(), PostsPerTurn))
                await TakeAsync(post, isBegun, ct);
        }
        while (_store.AnyWaits() && await timer.WaitForNextTickAsync(ct));
    }

    private async ValueTask TakeAsync(ScheduledPost post, bool isBegun, CancellationToken ct)
    {
        var call = Call.Until(ct);
        try
        {
            var find = new FindByKey(post.Account, KeyOf(post), post.At - _clocksMayDiffer);
            var isPosted = isBegun && await _peers.Posts.IsPosted(find, call);
            if (!isPosted)
            {
                if (!await _store.BeginAsync(post, ct)) return;
                await PostAsync(post, call);
            }
            await _store.EndAsync(post.Id, ct);
        }
        catch (ServiceException refusal) when (refusal.Code is ErrorCode.Invalid or ErrorCode.NotFound)
        {
            PostRefused(post.Id, refusal.Message);
            await _store.RefuseAsync(post.Id, ct);
        }
        catch (ServiceException failure)
        {
            PostFailed(failure, post.Id);
        }
    }

    private async ValueTask PostAsync(ScheduledPost post, Call call)
    {
        var draft = post.Draft;
        var request = new CreatePost(
            post.Account, draft.Text, draft.SpoilerText, draft.Sensitive, draft.Visibility, draft.Language,
            new PostId(draft.InReplyTo), [.. draft.Mentions.Select(id => new AccountId(id))], draft.AppName,
            KeyOf(post))
        {
            MediaIds = draft.MediaIds,
            TakesHeldMedia = true,
            Quoted = new PostId(draft.Quoted),
            QuotePolicy = draft.QuotePolicy,
            Poll = draft.Poll is { } poll
                ? new Poll(
                    poll.Options, poll.IsMultiple, poll.HidesTotals,
                    _time.GetUtcNow() + TimeSpan.FromSeconds(poll.LastsSeconds))
                : null,
        };
        try
        {
            await _peers.Posts.Create(request, call);
        }
        catch (ServiceException gone) when (gone.Code == ErrorCode.NotFound && draft.InReplyTo != 0)
        {
            // What it was to answer is gone. What was said can still be said.
            await _peers.Posts.Create(request with { InReplyTo = default }, call);
        }
    }

    /// <summary>No client's key has a line feed in it.</summary>
    private static string KeyOf(ScheduledPost post) =>
        string.Create(CultureInfo.InvariantCulture, $"\nscheduled {post.Id}");

    [LoggerMessage(LogLevel.Warning, "The scheduled post {Id} cannot be posted, and waits for its author: {Why}")]
    private partial void PostRefused(long id, string why);

    [LoggerMessage(LogLevel.Error, "The scheduled post {Id} could not be posted now; it is tried again")]
    private partial void PostFailed(Exception failure, long id);
}
