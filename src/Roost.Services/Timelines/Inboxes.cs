using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// The inboxes of this process and the one right to change them. An inbox is what the fallback would answer for seqs
/// from its <c>CompleteFrom</c> up to <see cref="Processed"/>, for the followees as of the version in its tag, and
/// nothing else.
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
/// <para>Who asks for rebuilds, and how many at a time, is told in <see cref="Rebuilds"/>. An inbox heeds no rules of
/// its owner (blocks, mutes, lists): these are applied to what is read from it.</para>
/// </remarks>
internal sealed class Inboxes : IDisposable
{
    /// <summary>What Twitter kept: the newest 800.</summary>
    private const int Length = InboxArena.Capacity;

    private readonly InboxArena _arena;
    private readonly Presence _presence;
    private readonly PostsApi _posts;
    private readonly TimelinesMetrics _metrics;
    private readonly int _writersMax;
    private readonly SemaphoreSlim _writing = new(1);
    private uint _processed;

    public Inboxes(TimelinesOptions options, PostsApi posts, Presence presence, TimelinesMetrics metrics)
    {
        _arena = new InboxArena(options.InboxBytesMax);
        _writersMax = options.WritersMax;
        _posts = posts;
        _presence = presence;
        _metrics = metrics;
    }

    public int Count => _arena.Count;

    public long Bytes => _arena.Bytes;

    /// <summary>Seq up to which every post is in every inbox that it belongs in.</summary>
    public uint Processed => Volatile.Read(ref _processed);

    /// <summary>Starts after what is in the log already: there are no inboxes yet, and rebuilding covers the
    /// past.</summary>
    public void StartAfter(uint seq) => _processed = seq;

    /// <summary>Reads the newest below a seq, newest first. False: no inbox, or one for another version of the
    /// followees.</summary>
    public bool TryRead(
        AccountId account, int version, uint below, uint above, Span<uint> newestFirst, out InboxView view) =>
        _arena.TryRead(account, below, above, newestFirst, out view) && view.Tag == version;

    /// <summary>Reads the oldest above a seq, oldest first.</summary>
    public bool TryReadOldest(
        AccountId account, int version, uint below, uint above, Span<uint> oldestFirst, out InboxView view) =>
        _arena.TryReadOldest(account, below, above, oldestFirst, out view) && view.Tag == version;

    /// <summary>Waits for the right to fan out. Dispose the reply to give it back.</summary>
    public async ValueTask<Turn> WriteAsync(CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        return new Turn(this);
    }

    /// <summary>Gives the account an inbox for these followees, filled from the fallback.</summary>
    public async ValueTask RebuildAsync(AccountId account, Followees followees, Call call)
    {
        uint mark;
        using (await WriteAsync(call.Cancellation))
        {
            mark = _processed;
            if (!InstallOrEvict_NeedsTurn(account, [], mark + 1, followees.Version))
                return;
        }
        var history = await _posts.Newest(new NewestPosts(followees.Ids, account, mark + 1, 0, false, Length), call);
        using (await WriteAsync(call.Cancellation))
            Fill_NeedsTurn(account, followees.Version, mark, history);
    }

    /// <summary>Gives accounts without an inbox an empty one that is complete from the next post on. The reply counts
    /// them.</summary>
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

    /// <summary>Takes the inboxes of those who have been away for longer than <paramref name="limit"/>.</summary>
    public async ValueTask SweepAsync(TimeSpan limit, CancellationToken ct)
    {
        var away = _presence.AwayFor(limit).FindAll(_arena.Contains);
        if (away.Count == 0)
            return;
        using (await WriteAsync(ct))
            Drop_NeedsTurn(away);
    }

    public void Dispose()
    {
        _arena.Dispose();
        _writing.Dispose();
    }

    private void Fill_NeedsTurn(AccountId account, int version, uint mark, PostRef[] history)
    {
        Span<uint> entries = stackalloc uint[Length];
        // Another rebuild may have come in between, for newer followees: then this one is of no use.
        if (!TryRead(account, version, uint.MaxValue, mark, entries, out var since))
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
        InstallOrEvict_NeedsTurn(account, entries[..count], completeFrom, version);
    }

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

    /// <summary>The right to write, held until it is disposed.</summary>
    internal readonly struct Turn(Inboxes inboxes) : IDisposable
    {
        public long Deliver(ReadOnlyMemory<Delivery> batch) =>
            inboxes._arena.Deliver(batch, inboxes._writersMax);

        public void Processed(uint seq) => Volatile.Write(ref inboxes._processed, seq);

        public void Dispose() => inboxes._writing.Release();
    }
}
