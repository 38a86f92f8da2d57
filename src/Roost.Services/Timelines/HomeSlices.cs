using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// A home timeline as slices, put together of up to three parts, newest first:
/// <code>
///   newest ──────── processed ──────── complete from ──────── first post
///     what fan-out has      the inbox        the fallback: merged from
///     not done yet: the                      the followees' own posts
///     fallback
/// </code>
/// All three answer the same question, so where one ends and the next begins cannot be seen: no hole, no double, and
/// everybody reads what they wrote, however far fan-out is behind.
/// </summary>
internal sealed class HomeSlices(Inboxes inboxes, Rebuilds rebuilds, PostsApi posts, TimelinesMetrics metrics)
{
    /// <summary>Has an inbox made for those whom the account follows now, if it has none and there is time.</summary>
    public async ValueTask ArriveAsync(AccountId account, Followees followees, Call call)
    {
        if (inboxes.Has(account, followees.Version))
        {
            metrics.ReadInbox();
            return;
        }
        metrics.ReadFallback();
        await rebuilds.EnsureAsync(account, followees, call);
    }

    public async ValueTask<Slice> TakeAsync(AccountId account, Followees followees, SliceRange range, Call call)
    {
        var processed = inboxes.Processed;
        var end = await posts.Locate(LocatePost.End, call);
        var below = range.Below == 0 ? end : Math.Min(range.Below, end);
        range = range with { Below = below };
        return range.Oldest
            ? await UpwardsAsync(account, followees, range, processed, call)
            : await DownwardsAsync(account, followees, range, processed, call);
    }

    private async ValueTask<Slice> DownwardsAsync(
        AccountId account, Followees followees, SliceRange range, uint processed, Call call)
    {
        var refs = new List<PostRef>(range.Limit);
        if (range.Below > processed + 1)
        {
            var head = range with { Above = Math.Max(range.Above, processed) };
            refs.AddRange(await MergeAsync(account, followees, head, range.Limit, call));
            if (refs.Count == range.Limit)
                return new Slice(refs, true, refs[^1].Seq);
        }
        var below = Math.Min(range.Below, processed + 1);
        var completeFrom = ReadInbox(
            account, followees, range with { Below = below }, below == processed + 1, refs, out var hasMore);
        if (hasMore)
            return new Slice(refs, true, refs[^1].Seq);
        if (completeFrom <= range.Above + 1 || refs.Count == range.Limit)
            return new Slice(refs, completeFrom > range.Above + 1, refs.Count == 0 ? 0 : refs[^1].Seq);

        var rest = range with { Below = Math.Min(below, completeFrom), Limit = range.Limit - refs.Count };
        var tail = Slice.Of(await MergeAsync(account, followees, rest, rest.Limit + 1, call), rest);
        refs.AddRange(tail.Refs);
        return tail with { Refs = refs };
    }

    /// <summary>Appends what the inbox has; the reply is from which seq on that was everything.</summary>
    private uint ReadInbox(
        AccountId account, Followees followees, SliceRange range, bool newest, List<PostRef> refs, out bool hasMore)
    {
        Span<uint> seqs = stackalloc uint[Pager.LimitMax];
        seqs = seqs[..(range.Limit - refs.Count)];
        if (!TryRead(account, followees, range, newest, seqs, out var view))
        {
            hasMore = false;
            return range.Below;
        }
        foreach (var seq in seqs[..view.Count])
            refs.Add(Place(seq));
        hasMore = view.MoreBelow;
        return view.CompleteFrom;
    }

    /// <param name="newest">
    /// The range ends where fan-out is. Without an upper bound the inbox has a short way, which gives the same unless
    /// fan-out has just delivered more.
    /// </param>
    private bool TryRead(
        AccountId account, Followees followees, SliceRange range, bool newest, Span<uint> seqs, out InboxView view)
    {
        if (newest && inboxes.TryRead(account, followees, uint.MaxValue, range.Above, seqs, out view)
            && (view.Count == 0 || seqs[0] < range.Below))
        {
            return true;
        }
        return inboxes.TryRead(account, followees, range.Below, range.Above, seqs, out view);
    }

    private async ValueTask<Slice> UpwardsAsync(
        AccountId account, Followees followees, SliceRange range, uint processed, Call call)
    {
        if (ReadInboxUpwards(account, followees, range, processed) is { } slice)
            return slice;
        return Slice.Of(await MergeAsync(account, followees, range, range.Limit + 1, call), range);
    }

    /// <summary>Null unless the inbox reaches down to where the page begins, and fan-out up to where it ends.</summary>
    private Slice? ReadInboxUpwards(AccountId account, Followees followees, SliceRange range, uint processed)
    {
        Span<uint> seqs = stackalloc uint[Pager.LimitMax];
        seqs = seqs[..range.Limit];
        var below = Math.Min(range.Below, processed + 1);
        if (!inboxes.TryReadOldest(account, followees, below, range.Above, seqs, out var view)
            || view.CompleteFrom > range.Above + 1)
        {
            return null;
        }
        if (view.Count < range.Limit && range.Below > processed + 1)
            return null;
        var refs = new PostRef[view.Count];
        for (var i = 0; i < refs.Length; i++)
            refs[^(i + 1)] = Place(seqs[i]);
        return refs.Length == 0 ? Slice.End : new Slice(refs, refs.Length == range.Limit, refs[0].Seq);
    }

    private ValueTask<PostRef[]> MergeAsync(
        AccountId account, Followees followees, SliceRange range, int limit, Call call) =>
        range.Below <= range.Above + 1
            ? new([])
            : posts.Newest(
                new NewestPosts(followees.Ids, account, range.Below, range.Above, range.Oldest, limit)
                {
                    Rules = followees.Rules,
                }, call);

    private static PostRef Place(uint seq) => new(default, seq, default, default, default);
}
