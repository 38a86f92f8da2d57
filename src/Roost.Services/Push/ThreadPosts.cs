using Roost.Services.Posts;

namespace Roost.Services.Push;

/// <summary>The posts of a thread that somebody looks at: it grows by every answer to one of them. Not thread-safe.
/// </summary>
internal sealed class ThreadPosts(IEnumerable<uint> seqs)
{
    /// <summary>As many as a thread's page can have; later answers are told only if they are to these.</summary>
    private const int PostsMax = 8_192;

    private readonly HashSet<uint> _seqs = [.. seqs];

    /// <summary>Whether it is one of them, or answers one: then it is one from now on.</summary>
    public bool Has(in PostEvent post)
    {
        if (post.Kind != PostEventKind.Post)
            return false;
        if (_seqs.Contains(post.Ref.Seq))
            return true;
        if (post.Target == 0 || !_seqs.Contains(post.Target))
            return false;
        if (_seqs.Count < PostsMax)
            _seqs.Add(post.Ref.Seq);
        return true;
    }
}
