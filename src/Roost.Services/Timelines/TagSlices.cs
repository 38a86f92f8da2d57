using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;

namespace Roost.Services.Timelines;

/// <summary>
/// Puts the public posts with the hashtags that a reader follows into that reader's home timeline, at read: each slice
/// is merged from the home timeline's own and from the search index. As far as both are complete the merge is; beyond
/// that the next slice goes on, so there is no hole and no double.
/// <code>
///   home    ●  ●     ●     ●  ●      │ complete down to here
///   tagged     ○  ●     ●           ●      ●      │ and here; the merge ends at the first of both, or when it is full
/// </code>
/// </summary>
/// <remarks>
/// The index is a little behind the log: a read waits for it, 100 ms at most. What it has not taken in by then (while
/// it is made at start), what it let go for want of memory, and what it does not find in time, is not there. Readers
/// who follow no hashtag never come here.
/// </remarks>
internal sealed class TagSlices(SearchApi search, PostsApi posts)
{
    private static readonly TimeSpan _waitMax = TimeSpan.FromMilliseconds(100);

    public SliceSource With(AccountId reader, IReadOnlyList<string> tags, SliceSource home) =>
        (range, call) => TakeAsync(new Tagged(reader, tags), home, range, call);

    private async ValueTask<Slice> TakeAsync(Tagged tagged, SliceSource home, SliceRange range, Call call)
    {
        // One upper end for both: what is committed from here on belongs to a later read.
        var end = await posts.Locate(LocatePost.End, call);
        range = range with { Below = range.Below == 0 ? end : Math.Min(range.Below, end) };
        if (range.Below <= range.Above + 1)
            return Slice.End;
        var mine = await home(range, call);
        var found = await FindAsync(tagged, range, call);
        return range.Oldest ? Upwards(mine, found, range) : Downwards(mine, found, range);
    }

    /// <summary>The slice as far as the index has it; an empty, complete one when it cannot answer.</summary>
    private async ValueTask<Slice> FindAsync(Tagged tagged, SliceRange range, Call call)
    {
        var before = await posts.IdAt(new GetIdAt(range.Below), call);
        var after = range.Above == 0 ? default : await posts.IdAt(new GetIdAt(range.Above), call);
        var wanted = new SearchRange(before, after, range.Oldest, Limit: range.Limit) { WaitMax = _waitMax };
        try
        {
            var found = await search.Tagged(new FindTagged(tagged.Reader, tagged.Tags, [], [], false, wanted), call);
            var refs = found.Refs.Where(post => post.Seq < range.Below).ToArray();
            // Broken off, it would not be the oldest that are there.
            if (range.Oldest && found.IsPartial)
                return Slice.End;
            if (range.Oldest)
                return new Slice(refs, refs.Length == range.Limit, refs.Length == 0 ? 0 : refs[0].Seq);
            return found.Next is { } next && !found.IsPartial
                ? new Slice(refs, true, next.Seq)
                : new Slice(refs, false, 0);
        }
        catch (ServiceException failure) when (failure.Code is ErrorCode.Unavailable or ErrorCode.Overloaded)
        {
            // Search has said so in its own metrics; whom one follows is still worth showing.
            return Slice.End;
        }
    }

    private static Slice Downwards(Slice mine, Slice found, SliceRange range)
    {
        // The lowest seqs down to which each has everything.
        var floor = Math.Max(mine.HasMore ? mine.Cursor : 0, found.HasMore ? found.Cursor : 0);
        var refs = Merge(mine, found, seq => seq >= floor);
        if (refs.Count > range.Limit)
            return new Slice(refs[..range.Limit], true, refs[range.Limit - 1].Seq);
        return new Slice(refs, mine.HasMore || found.HasMore, floor);
    }

    private static Slice Upwards(Slice mine, Slice found, SliceRange range)
    {
        var ceiling = Math.Min(
            mine.HasMore ? mine.Cursor : uint.MaxValue, found.HasMore ? found.Cursor : uint.MaxValue);
        var refs = Merge(mine, found, seq => seq <= ceiling);
        if (refs.Count > range.Limit)
            return new Slice(refs[^range.Limit..], true, refs[^range.Limit].Seq);
        return new Slice(refs, mine.HasMore || found.HasMore, ceiling);
    }

    /// <summary>Both, newest first, each post once.</summary>
    private static List<PostRef> Merge(Slice mine, Slice found, Predicate<uint> isWithin) =>
        [.. mine.Refs.Concat(found.Refs).Where(post => isWithin(post.Seq)).DistinctBy(post => post.Seq)
            .OrderByDescending(post => post.Seq)];

    private readonly record struct Tagged(AccountId Reader, IReadOnlyList<string> Tags);
}
