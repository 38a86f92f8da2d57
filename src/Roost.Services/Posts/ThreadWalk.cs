using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>Answers <see cref="GetThread"/>: up along what each post answers, then down along what answers
/// it.</summary>
internal sealed class ThreadWalk(PostLog log, PostIndex index, PostReader reader)
{
    /// <summary>A thread is shown to this many posts on each side: what Mastodon shows people who are signed
    /// in.</summary>
    private const int PostsMax = 4_096;

    public async ValueTask<PostThread?> GetAsync(GetThread request, Call call)
    {
        var post = await reader.FindOriginalAsync(request.Viewer, request.Id, call);
        return post is null ? null : new PostThread(Ancestors(post.Ref.Seq), Descendants(post.Ref.Seq));
    }

    private List<PostRef> Ancestors(uint seq)
    {
        var found = new List<PostRef>();
        for (var above = log[seq].Target; above != 0 && found.Count < PostsMax; above = log[above].Target)
        {
            if (index.IsLive(above))
                found.Add(reader.Ref(above));
        }
        found.Reverse();
        return found;
    }

    private List<PostRef> Descendants(uint seq)
    {
        var found = new List<PostRef>();
        var waiting = new Stack<uint>();
        PushReplies(seq, waiting);
        while (found.Count < PostsMax && waiting.TryPop(out var next))
        {
            if (index.IsLive(next))
                found.Add(reader.Ref(next));
            PushReplies(next, waiting);
        }
        return found;
    }

    /// <summary>Pushes the newest first, so that the oldest is popped first.</summary>
    private void PushReplies(uint seq, Stack<uint> waiting)
    {
        for (var entry = index.ByTarget.Newest((int)seq); !entry.IsNone; entry = index.ByTarget.Previous(entry))
        {
            if (log[entry.Seq].Kind == RecordKind.Post && waiting.Count < PostsMax)
                waiting.Push(entry.Seq);
        }
    }
}
