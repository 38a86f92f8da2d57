using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines.Redis;

/// <summary>
/// Inboxes in a Redis Cluster, or in any server that speaks its protocol. They are there after a restart of this
/// process, may be more than its memory holds, and are read rightly by any process. One process writes.
/// </summary>
/// <remarks>
/// <para><b>A read</b> needs nothing but what it finds: the group's mark, the inbox's head and its entries, as of one
/// moment (<see cref="RedisReader"/>). The mark says up to which seq all is there, and the fallback answers for what is
/// above it; the head says for which followees it was made. So a server that went back to an earlier state, or is read
/// although another has taken its place, is right all the same, only less new.</para>
/// <para><b>Followees that change.</b> A head has a number made of the very ids, which is the same after a restart and
/// in another process. Numbers may come again (who unfollows and follows again); so an inbox whose owner's followees
/// have changed is taken away before the next mark is written: <see cref="ChangedFollowees"/> is asked after the turn's
/// audiences were, so a turn that has seen a change takes it into account. And an inbox is only made for followees that
/// are those of the moment, under the right to write; changes before that are no reason to take it away.</para>
/// <para><b>Giants.</b> Who has more followers than <see cref="RedisOptions.GiantFollowersMin"/> when they post is one
/// from then on, for good: none of their posts is delivered but to themselves and to whom they answer, and whoever
/// follows them has them merged in at read, old ones too, which inboxes may have. So it does not matter on which side
/// of the threshold they are later. The list of giants is beside each group's mark, and written before it.</para>
/// <para><b>A start</b> goes on from the lowest mark; what a group has already is not sent to it again. A group is
/// begun anew that has no mark, one of another log, or one that is too far behind.</para>
/// <para><b>Memory.</b> Redis forgets an inbox whose owner has not come for <see cref="TimelinesOptions.ActiveFor"/>.
/// </para>
/// </remarks>
internal sealed partial class RedisInboxes : IInboxes
{
    private const int Length = RedisWriter.Length;

    private static readonly TimeSpan _openPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _prolongEvery = TimeSpan.FromDays(1);

    private readonly RedisOptions _options;
    private readonly TimeSpan _expiry;
    private readonly int _giantFollowersMin;
    private readonly PostsApi _posts;
    private readonly GraphApi _graph;
    private readonly ChangedFollowees _changed;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisInboxes> _logger;
    private readonly RedisLines _readLines;
    private readonly RedisLines _writeLines;
    private readonly RedisReader _reader;
    private readonly RedisWriter _writer;
    private readonly Presence _prolonged;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TurnPlan _plan = new();
    private readonly ITurn _turn;
    private readonly CancellationTokenSource _stopping = new();

    // Changed by who holds the right to write; replaced whole, for readers.
    private GiantSet _giants = new(SortedIds.Empty);
    private readonly List<AccountId> _newGiants = [];
    private Task _looking = Task.CompletedTask;
    private uint _last;
    private uint _processed;
    private bool _isOpen;
    private int _lost;
    private int _count;

    /// <param name="changed">Of the graph that <paramref name="graph"/> answers from.</param>
    public RedisInboxes(
        RedisOptions options, TimelinesOptions timelines, PostsApi posts, GraphApi graph, ChangedFollowees changed,
        TimeProvider time, TimelinesMetrics metrics, ILogger<RedisInboxes> logger)
    {
        (_options, _posts, _graph, _changed, _time, _logger) = (options, posts, graph, changed, time, logger);
        _expiry = timelines.ActiveFor;
        // What is delivered must fit into a turn.
        _giantFollowersMin = Math.Min(options.GiantFollowersMin, timelines.DeliveriesPerTurn);
        var keys = new InboxKeys(options.Network);
        var writing = $"{options.Network}-writes-inboxes";
        _readLines = new RedisLines(options.Servers, keys, $"{options.Network}-reads-inboxes", time);
        _writeLines = new RedisLines(
            options.Servers, keys, writing, time,
            line => RedisWriter.FenceAsync(line, writing, options.WriteWaitMax));
        _reader = new RedisReader(_readLines, keys, options.ReadWaitMax, time);
        _writer = new RedisWriter(_writeLines, keys, options, time, metrics);
        _prolonged = new Presence(time);
        _turn = new Turn(this);
        metrics.WatchGroups(() => Volatile.Read(ref _lost));
    }

    /// <remarks>As it was a few seconds ago.</remarks>
    public int Count => Volatile.Read(ref _count);

    public long Bytes => 0;

    public uint Processed => Volatile.Read(ref _processed);

    public uint Settled => Processed;

    public int Giants => 0;

    public void StartAfter(uint last) => _processed = _last = last;

    /// <summary>Waits for Redis for a while, finds what is there, and begins the rest anew.</summary>
    public async ValueTask<uint> OpenAsync(CancellationToken ct)
    {
        if (_isOpen)
            return Processed;
        using (await WriteAsync(ct))
        {
            await TakeUpAsync(await FindAsync(ct), ct);
            _isOpen = true;
        }
        _looking = Background.RunAsync("inboxes in Redis", LookAsync, _time, _logger, _stopping.Token);
        return Processed;
    }

    public async ValueTask<bool?> HasAsync(AccountId account, Followees followees, Call call)
    {
        var reading = await _reader.ReadAsync(account, 1, call.Cancellation);
        if (!reading.IsKnown)
            return null;
        if (For(followees, reading.Inbox) is null)
            return false;
        if (_prolonged.NoteAfter(account, _prolongEvery))
            await _reader.ProlongAsync(account, _expiry, call.Cancellation);
        return true;
    }

    public async ValueTask<InboxPart> ReadAsync(
        AccountId account, Followees followees, SliceRange range, List<PostRef> refs, Call call)
    {
        // Most want the newest page; deeper ones are found in the whole.
        var asked = range is { Below: 0, Oldest: false } ? range.Limit + 1 : RedisReader.All;
        if (await ReadAsync(account, followees, asked, call) is not { } stored)
            return InboxPart.None;
        var below = range.Below == 0 ? uint.MaxValue : range.Below;
        var page = RedisPage.Of(stored, below, range.Above, asked);
        if (!page.ReachesEnd && page.Seqs.Count <= range.Limit)
        {
            if (await ReadAsync(account, followees, RedisReader.All, call) is not { } whole)
                return InboxPart.None;
            (stored, page) = (whole, RedisPage.Of(whole, below, range.Above, RedisReader.All));
        }
        var upTo = stored.Mark.UpTo;
        var seqs = await WithGiantsAsync(account, followees, range, page, upTo, call);
        var start = range.Oldest ? Math.Max(0, seqs.Count - range.Limit) : 0;
        var count = Math.Min(range.Limit, seqs.Count);
        for (var i = start; i < start + count; i++)
            refs.Add(PostRef.Place(seqs[i]));
        return new InboxPart(true, upTo, page.CompleteFrom, seqs.Count > range.Limit);
    }

    public async ValueTask<ITurn> WriteAsync(CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        return _turn;
    }

    public async ValueTask<TimeSpan> RebuildAsync(
        AccountId account, Followees followees, TimeProvider time, Call call)
    {
        var group = _writer.Group(InboxKeys.GroupOf(account));
        var hash = InboxHeader.Of(followees.Ids);
        InboxHeader header;
        uint mark;
        using (await WriteAsync(call.Cancellation))
        {
            if (group.Mark is not { } reached)
                return TimeSpan.Zero;
            mark = reached.UpTo;
            header = new InboxHeader(reached.Word, hash, mark + 1);
            if (!await TryInstallAsync(account, header, call))
                return TimeSpan.Zero;
        }
        var merging = time.GetTimestamp();
        var history = await _posts.Newest(new NewestPosts(followees.Ids, account, mark + 1, 0, false, Length), call);
        var worked = time.GetElapsedTime(merging);
        using (await WriteAsync(call.Cancellation))
        {
            // It may have gone meanwhile, or be another one's.
            if (!group.IsUp || await _writer.ReadAsync(account) is not { } stored || stored.Header != header)
                return worked;
            var filling = time.GetTimestamp();
            await FillAsync(account, stored, mark, history);
            return worked + time.GetElapsedTime(filling);
        }
    }

    public async ValueTask<int> ActivateAsync(AccountId upTo, GraphApi graph, Call call)
    {
        var made = 0;
        using (await WriteAsync(call.Cancellation))
        {
            for (var id = 1; id <= upTo.Value; id++)
            {
                var account = new AccountId(id);
                var group = _writer.Group(InboxKeys.GroupOf(account));
                var followees = await graph.Followees(new GetFollowees(account), call);
                if (group.Mark is not { } mark || await ReadAsync(account, followees, 1, call) is not null)
                    continue;
                var completeFrom = mark.UpTo == 0 ? 0 : mark.UpTo + 1;
                var header = new InboxHeader(mark.Word, InboxHeader.Of(followees.Ids), completeFrom);
                if (await TryInstallAsync(account, header, call))
                    made++;
            }
        }
        return made;
    }

    /// <summary>Redis does it by itself.</summary>
    public ValueTask SweepAsync(TimeSpan limit, CancellationToken ct) => default;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _looking;
        await _readLines.DisposeAsync();
        await _writeLines.DisposeAsync();
        _stopping.Dispose();
        _writing.Dispose();
    }

    /// <summary>Those whose posts are merged in at read. A reader has all that a mark counts which it read before.
    /// </summary>
    private SortedIds Giant => Volatile.Read(ref _giants).Ids;

    /// <summary>Null when there is none for these followees.</summary>
    private async ValueTask<StoredInbox?> ReadAsync(AccountId account, Followees followees, int count, Call call) =>
        For(followees, (await _reader.ReadAsync(account, count, call.Cancellation)).Inbox);

    /// <summary>Null when it is not for these followees.</summary>
    private StoredInbox? For(Followees followees, StoredInbox? read) =>
        read is { } stored
        && stored.Header.Followees == InboxHeader.Of(followees.Ids)
        && stored.Mark.Giants <= Giant.Count
            ? stored
            : null;

    /// <summary>Puts an empty inbox there if it is for the followees of the moment: then changes until now are no
    /// reason any more to take it away.</summary>
    private async ValueTask<bool> TryInstallAsync(AccountId account, InboxHeader header, Call call)
    {
        var isInstalled = false;
        _changed.Forget(account);
        try
        {
            var now = await _graph.Followees(new GetFollowees(account), call);
            if (InboxHeader.Of(now.Ids) != header.Followees)
                return false;
            await _writer.InstallAsync(account, header, [], _expiry);
            return isInstalled = true;
        }
        finally
        {
            if (!isInstalled)
                _changed.Note(account);
        }
    }

    /// <summary>What is read of the inbox and what giants have posted there; descending.</summary>
    private async ValueTask<List<uint>> WithGiantsAsync(
        AccountId account, Followees followees, SliceRange range, RedisPage page, uint upTo, Call call)
    {
        var giants = SortedIds.Intersect(followees.Ids, Giant);
        var below = range.Below == 0 ? upTo + 1 : Math.Min(range.Below, upTo + 1);
        var above = Math.Max(range.Above, page.CompleteFrom - Math.Min(page.CompleteFrom, 1));
        if (giants.Count == 0 || below <= above + 1)
            return page.Seqs;
        var theirs = await _posts.Newest(
            new NewestPosts(giants, default, below, above, range.Oldest, range.Limit + 1)
            {
                Answering = followees.Ids.With(account),
                Rules = followees.Rules,
            }, call);
        return [.. page.Seqs.Concat(theirs.Select(post => post.Seq)).Distinct().OrderDescending()];
    }

    /// <summary>Puts the history below what has come since.</summary>
    private async ValueTask FillAsync(AccountId account, StoredInbox stored, uint mark, PostRef[] history)
    {
        var since = RedisPage.Of(stored, uint.MaxValue, mark, RedisReader.All);
        // Entries were cut off already: it is full of what has come since.
        if (since.CompleteFrom > mark + 1)
            return;
        List<uint> entries = [.. since.Seqs.Concat(history.Select(post => post.Seq)).Take(Length)];
        var isWhole = entries.Count == since.Seqs.Count + history.Length && history.Length < Length;
        var completeFrom = isWhole ? 0
            : entries.Count > since.Seqs.Count ? entries[^1] : mark + 1;
        await _writer.InstallAsync(account, stored.Header with { CompleteFrom = completeFrom }, entries, _expiry);
    }

    private sealed record GiantSet(SortedIds Ids);

    /// <summary>One for all turns: there is one at a time.</summary>
    private sealed class Turn(RedisInboxes inboxes) : ITurn
    {
        public GiantFate Meet(in PostEvent post, SortedIds followers, SortedIds? alsoFollowing)
        {
            var author = post.Ref.Author;
            if (inboxes.Giant.Contains(author))
                return GiantFate.Taken;
            if (followers.Count <= inboxes._giantFollowersMin)
                return GiantFate.None;
            inboxes.AddGiant(author);
            return GiantFate.Taken;
        }

        public ValueTask<long> DeliverAsync(ReadOnlyMemory<Delivery> batch, uint upTo, CancellationToken ct) =>
            inboxes.DeliverAsync(batch, upTo, ct);

        public long DeliverSlice(Memory<int> buffer, out GiantPost giant) =>
            throw new InvalidOperationException("No giant's post is ever on its way here.");

        public void Dispose() => inboxes._writing.Release();
    }
}
