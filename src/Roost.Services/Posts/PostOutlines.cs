using System.Runtime.CompilerServices;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Answers <see cref="OutlinePosts"/> from the columns of log and index alone: no post is decoded, and no record read,
/// unless the page has one that not everybody may see, whose mentions say who may, or that quotes another. Thread-safe,
/// no locks.
/// </summary>
/// <remarks>
/// <b>Hot path.</b> In steps of short loops, whose rounds do not wait for each other: nearly every look at a post is a
/// cache miss, and what a step needs was asked for in the step before.
/// </remarks>
internal sealed class PostOutlines(PostLog log, PostIndex index, PostReader reader)
{
    /// <summary>As many as a page can have; more come in space of their own.</summary>
    private const int RefsOnStackMax = 40;

    [SkipLocalsInit]
    public ValueTask<PostOutline[]> GetAsync(OutlinePosts request, Call call)
    {
        var count = request.Refs.Count;
        Span<RecordMeta> found = stackalloc RecordMeta[RefsOnStackMax];
        Span<RecordMeta> rows = stackalloc RecordMeta[2 * RefsOnStackMax];
        if (count > RefsOnStackMax)
        {
            found = new RecordMeta[count];
            rows = new RecordMeta[2 * count];
        }
        Locate(request.Refs, found[..count]);
        rows = rows[..Gather(found[..count], rows)];
        foreach (ref readonly var row in rows)
        {
            if (IsRestricted(request.Viewer, row) || index.IsForEachReader(row.Seq))
                return ShowAsync(request, call);
            index.PrefetchCounts(row.Author);
            index.PrefetchMarks(request.Viewer, row.Seq);
        }
        var outlines = new PostOutline[rows.Length];
        for (var i = 0; i < outlines.Length; i++)
            outlines[i] = Outline(request.Viewer, rows[i]);
        return new(outlines);
    }

    /// <summary>The record of each ref, or <c>default</c> where nothing live can be.</summary>
    private void Locate(IReadOnlyList<PostRef> refs, Span<RecordMeta> found)
    {
        var last = log.LastSeq;
        for (var i = 0; i < found.Length; i++)
        {
            var wanted = refs[i];
            var seq = wanted.Seq != 0 ? wanted.Seq : log.SeqOf(wanted.Id);
            index.PrefetchStats(seq);
            // Nothing is decided by what the record says until all are on their way.
            found[i] = seq != 0 && seq <= last && index.IsLive(seq) ? log[seq] : default;
        }
    }

    /// <summary>Posts and boosts, and what is within these.</summary>
    /// <returns>How many rows that makes.</returns>
    private int Gather(ReadOnlySpan<RecordMeta> found, Span<RecordMeta> rows)
    {
        var count = 0;
        foreach (ref readonly var record in found)
        {
            if (record.Kind == RecordKind.Boost && index.IsLive(record.Target))
            {
                rows[count++] = record;
                rows[count++] = log[record.Target];
                index.PrefetchStats(record.Target);
            }
            else if (record.Kind == RecordKind.Post)
            {
                rows[count++] = record;
            }
        }
        return count;
    }

    private static bool IsRestricted(AccountId viewer, in RecordMeta record) =>
        RecordFlags.Visibility(record.Flags).IsRestricted() && record.Author != viewer;

    private PostOutline Outline(AccountId viewer, in RecordMeta record) => new(
        PostReader.Ref(record), index.EditOf(record.Seq), index.Stats(viewer, record.Seq),
        index.CountsOf(record.Author));

    private async ValueTask<PostOutline[]> ShowAsync(OutlinePosts request, Call call)
    {
        var outlines = new List<PostOutline>(2 * request.Refs.Count);
        foreach (var shown in await reader.ShowAsync(new ShowPosts(request.Viewer, request.Refs), call))
        {
            if (shown.Post is not { } post)
                continue;
            outlines.Add(Outline(post, shown.Stats));
            if (shown.Boosted is { } boosted)
                outlines.Add(Outline(boosted, shown.BoostedStats));
            if (shown.Quoted is { } quoted)
                outlines.Add(Outline(quoted.Post, quoted.Stats));
        }
        return [.. outlines];
    }

    private PostOutline Outline(Post post, PostStats stats) =>
        new(post.Ref, post.Edit, stats, index.CountsOf(post.Author));
}
