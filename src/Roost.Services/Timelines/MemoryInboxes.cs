using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// Inboxes in the memory of this process. An inbox, with what <see cref="GiantPosts"/> has on
/// its way to it, is what the fallback would answer for seqs from its <c>CompleteFrom</c> up to
/// <see cref="Processed"/>, for the followees as of the version in its tag, and nothing else.
/// </summary>
/// <remarks>
/// <para>How that stays true. Fan-out holds <see cref="_writing"/> from asking who follows the authors of a turn's
/// posts until these are delivered and counted as processed. A rebuild (1) reads the followees and their version, (2)
/// under the same gate puts an empty inbox there that is complete from <c>Processed + 1</c>, so that fan-out serves
/// it from the next post on, (3) merges history up to that mark outside of the gate, and (4) under the gate again
/// puts the history below what has come since. A post is thus either before the mark, and in the history, or after
/// it, and fanned out with followers asked for after (1).</para>
/// <para>A follow or unfollow changes the version; the next reader finds that the tag differs and rebuilds. In
/// between the inbox may take deliveries that it should not: nobody reads them.</para>
/// <para>Giants. A post for more accounts than a turn delivers is begun in its turn and goes on in slices, after newer
/// posts of others. An inbox takes it where it belongs (<see cref="InboxArena.DeliverLate"/>), and readers who were
/// not reached yet merge it in, by the rule that the fallback has. It is begun before <c>Processed</c> passes it, and
/// ended after its last slice; readers look at <c>Processed</c>, then at the giants, then at the inbox: so one that
/// ends meanwhile is in the inbox, and one that was delivered meanwhile is there twice and taken once. A rebuild whose
/// mark is not below the giant has it from the history if it belongs there by the newer followees, and must not get it
/// by the older audience: so slices pass such accounts over. Inboxes that are new without a history are complete from
/// after the mark, and do not take it either.</para>
/// <para>Who asks for rebuilds, and how many at a time, is told in <see cref="Rebuilds"/>. An inbox heeds no rules of
/// its owner (blocks, mutes, lists): these are applied to what is read from it.</para>
/// </remarks>
internal sealed class MemoryInboxes : IInboxes
{
    /// <summary>What Twitter kept: the newest 800.</summary>
    private const int Length = InboxArena.Capacity;

    private readonly InboxArena _arena;
    private readonly Presence _presence;
    private readonly PostsApi _posts;
    private readonly TimelinesMetrics _metrics;
    private readonly int _writersMax;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly GiantPosts _giants = new();
    private readonly int _deliveriesPerTurn;
    private readonly ITurn _turn;
    private uint _processed;

    public MemoryInboxes(TimelinesOptions options, PostsApi posts, Presence presence, TimelinesMetrics metrics)
    {
        _arena = new InboxArena(options.InboxBytesMax);
        (_writersMax, _deliveriesPerTurn) = (options.WritersMax, options.DeliveriesPerTurn);
        _posts = posts;
        _presence = presence;
        _metrics = metrics;
        _turn = new Turn(this);
    }

    public int Count => _arena.Count;

    public long Bytes => _arena.Bytes;

    public uint Processed => Volatile.Read(ref _processed);

    public uint Settled
    {
        get
        {
            var processed = Processed;
            return _giants.All is [var oldest, ..] ? Math.Min(processed, oldest.Seq - 1) : processed;
        }
    }

    public int Giants => _giants.All.Length;

    /// <summary>Fan-out begins there: there are no inboxes yet, and rebuilding covers the past.</summary>
    public void StartAfter(uint last) => _processed = last;

    public ValueTask<uint> OpenAsync(CancellationToken ct) => new(Processed);

    public ValueTask<bool?> HasAsync(AccountId account, Followees followees, Call call) =>
        new(TryReadOnly(account, followees.Version, uint.MaxValue, 0, [], out _));

    /// <remarks>Allocates nothing and never waits.</remarks>
    public ValueTask<InboxPart> ReadAsync(
        AccountId account, Followees followees, SliceRange range, List<PostRef> refs, Call call)
    {
        var processed = Processed;
        var isNewest = range.Below == 0 || range.Below > processed;
        if (isNewest)
            range = range with { Below = processed + 1 };
        Span<uint> seqs = stackalloc uint[Pager.LimitMax];
        seqs = seqs[..range.Limit];
        if (range.Oldest)
        {
            if (!TryReadOldest(account, followees, range.Below, range.Above, seqs, out var upwards))
                return new(InboxPart.None);
            for (var i = upwards.Count - 1; i >= 0; i--)
                refs.Add(PostRef.Place(seqs[i]));
            return new(new InboxPart(true, processed, upwards.CompleteFrom, upwards.MoreAbove));
        }
        if (!TryReadNewest(account, followees, range, isNewest, seqs, out var view))
            return new(InboxPart.None);
        foreach (var seq in seqs[..view.Count])
            refs.Add(PostRef.Place(seq));
        return new(new InboxPart(true, processed, view.CompleteFrom, view.MoreBelow));
    }

    public async ValueTask<ITurn> WriteAsync(CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        return _turn;
    }

    public async ValueTask<TimeSpan> RebuildAsync(
        AccountId account, Followees followees, TimeProvider time, Call call)
    {
        uint mark;
        using (await WriteAsync(call.Cancellation))
        {
            mark = _processed;
            if (!InstallOrEvict_NeedsTurn(account, [], mark + 1, followees.Version))
                return TimeSpan.Zero;
        }
        var merging = time.GetTimestamp();
        var history = await _posts.Newest(new NewestPosts(followees.Ids, account, mark + 1, 0, false, Length), call);
        var worked = time.GetElapsedTime(merging);
        using (await WriteAsync(call.Cancellation))
        {
            var filling = time.GetTimestamp();
            Fill_NeedsTurn(account, followees.Version, mark, history);
            return worked + time.GetElapsedTime(filling);
        }
    }

    public async ValueTask<int> ActivateAsync(AccountId upTo, GraphApi graph, Call call)
    {
        var made = 0;
        using (await WriteAsync(call.Cancellation))
        {
            // An empty network has no past: its inboxes are complete from the start.
            var completeFrom = _processed == 0 ? 0 : _processed + 1;
            for (var id = 1; id <= upTo.Value; id++)
            {
                var account = new AccountId(id);
                if (_arena.Contains(account))
                    continue;
                var followees = await graph.Followees(new GetFollowees(account), call);
                if (!_arena.Install(account, [], completeFrom, followees.Version))
                    break;
                _presence.Note(account);
                made++;
            }
        }
        return made;
    }

    public async ValueTask SweepAsync(TimeSpan limit, CancellationToken ct)
    {
        var away = _presence.AwayFor(limit).FindAll(_arena.Contains);
        if (away.Count == 0)
            return;
        using (await WriteAsync(ct))
            Drop_NeedsTurn(away);
    }

    public ValueTask DisposeAsync()
    {
        _arena.Dispose();
        _writing.Dispose();
        return default;
    }

    private void Fill_NeedsTurn(AccountId account, int version, uint mark, PostRef[] history)
    {
        Span<uint> entries = stackalloc uint[Length];
        // Another rebuild may have come in between, for newer followees: then this one is of no use.
        if (!TryReadOnly(account, version, uint.MaxValue, mark, entries, out var since))
            return;
        var kept = Math.Min(history.Length, Length - since.Count);
        for (var i = 0; i < kept; i++)
            entries[since.Count + i] = history[i].Seq;
        var isWhole = kept == history.Length && history.Length < Length;
        var count = since.Count + kept;
        var completeFrom = isWhole ? 0 : count == 0 ? mark + 1 : entries[count - 1];
        // Full of what has come since: then what fell out of it is where it is complete from.
        if (kept == 0 && history.Length > 0)
            completeFrom = Math.Max(since.CompleteFrom, mark + 1);
        if (InstallOrEvict_NeedsTurn(account, entries[..count], completeFrom, version))
            _giants.Settle(account, mark);
    }

    /// <param name="isNewest">
    /// The range ends where fan-out is. Without an upper bound the inbox has a short way, which gives the same unless
    /// fan-out has just delivered more.
    /// </param>
    private bool TryReadNewest(
        AccountId account, Followees followees, SliceRange range, bool isNewest, Span<uint> seqs, out InboxView view)
    {
        if (isNewest && TryRead(account, followees, uint.MaxValue, range.Above, seqs, out view)
            && (view.Count == 0 || seqs[0] < range.Below))
        {
            return true;
        }
        return TryRead(account, followees, range.Below, range.Above, seqs, out view);
    }

    private bool TryRead(
        AccountId account, Followees followees, uint below, uint above, Span<uint> newestFirst, out InboxView view)
    {
        var giants = _giants.All;
        if (!TryReadOnly(account, followees.Version, below, above, newestFirst, out view))
            return false;
        if (giants.Length > 0)
            view = GiantPosts.MergeNewest(giants, account, followees.Ids, below, above, newestFirst, view);
        return true;
    }

    private bool TryReadOldest(
        AccountId account, Followees followees, uint below, uint above, Span<uint> oldestFirst, out InboxView view)
    {
        var giants = _giants.All;
        if (!_arena.TryReadOldest(account, below, above, oldestFirst, out view) || view.Tag != followees.Version)
            return false;
        if (giants.Length > 0)
            view = GiantPosts.MergeOldest(giants, account, followees.Ids, below, above, oldestFirst, view);
        return true;
    }

    /// <summary>The inbox alone.</summary>
    private bool TryReadOnly(
        AccountId account, int version, uint below, uint above, Span<uint> newestFirst, out InboxView view) =>
        _arena.TryRead(account, below, above, newestFirst, out view) && view.Tag == version;

    private bool InstallOrEvict_NeedsTurn(
        AccountId account, ReadOnlySpan<uint> newestFirst, uint completeFrom, int version)
    {
        if (_arena.Install(account, newestFirst, completeFrom, version))
            return true;
        Drop_NeedsTurn(_presence.LongestAway(1 + _arena.Count / 100, _arena.Contains));
        return _arena.Install(account, newestFirst, completeFrom, version);
    }

    private void Drop_NeedsTurn(List<AccountId> accounts)
    {
        foreach (var account in accounts)
            _arena.Drop(account);
        _metrics.Evicted(accounts.Count);
    }

    /// <summary>One for all turns: there is one at a time.</summary>
    private sealed class Turn(MemoryInboxes inboxes) : ITurn
    {
        public GiantFate Meet(in PostEvent post, SortedIds followers, SortedIds? alsoFollowing)
        {
            if (Math.Min(followers.Count, alsoFollowing?.Count ?? int.MaxValue) <= inboxes._deliveriesPerTurn)
                return GiantFate.None;
            if (inboxes._giants.IsFull)
                return GiantFate.NoRoom;
            inboxes._giants.Begin(new GiantPost(post, followers, alsoFollowing));
            return GiantFate.Taken;
        }

        public ValueTask<long> DeliverAsync(ReadOnlyMemory<Delivery> batch, uint upTo, CancellationToken ct)
        {
            var delivered = inboxes._arena.Deliver(batch, inboxes._writersMax);
            Volatile.Write(ref inboxes._processed, upTo);
            return new(delivered);
        }

        public long DeliverSlice(Memory<int> buffer, out GiantPost giant)
        {
            giant = inboxes._giants.Next();
            var slice = giant.NextSlice(buffer.Span);
            var made = inboxes._arena.DeliverLate(buffer[..slice.Length], giant.Seq, inboxes._writersMax);
            inboxes._giants.Advance();
            return made;
        }

        public void Dispose() => inboxes._writing.Release();
    }
}
