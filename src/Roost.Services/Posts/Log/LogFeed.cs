using System.Runtime.CompilerServices;
using Roost.Rpc;

namespace Roost.Services.Posts.Log;

/// <summary>
/// How far the log goes, and a bell for those who have read that far. The writer moves it; any number of readers wait,
/// each with a place of its own.
/// </summary>
/// <remarks>
/// A waiter hangs up the bell first and looks at the newest seq again after; the writer moves the seq first and takes
/// the bell after. With a full fence on both sides (each an interlocked exchange) one of the two sees the other.
/// </remarks>
internal sealed class LogFeed(uint lastSeq)
{
    private uint _lastSeq = lastSeq;
    private TaskCompletionSource? _bell;
    private volatile bool _ended;

    public uint LastSeq => Volatile.Read(ref _lastSeq);

    public void Advance(uint last)
    {
        Volatile.Write(ref _lastSeq, last);
        Ring();
    }

    /// <summary>Nothing more will come: readers end when they have had all.</summary>
    public void End()
    {
        _ended = true;
        Ring();
    }

    public async IAsyncEnumerable<(uint First, uint Last)> FollowAsync(
        uint from, int batchMax, [EnumeratorCancellation] CancellationToken ct)
    {
        if (from - 1 > LastSeq)
        {
            throw new ServiceException(
                ErrorCode.Conflict, $"The feed is asked from {from} on, but the log ends at {LastSeq}.",
                "The checkpoint is of another log, or the log was put back to an older state: "
                + "throw away what was made from it and build it again from 1.");
        }
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var ended = _ended;
            var last = LastSeq;
            if (from <= last && from != 0)
            {
                last = Math.Min(last, from + (uint)Math.Min((uint)batchMax - 1, last - from));
                yield return (from, last);
                from = last + 1;
                continue;
            }
            if (ended) yield break;
            await WaitBeyondAsync(last, ct);
        }
    }

    private async Task WaitBeyondAsync(uint seen, CancellationToken ct)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var bell = Interlocked.CompareExchange(ref _bell, mine, null) ?? mine;
        if (LastSeq > seen || _ended) return;
        await bell.Task.WaitAsync(ct);
    }

    private void Ring() => Interlocked.Exchange(ref _bell, null)?.TrySetResult();
}
