using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Storage;

namespace Roost.Services.Conversations;

/// <summary>
/// The Conversations service: follows the feed of posts, and keeps of each direct one in whose conversation it is, in
/// <c>conversations.db</c>.
/// </summary>
/// <remarks>
/// One loop owns the order; its checkpoint is written with what it changes, or when a million records had nothing for
/// it. Who asks waits until it has come to where the log ends now, which is a matter of milliseconds.
/// </remarks>
public sealed class ConversationsService : IAsyncDisposable
{
    /// <summary>The database's name.</summary>
    public const string Name = "conversations";

    private const uint RecordsUntold = 1 << 20;

    private readonly SqlDatabase _database;
    private readonly ConversationStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConversationsMetrics _metrics;
    private readonly FeedPlace _place = new();
    private readonly CancellationTokenSource _stopping = new();
    private PostsApi _posts = null!;
    private Task _following = Task.CompletedTask;
    private uint _stored;

    private ConversationsService(
        SqlDatabase database, TimeProvider time, ILogger logger, ConversationsMetrics metrics)
    {
        (_database, _store, _time, _logger) = (database, new ConversationStore(database), time, logger);
        _metrics = metrics;
        _stored = _store.UpTo();
        _place.Reached(_stored);
        Api = new ConversationsApi(
            List: async (request, call) =>
            {
                await ReachAsync(call);
                return _store.List(request);
            },
            Read: async (request, call) =>
            {
                await ReachAsync(call);
                return await _store.ReadAsync(request, call.Cancellation);
            },
            End: async (request, call) =>
            {
                await ReachAsync(call);
                return await _store.EndAsync(request, call.Cancellation);
            },
            Direct: async (request, call) =>
            {
                await ReachAsync(call);
                return _store.Direct(request);
            },
            Of: async (request, call) =>
            {
                await _place.WaitAsync(request.Seq, call.Cancellation);
                return _store.Of(request);
            });
    }

    /// <summary>The service's functions, bare.</summary>
    public ConversationsApi Api { get; }

    /// <summary>Opens <c>conversations.db</c> in the directory, or makes it.</summary>
    /// <exception cref="ServiceException">The data cannot be used; says why.</exception>
    public static ConversationsService Open(
        DataDirectory data, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        var logger = loggers.CreateLogger<ConversationsService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        return new ConversationsService(database, time, logger, new ConversationsMetrics(meters));
    }

    /// <summary>Follows the feed from where it was left, before the first question.</summary>
    public void Start(PostsApi posts)
    {
        _posts = posts;
        _metrics.Watch(Lag);
        _following = Background.RunAsync("conversations", FollowAsync, _time, _logger, _stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _metrics.Dispose();
        await _database.DisposeAsync();
        _stopping.Dispose();
    }

    private async ValueTask ReachAsync(Call call)
    {
        var end = await _posts.Locate(LocatePost.End, call);
        await _place.WaitAsync(end - 1, call.Cancellation);
    }

    private long Lag()
    {
        var end = _posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _place.Done) : 0;
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        await foreach (var events in _posts.Feed((uint)_place.Done, ct).WithCancellation(ct))
            await TakeAsync(events, ct);
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<PostEvent> events, CancellationToken ct)
    {
        var last = events.Span[^1].Ref.Seq;
        PostEvent[] direct = [.. events.ToArray().Where(one => one.Visibility == Visibility.Direct)];
        if (direct.Length > 0 || last - _stored >= RecordsUntold)
        {
            var seqs = Array.ConvertAll(direct, one => one.Kind == PostEventKind.Post ? one.Ref.Seq : one.Target);
            var read = seqs.Length == 0 ? [] : await _posts.Read(new ReadPosts(seqs), Call.Until(ct));
            await _store.WriteAsync(writes => Write(writes, direct, read), last, ct);
            _stored = last;
        }
        _place.Reached(last);
    }

    /// <param name="read">The posts as they are now: one that is gone meanwhile has a deletion further on.</param>
    private static void Write(ConversationWrites writes, PostEvent[] events, ShownPost[] read)
    {
        for (var i = 0; i < events.Length; i++)
        {
            if (events[i].Kind == PostEventKind.Delete)
                writes.Remove(events[i].Target);
            else if (read[i].Post is { } post)
                writes.Add(post);
        }
    }
}
