using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>A stretch of some timeline as ids, before anybody looked whether the viewer may see them.</summary>
/// <param name="Refs">Newest first.</param>
/// <param name="HasMore">Whether the timeline goes on beyond <paramref name="Cursor"/>.</param>
/// <param name="Cursor">Where to go on: the next slice's <c>below</c>, or its <c>above</c> when reading
/// upwards.</param>
internal readonly record struct Slice(IReadOnlyList<PostRef> Refs, bool HasMore, uint Cursor)
{
    public static Slice End => new([], false, 0);

    /// <summary>Cuts a list of which one more than the range's limit was asked for.</summary>
    public static Slice Of(PostRef[] newestFirst, in SliceRange range)
    {
        if (newestFirst.Length <= range.Limit)
            return new Slice(newestFirst, false, 0);
        return range.Oldest
            ? new Slice(newestFirst[1..], true, newestFirst[1].Seq)
            : new Slice(newestFirst[..^1], true, newestFirst[^2].Seq);
    }
}

/// <summary>What stretch is wanted: seqs above and below, from the new end or, with <paramref name="Oldest"/>, from the
/// old end.</summary>
internal readonly record struct SliceRange(uint Below, uint Above, bool Oldest, int Limit);

/// <summary>A timeline as a source of slices.</summary>
internal delegate ValueTask<Slice> SliceSource(SliceRange range, Call call);
