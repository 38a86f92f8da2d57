using Roost.Engine.Ids;
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
internal sealed class HomeSlices(IInboxes inboxes, Rebuilds rebuilds, PostsApi posts, TimelinesMetrics metrics)
{
    /// <summary>Has an inbox made for those whom the account follows now, if it has none and there is time.</summary>
    public async ValueTask ArriveAsync(AccountId account, Followees followees, Call call)
    {
        var has = await inboxes.HasAsync(account, followees, call);
        if (has is true)
        {
            metrics.ReadInbox();
            return;
        }
        metrics.ReadFallback();
        if (has is false)
            await rebuilds.EnsureAsync(account, followees, call);
    }

    public async ValueTask<Slice> TakeAsync(AccountId account, Followees followees, SliceRange range, Call call)
    {
        // First the inbox, then the end: what is committed in between is above both.
        var refs = new List<PostRef>(range.Limit);
        var part = await inboxes.ReadAsync(account, followees, range, refs, call);
        var end = await posts.Locate(LocatePost.End, call);
        range = range with { Below = range.Below == 0 ? end : Math.Min(range.Below, end) };
        if (part.Found && range.Oldest && Upwards(part, refs, range) is { } upwards)
            return upwards;
        return part.Found && !range.Oldest
            ? await DownwardsAsync(account, followees, range, part, refs, call)
            : Slice.Of(await MergeAsync(account, followees, range, range.Limit + 1, call), range);
    }

    /// <param name="refs">What the inbox has.</param>
    private async ValueTask<Slice> DownwardsAsync(
        AccountId account, Followees followees, SliceRange range, InboxPart part, List<PostRef> refs, Call call)
    {
        if (range.Below > part.UpTo + 1)
        {
            var above = range with { Above = Math.Max(range.Above, part.UpTo) };
            var head = await MergeAsync(account, followees, above, range.Limit, call);
            refs.InsertRange(0, head);
            var isMore = refs.Count > range.Limit || head.Length == range.Limit;
            if (refs.Count > range.Limit)
                refs.RemoveRange(range.Limit, refs.Count - range.Limit);
            if (isMore)
                return new Slice(refs, true, refs[^1].Seq);
        }
        if (part.HasMore)
            return new Slice(refs, true, refs[^1].Seq);
        if (part.CompleteFrom <= range.Above + 1 || refs.Count == range.Limit)
            return new Slice(refs, part.CompleteFrom > range.Above + 1, refs.Count == 0 ? 0 : refs[^1].Seq);

        var below = Math.Min(Math.Min(range.Below, part.UpTo + 1), part.CompleteFrom);
        var rest = range with { Below = below, Limit = range.Limit - refs.Count };
        var tail = Slice.Of(await MergeAsync(account, followees, rest, rest.Limit + 1, call), rest);
        refs.AddRange(tail.Refs);
        return tail with { Refs = refs };
    }

    /// <summary>Null unless the inbox reaches down to where the page begins, and fan-out up to where it ends.</summary>
    private static Slice? Upwards(InboxPart part, List<PostRef> refs, SliceRange range)
    {
        if (part.CompleteFrom > range.Above + 1 || (refs.Count < range.Limit && range.Below > part.UpTo + 1))
            return null;
        return refs.Count == 0 ? Slice.End : new Slice(refs, refs.Count == range.Limit, refs[0].Seq);
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
}
