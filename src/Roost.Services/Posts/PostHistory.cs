using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>Answers <see cref="GetHistory"/>: the post's own record, and those of its edits.</summary>
internal sealed class PostHistory(PostLog log, PostIndex index, PostReader reader)
{
    public async ValueTask<Post[]?> GetAsync(GetHistory request, Call call)
    {
        if (await reader.FindOriginalAsync(request.Viewer, request.Id, call) is not { } post)
            return null;
        var edits = Edits(post.Ref.Seq);
        var versions = new Post[edits.Count + 1];
        versions[0] = reader.ReadVersion(post.Ref.Seq, edit: 0);
        for (var i = 0; i < edits.Count; i++)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(log[edits[i]].AtUnixMilliseconds);
            versions[i + 1] = reader.ReadVersion(post.Ref.Seq, edits[i]) with { At = at };
        }
        return versions;
    }

    /// <summary>Answers <see cref="ReadVersions"/>.</summary>
    public IReadOnlyList<Post>[] Read(ReadVersions request)
    {
        var versions = new IReadOnlyList<Post>[request.Seqs.Count];
        for (var i = 0; i < versions.Length; i++)
        {
            var seq = request.Seqs[i];
            versions[i] = seq == 0 || seq > log.LastSeq || log[seq].Kind != RecordKind.Post
                ? []
                : [.. Edits(seq).Prepend(0u).Select(edit => reader.TryReadVersion(seq, edit)).OfType<Post>()];
        }
        return versions;
    }

    /// <summary>The oldest first.</summary>
    private List<uint> Edits(uint seq)
    {
        var edits = new List<uint>();
        if (index.EditOf(seq) == 0)
            return edits;
        var entry = index.ByTarget.Newest((int)seq);
        for (; !entry.IsNone && edits.Count < GetHistory.VersionsMax; entry = index.ByTarget.Previous(entry))
        {
            if (log[entry.Seq].Kind == RecordKind.Edit)
                edits.Add(entry.Seq);
        }
        edits.Reverse();
        return edits;
    }
}
