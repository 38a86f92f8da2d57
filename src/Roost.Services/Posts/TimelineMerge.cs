using Roost.Engine.Chains;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Answers <see cref="NewestPosts"/>: merges the chains of the authors, newest first, and drops what is deleted and,
/// for a reader, replies to people whom the reader does not follow. Cost: a jump into each chain (logarithmic in its
/// length), then a heap step per post looked at.
/// </summary>
internal sealed class TimelineMerge(PostLog log, PostIndex index, PostReader reader)
{
    public PostRef[] Newest(NewestPosts request)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Limit, 1);
        var end = log.LastSeq + 1;
        var below = request.Below == 0 ? end : Math.Min(request.Below, end);
        using var merge = ChainMerge.Rent(request.Oldest);
        Add(merge, request, request.Oldest ? request.Above : below);
        var found = new List<PostRef>(Math.Min(request.Limit, 64));
        while (found.Count < request.Limit && merge.TryNext(out var seq) && seq > request.Above && seq < below)
        {
            if (Belongs(request, seq, out var post))
                found.Add(post);
        }
        if (request.Oldest)
            found.Reverse();
        return [.. found];
    }

    private void Add(ChainMerge merge, NewestPosts request, uint bound)
    {
        if (request.Authors is not { } authors)
        {
            merge.Add(index.Public, PostIndex.PublicKey, bound);
            return;
        }
        merge.Add(index.ByAuthor, authors, bound);
        if (request.Reader.IsNone)
            return;
        merge.Add(index.ByAuthor, request.Reader.Value, bound);
        merge.Add(index.ByAnswered, request.Reader.Value, bound);
    }

    private bool Belongs(NewestPosts request, uint seq, out PostRef post)
    {
        post = default;
        if (!index.IsLive(seq))
            return false;
        post = reader.Ref(seq);
        if (request.Rules is { } rules && IsHidden(request, rules, post))
            return false;
        return request.Reader.IsNone
            ? request.Answering is not { } answering || AnswersOneOf(answering, post)
            : IsForReader(request.Reader, request.Authors ?? SortedIds.Empty, post);
    }

    private bool IsHidden(NewestPosts request, ViewerRules rules, in PostRef post)
    {
        var isBoost = post.Kind == PostKind.Boost;
        if (isBoost && rules.Avoids(log[log[post.Seq].Target].Author))
            return true;
        if (post.Author == rules.Viewer)
            return false;
        return rules.Avoids(post.Author) || rules.Avoids(post.Answered)
            || (isBoost && request.Authors is not null && rules.WithoutBoosts.Contains(post.Author))
            || (!request.Reader.IsNone && rules.Exclusive.Contains(post.Author));
    }

    private static bool AnswersOneOf(SortedIds answering, in PostRef post) =>
        post.Answered.IsNone || post.Answered == post.Author || answering.Contains(post.Answered);

    private static bool IsForReader(AccountId reader, SortedIds authors, in PostRef post) =>
        post.Answered.IsNone || post.Answered == post.Author || post.Answered == reader || post.Author == reader
        || authors.Contains(post.Answered);
}
