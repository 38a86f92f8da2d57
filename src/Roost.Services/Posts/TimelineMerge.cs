using System.Runtime.CompilerServices;
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
internal sealed class TimelineMerge(PostLog log, PostIndex index)
{
    /// <summary>So many posts are taken from the merge, and asked for, before the first of them is looked at.</summary>
    private const int TakenAtOnce = 64;

    /// <summary>An inbox's worth; who wants more has its list grown.</summary>
    private const int RoomMax = 800;

    [SkipLocalsInit]
    public PostRef[] Newest(NewestPosts request)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Limit, 1);
        var end = log.LastSeq + 1;
        var below = request.Below == 0 ? end : Math.Min(request.Below, end);
        using var merge = ChainMerge.Rent(request.Oldest, request.Limit);
        Add(merge, request, request.Oldest ? request.Above : below);
        var found = new List<PostRef>(Math.Min(request.Limit, RoomMax));
        Span<uint> taken = stackalloc uint[TakenAtOnce];
        int wanted, count;
        do
        {
            wanted = Math.Min(request.Limit - found.Count, TakenAtOnce);
            count = Take(merge, request.Above, below, taken[..wanted]);
            foreach (var seq in taken[..count])
            {
                if (Belongs(request, seq, out var post))
                    found.Add(post);
            }
        }
        while (count == wanted && found.Count < request.Limit);
        if (request.Oldest)
            found.Reverse();
        return [.. found];
    }

    /// <summary>Takes seqs of the range from the merge, and has the processor fetch what will be asked about them.
    /// </summary>
    /// <returns>How many; fewer than there is room for at the range's end.</returns>
    private int Take(ChainMerge merge, uint above, uint below, Span<uint> seqs)
    {
        for (var i = 0; i < seqs.Length; i++)
        {
            if (!merge.TryNext(out seqs[i]) || seqs[i] <= above || seqs[i] >= below)
                return i;
            log.Prefetch(seqs[i]);
            index.PrefetchState(seqs[i]);
        }
        return seqs.Length;
    }

    private void Add(ChainMerge merge, NewestPosts request, uint bound)
    {
        if (request.Authors is not { } authors)
        {
            merge.Add(index.Public, request.OnlyMedia ? PostIndex.PublicMediaKey : PostIndex.PublicKey, bound);
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
        if (!index.IsLive(seq) || (request.OnlyMedia && !index.HasMedia(seq)))
            return false;
        var record = log[seq];
        if (PostIndex.IsDirect(record) && !request.WithDirect)
            return false;
        post = PostReader.Ref(record);
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
