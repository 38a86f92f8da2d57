using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// Inboxes, wherever they are kept, and the one right to change them. What an inbox has, from its <c>CompleteFrom</c>
/// up to the seq that fan-out is done with, is what the fallback would answer there for the same followees, and nothing
/// else.
/// </summary>
internal interface IInboxes : IAsyncDisposable
{
    /// <summary>How many there are, about.</summary>
    int Count { get; }

    /// <summary>What they take of this process's memory.</summary>
    long Bytes { get; }

    /// <summary>Seq up to which every post is in every inbox that it belongs in, or a giant's and on its way.</summary>
    uint Processed { get; }

    /// <summary>Seq up to which every post is in every inbox.</summary>
    uint Settled { get; }

    /// <summary>How many giants' posts are on their way.</summary>
    int Giants { get; }

    /// <summary>Says what is in the log already. Before anybody reads.</summary>
    void StartAfter(uint last);

    /// <summary>Makes ready for turns; the reply is the seq after which they are to go on.</summary>
    ValueTask<uint> OpenAsync(CancellationToken ct);

    /// <summary>Whether the account has an inbox for these followees; null when that cannot be told for the moment:
    /// then none is to be made.</summary>
    ValueTask<bool?> HasAsync(AccountId account, Followees followees, Call call);

    /// <summary>Reads a stretch of an inbox, all as of one moment.</summary>
    /// <param name="range">0 as its <see cref="SliceRange.Below"/> means no upper end.</param>
    /// <param name="refs">Gets what is there, newest first, at most the range's limit: places only.</param>
    ValueTask<InboxPart> ReadAsync(
        AccountId account, Followees followees, SliceRange range, List<PostRef> refs, Call call);

    /// <summary>Waits for the right to fan out. Dispose the reply to give it back.</summary>
    ValueTask<ITurn> WriteAsync(CancellationToken ct);

    /// <summary>Gives the account an inbox for these followees, filled from the fallback.</summary>
    /// <returns>What that took, without the waiting for the right to write.</returns>
    ValueTask<TimeSpan> RebuildAsync(AccountId account, Followees followees, TimeProvider time, Call call);

    /// <summary>Gives accounts without an inbox an empty one that is complete from the next post on. The reply counts
    /// them.</summary>
    ValueTask<int> ActivateAsync(AccountId upTo, GraphApi graph, Call call);

    /// <summary>Takes the inboxes of those who have been away for longer than <paramref name="limit"/>.</summary>
    ValueTask SweepAsync(TimeSpan limit, CancellationToken ct);
}

/// <summary>What was read of an inbox.</summary>
/// <param name="Found">Whether there is one for these followees; else the rest says nothing.</param>
/// <param name="UpTo">The seq that fan-out was done with; nothing newer was read.</param>
/// <param name="CompleteFrom">From which seq on everything is there up to <paramref name="UpTo"/>.</param>
/// <param name="HasMore">Whether the range has more in the inbox than was read.</param>
internal readonly record struct InboxPart(bool Found, uint UpTo, uint CompleteFrom, bool HasMore)
{
    public static InboxPart None => default;
}

/// <summary>The right to write, held until it is disposed.</summary>
internal interface ITurn : IDisposable
{
    /// <summary>Asks about a post before it is delivered whether it is for too many.</summary>
    /// <param name="followers">Of its author.</param>
    /// <param name="alsoFollowing">When it answers somebody else: of those only who is in this set too.</param>
    GiantFate Meet(in PostEvent post, SortedIds followers, SortedIds? alsoFollowing);

    /// <summary>Delivers a batch; then all up to a seq is done.</summary>
    /// <returns>How many entries were added to inboxes.</returns>
    ValueTask<long> DeliverAsync(ReadOnlyMemory<Delivery> batch, uint upTo, CancellationToken ct);

    /// <summary>Delivers the next slice of the giant whose turn it is: while there are <see cref="IInboxes.Giants"/>.
    /// </summary>
    /// <param name="buffer">As long as a slice may be.</param>
    /// <returns>How many inboxes it was added to.</returns>
    long DeliverSlice(Memory<int> buffer, out GiantPost giant);
}

/// <summary>What becomes of a post.</summary>
internal enum GiantFate
{
    /// <summary>It is delivered like any.</summary>
    None,

    /// <summary>Its audience has it or will have it by another way.</summary>
    Taken,

    /// <summary>It must wait for another turn.</summary>
    NoRoom,
}
