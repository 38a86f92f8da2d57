namespace Roost.Services.Posts;

/// <summary>
/// Decoded posts by seq, the recent past mostly: a direct-mapped cache. A seq has one slot, which holds whatever of its
/// seqs was read last. Reads and writes are one reference each: any thread, no lock, nothing to evict.
/// </summary>
/// <param name="slots">How many posts it holds at most; a power of two. A decoded post is some 300 B plus its
/// text.</param>
internal sealed class PostCache(int slots)
{
    private readonly Entry?[] _entries = new Entry?[slots];
    private readonly uint _mask = (uint)slots - 1;

    /// <summary>The post as of the edit <paramref name="edit"/> (0: never edited), or null.</summary>
    public Post? Find(uint seq, uint edit)
    {
        var entry = Volatile.Read(ref _entries[seq & _mask]);
        return entry is not null && entry.Seq == seq && entry.Edit == edit ? entry.Post : null;
    }

    public void Keep(Post post, uint edit) =>
        Volatile.Write(ref _entries[post.Ref.Seq & _mask], new Entry(post, post.Ref.Seq, edit));

    // Its own copy of the seq: the post itself is a cache line further.
    private sealed record Entry(Post Post, uint Seq, uint Edit);
}
