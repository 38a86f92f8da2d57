using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Services.Notifications;

/// <summary>The services that notifications are about.</summary>
public sealed record NotificationsPeers(
    UsersApi Users, GraphApi Graph, PostsApi Posts, MarksApi Marks, QuotesApi Quotes)
{
    /// <summary>Null: nobody is told of polls that end.</summary>
    public PollsApi? Polls { get; init; }

    /// <summary>Null: nobody is told of who joins, of reports and of warnings.</summary>
    public StaffPeers? Staff { get; init; }

    /// <summary>Seq of the newest record of the post log, without waiting; for metrics.</summary>
    public Func<long>? PostsEnd { get; init; }
}

/// <summary>
/// The Notifications service: tells accounts what happened to them, keeps it in <c>notifications.db</c>, and keeps from
/// them what they do not want.
/// </summary>
/// <remarks>
/// Two consumers, of the post feed (<see cref="PostNews"/>) and of the graph's (<see cref="TieNews"/>), turn events
/// into
/// steps that <see cref="Teller"/> writes with the feed's checkpoint in one transaction: after a crash none is lost and
/// none is doubled. Polls that end are told of by <see cref="PollNews"/>, whose place is a time.
/// What is undone (an unfavourite, a deletion, an unfollow) takes its notification away. An account
/// keeps the newest thousand of each kind.
/// </remarks>
public sealed class NotificationsService : IAsyncDisposable
{
    /// <summary>The database's name; the file is <c>notifications.db</c>.</summary>
    public const string Name = "notifications";

    private const int FeedBatch = 1_000;
    private const int UnreadMax = 1_000;

    private readonly SqlDatabase _database;
    private readonly NotificationsPeers _peers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Bell _bell = new();
    private readonly News<AccountId> _merged;
    private readonly NoticeReader _notices;
    private readonly GroupReader _groups;
    private readonly MarkerStore _markers;
    private readonly RequestReader _requests;
    private readonly NoticePolicies _policies;
    private readonly Teller _teller;
    private readonly FeedCursor _posts = new(Checkpoints.Posts);
    private readonly FeedCursor _ties = new(Checkpoints.Follows);
    private readonly FeedCursor _polls = new(Checkpoints.Polls);
    private readonly StaffFeeds _staff = new();
    private readonly Bell _staffBell = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    private NotificationsService(
        SqlDatabase database, NotificationsOptions options, NotificationsPeers peers, TimeProvider time,
        ILogger logger, NotificationsMetrics metrics)
    {
        (_database, _peers, _time, _logger) = (database, peers, time, logger);
        _merged = new News<AccountId>(time);
        _notices = new NoticeReader(database, peers.Graph, peers.Staff);
        _groups = new GroupReader(_notices, peers.Graph);
        _markers = new MarkerStore(database, time);
        _requests = new RequestReader(database);
        _policies = new NoticePolicies(database, peers);
        _teller = new Teller(_policies, new NoticeWriter(database, options, _bell), options, time, metrics);
        metrics.Watch(Lag);
        Api = new NotificationsApi(
            List: _notices.ListAsync,
            Get: _notices.GetAsync,
            Dismiss: DismissAsync,
            Clear: ClearAsync,
            Unread: UnreadAsync,
            Groups: _groups.ListAsync,
            Group: _groups.GetAsync,
            GroupSenders: _groups.SendersAsync,
            DismissGroup: DismissGroupAsync,
            Markers: (request, _) => new(_markers.Get(request)),
            SetMarker: (request, call) => _markers.SetAsync(request, call.Cancellation),
            Caught: CaughtAsync,
            Newest: (_, _) => new(_notices.Newest()),
            Feed: FollowAsync);
        Policy = new NoticePolicyApi(
            Get: (request, _) => new(Summary(request.Account)),
            Set: async (request, call) =>
            {
                await _policies.SetAsync(request, call.Cancellation);
                return Summary(request.Account);
            },
            Requests: (request, _) => new(_requests.List(request)),
            Request: (request, _) => new(_requests.Get(request)),
            Answer: AnswerAsync,
            Feed: _merged.FollowAsync);
    }

    /// <summary>The service's functions, bare.</summary>
    public NotificationsApi Api { get; }

    /// <summary>What keeps notifications back.</summary>
    public NoticePolicyApi Policy { get; }

    /// <summary>For processes elsewhere.</summary>
    public NoticeFeedApi Feeds => new(
        Told: async (request, call) => await LongPoll.FirstAsync(
            ct => FollowAsync(Math.Max(0, request.After), ct), static items => new ToldBatch(items), request.Wait,
            _time, call.Cancellation) ?? ToldBatch.None,
        Merges: MergesAsync);

    /// <summary>Opens <c>notifications.db</c> in the directory, or makes it. Reads no feed before
    /// <see cref="StartAsync"/>.</summary>
    /// <exception cref="ServiceException">The database cannot be used; says why.</exception>
    public static NotificationsService Open(
        DataDirectory data, NotificationsOptions options, NotificationsPeers peers, TimeProvider time,
        ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var logger = loggers.CreateLogger<NotificationsService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        return new NotificationsService(
            database, options, peers, time, logger, new NotificationsMetrics(meters));
    }

    /// <summary>Goes on reading the feeds where it ended; one that it never read, from its end on.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var call = Call.Until(ct);
        await StartFeedAsync(_posts, await _peers.Posts.Locate(LocatePost.End, call) - 1, ct);
        await StartFeedAsync(_ties, await _peers.Graph.NewestTie(new GetNewestTie(), call), ct);
        var posts = new PostNews(_peers, _teller, _posts);
        var ties = new TieNews(_peers.Graph, _teller, _ties);
        var polls = _peers.Polls is null ? null : new PollNews(_peers.Polls, _teller, _polls, _time);
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var told = await _database.WriteAsync(
            session => Checkpoints.StartOfPolls(session, now), cancellation: ct);
        _polls.StartAt(told, _time.GetTimestamp());
        var staff = await StartStaffAsync(call);
        _running = Task.WhenAll(
            staff is null
                ? Task.CompletedTask
                : Background.RunAsync("staff notifications", staff.RunAsync, _time, _logger, _stopping.Token),
            polls is null
                ? Task.CompletedTask
                : Background.RunAsync("poll notifications", polls.RunAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("post notifications", posts.RunAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("follow notifications", ties.RunAsync, _time, _logger, _stopping.Token));
    }

    /// <summary>A function that makes news for the staff, so that they are told at once.</summary>
    public Service<TRequest, TReply> Heeding<TRequest, TReply>(Service<TRequest, TReply> change) =>
        async (request, call) =>
        {
            var reply = await change(request, call);
            HeedStaff();
            return reply;
        };

    /// <summary>There may be news for the staff, who are told at once.</summary>
    public void HeedStaff() => _staffBell.Ring();

    /// <summary>Completes when it is certain that it is still this process that may write.</summary>
    /// <exception cref="ServiceException">It is not, or that cannot be told.</exception>
    public async Task ConfirmAsync() => await _database.WriteAsync(_ => 0);

    /// <summary>Ends the consumers, notes how far they came, and closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _teller.FlushAsync(_posts, _posts.Progress.Done, default);
        await _teller.FlushAsync(_ties, _ties.Progress.Done, default);
        await _teller.FlushAsync(_polls, _polls.Progress.Done, default);
        foreach (var feed in (FeedCursor[])[_staff.Joined, _staff.Reported, _staff.Warned])
            await _teller.FlushAsync(feed, feed.Progress.Done, default);
        await _database.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task StartFeedAsync(FeedCursor feed, long end, CancellationToken ct)
    {
        var start = await _database.WriteAsync(
            session => Checkpoints.Start(session, feed.Name, end), cancellation: ct);
        feed.StartAt(start, _time.GetTimestamp());
    }

    private async ValueTask<StaffNews?> StartStaffAsync(Call call)
    {
        if (_peers.Staff is not { } staff)
            return null;
        foreach (var (feed, end) in await StaffEndsAsync(staff, call))
            await StartFeedAsync(feed, end, call.Cancellation);
        return new StaffNews(_peers.Users, staff, _teller, _staff, _staffBell);
    }

    private async ValueTask StaffCaughtAsync(Call call)
    {
        if (_peers.Staff is not { } staff)
            return;
        _staffBell.Ring();
        foreach (var (feed, end) in await StaffEndsAsync(staff, call))
            await feed.Progress.WaitAsync(end, call.Cancellation);
    }

    private async ValueTask<(FeedCursor Feed, long End)[]> StaffEndsAsync(StaffPeers staff, Call call) =>
    [
        (_staff.Joined, await _peers.Users.Count(new CountAccounts(), call)),
        (_staff.Reported, await StaffNews.NewestReportAsync(staff, call)),
        (_staff.Warned, await staff.Community.NewestWarning(new GetNewestWarning(), call)),
    ];

    private ValueTask<bool> DismissAsync(DismissNotice request, Call call) => _database.WriteAsync(
        session => session.Execute(
            "DELETE FROM notifications WHERE id = @id AND account = @account", request.Id, request.Account.Value) > 0,
        cancellation: call.Cancellation);

    private ValueTask<bool> ClearAsync(ClearNotices request, Call call) => _database.WriteAsync(
        session =>
        {
            session.Execute(
                "DELETE FROM notifications WHERE account = @account AND filtered = 0", request.Account.Value);
            return true;
        }, cancellation: call.Cancellation);

    private ValueTask<bool> DismissGroupAsync(DismissGroup request, Call call)
    {
        if (request.Key.Id != 0)
            return DismissAsync(new DismissNotice(request.Account, request.Key.Id), call);
        var (kind, post, bucket, _) = request.Key;
        return _database.WriteAsync(
            session =>
            {
                session.Execute(
                    """
                    DELETE FROM notifications WHERE account = @account AND kind = @kind AND post = @post
                      AND bucket = @bucket
                    """, request.Account.Value, (int)kind, (long)post, bucket);
                return true;
            }, cancellation: call.Cancellation);
    }

    private async ValueTask<int> UnreadAsync(CountUnread request, Call call)
    {
        NoticeReader.Require(new NoticeRange(Limit: request.Limit), UnreadMax);
        var after = _markers.LastRead(request.Account);
        if (request.Grouped.Bits != 0)
            return await _groups.CountAsync(request.Account, after, request, call);
        var count = 0;
        var range = new NoticeRange(After: after, Limit: request.Limit);
        await foreach (var _ in _notices.WalkAsync(request.Account, range, request.Choice, call))
        {
            if (++count == request.Limit)
                break;
        }
        return count;
    }

    private async ValueTask<int> AnswerAsync(AnswerRequests request, Call call)
    {
        var answered = await _requests.AnswerAsync(request, _bell, call.Cancellation);
        if (answered > 0 && request.IsAccepted)
            _merged.Tell(request.Account);
        return answered;
    }

    private PolicySummary Summary(AccountId account)
    {
        var (requests, mentions) = _requests.Count(account);
        return new PolicySummary(_policies.Of(account), requests, mentions);
    }

    private async ValueTask<long> CaughtAsync(AwaitNotices request, Call call)
    {
        await _posts.Progress.WaitAsync(await _peers.Posts.Locate(LocatePost.End, call) - 1, call.Cancellation);
        await _ties.Progress.WaitAsync(
            await _peers.Graph.NewestTie(new GetNewestTie(), call), call.Cancellation);
        await PollsCaughtAsync(call);
        await StaffCaughtAsync(call);
        return _notices.Newest();
    }

    private async ValueTask PollsCaughtAsync(Call call)
    {
        if (_peers.Polls is not { } polls)
            return;
        var now = _time.GetUtcNow();
        while (true)
        {
            var told = DateTimeOffset.FromUnixTimeMilliseconds(_polls.Progress.Done);
            if (await polls.NextEnd(new FindNextPollEnd(told), call) is not { } next || next > now)
                return;
            await _polls.Progress.WaitAsync(next.ToUnixTimeMilliseconds(), call.Cancellation);
        }
    }

    private async ValueTask<MergeNews> MergesAsync(AwaitMerges request, Call call)
    {
        var (run, last, isWhole, accounts) = await _merged.AfterAsync(
            request.Run, request.After, request.Wait, call.Cancellation);
        return new MergeNews(run, last, isWhole, accounts);
    }

    private async IAsyncEnumerable<IReadOnlyList<Notice>> FollowAsync(
        long after, [EnumeratorCancellation] CancellationToken ct)
    {
        if (after < 0)
            after = _notices.Newest();
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var rung = _bell.Next();
            var newest = _notices.Newest();
            var batch = await _notices.ReadFeedAsync(after, FeedBatch, Call.Until(ct));
            if (batch.Count > 0)
                yield return batch;
            after = Math.Max(after, batch.Count > 0 ? batch[^1].Id : newest);
            if (batch.Count < FeedBatch)
                await rung.WaitAsync(ct);
        }
    }

    private long Lag()
    {
        if (_peers.PostsEnd is { } known) return Math.Max(0, known() - _posts.Progress.Done);
        var end = _peers.Posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _posts.Progress.Done) : 0;
    }
}
