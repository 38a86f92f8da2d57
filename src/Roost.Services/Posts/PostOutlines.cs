using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Answers <see cref="OutlinePosts"/> from the columns of log and index alone: no post is decoded, and no record read,
/// unless the page has one for followers only, whose mentions say who else may see it. Thread-safe, no locks.
/// </summary>
/// <remarks>
/// <b>Hot path.</b> In steps of short loops, whose rounds do not wait for each other: nearly every look at a post is a
/// cache miss, and what a step needs was asked for in the step before.
/// </remarks>
internal sealed class PostOutlines(PostLog log, PostIndex index, PostReader reader)
{
    private const int SeqsOnStackMax = 256;

    public ValueTask<PostOutline[]> GetAsync(OutlinePosts request, Call call)
    {
        var count = request.Refs.Count;
        Span<uint> seqs = count <= SeqsOnStackMax ? stackalloc uint[count] : new uint[count];
        Locate(request.Refs, seqs);
        Span<uint> rows = count <= SeqsOnStackMax ? stackalloc uint[2 * count] : new uint[2 * count];
        if (!TryGather(request.Viewer, seqs, ref rows))
            return ShowAsync(request, call);
        foreach (var seq in rows)
            index.PrefetchCounts(log[seq].Author);
        var outlines = new PostOutline[rows.Length];
        for (var i = 0; i < outlines.Length; i++)
            outlines[i] = Outline(request.Viewer, log[rows[i]]);
        return new(outlines);
    }

    /// <summary>The seq of each ref, or 0 where nothing live can be.</summary>
    private void Locate(IReadOnlyList<PostRef> refs, Span<uint> seqs)
    {
        var last = log.LastSeq;
        for (var i = 0; i < seqs.Length; i++)
        {
            var wanted = refs[i];
            var seq = wanted.Seq != 0 ? wanted.Seq : log.SeqOf(wanted.Id);
            seqs[i] = seq <= last && index.IsLive(seq) ? seq : 0;
            index.PrefetchStats(seqs[i]);
        }
    }

    /// <summary>Posts and boosts, and what is within these.</summary>
    /// <param name="rows">Room for two each; cut to what is there.</param>
    /// <returns>False when there is one that not everybody may see, apart from the viewer's own.</returns>
    private bool TryGather(AccountId viewer, ReadOnlySpan<uint> seqs, ref Span<uint> rows)
    {
        var count = 0;
        foreach (var seq in seqs)
        {
            if (seq == 0)
                continue;
            var record = log[seq];
            if (record.Kind is not (RecordKind.Post or RecordKind.Boost))
                continue;
            if (IsRestricted(viewer, record))
                return false;
            if (record.Kind == RecordKind.Boost)
            {
                if (!index.IsLive(record.Target))
                    continue;
                if (IsRestricted(viewer, log[record.Target]))
                    return false;
                index.PrefetchStats(record.Target);
            }
            rows[count++] = seq;
            if (record.Kind == RecordKind.Boost)
                rows[count++] = record.Target;
        }
        rows = rows[..count];
        return true;
    }

    private static bool IsRestricted(AccountId viewer, in RecordMeta record) =>
        RecordFlags.Visibility(record.Flags) == Visibility.Followers && record.Author != viewer;

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
        }
        return [.. outlines];
    }

    private PostOutline Outline(Post post, PostStats stats) =>
        new(post.Ref, post.Edit, stats, index.CountsOf(post.Author));
}
