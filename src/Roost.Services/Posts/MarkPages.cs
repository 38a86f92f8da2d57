using Roost.Engine.Chains;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Lists of what accounts did with posts, and of who did it, from chains in memory: a jump to where a page begins, then
/// a step an entry. Cursors are seqs of the favourites, boosts and marks themselves.
/// </summary>
internal sealed class MarkPages(PostLog log, PostIndex index, PostReader reader)
{
    private const int PageItemsMax = 80;
    private const int OffsetMax = 10_000;
    private const int ActiveMax = 1_000;

    public MarkedPage ByAccount(ListMarked request)
    {
        var chains = request.Kind switch
        {
            MarkedKind.Favourites => index.FavouritedBy,
            MarkedKind.Bookmarks => index.MarkedBy(PostMark.Bookmark),
            _ => index.MarkedBy(PostMark.Pin),
        };
        var (seqs, hasMore) = Page(
            chains, request.Account.Value, request.Range, IsListed);
        return new MarkedPage([.. seqs.Select(seq => ((long)seq, reader.Ref(log[seq].Target)))], hasMore);
    }

    public async ValueTask<MarkersPage?> OfPostAsync(ListMarkers request, Call call)
    {
        if (await reader.FindOriginalAsync(request.Viewer, request.Id, call) is not { } post)
            return null;
        var (chains, kind) = request.Kind == MarkerKind.Favourites
            ? (index.FavouritesOf, RecordKind.Favourite)
            : (index.ByTarget, RecordKind.Boost);
        var (seqs, hasMore) = Page(
            chains, (int)post.Ref.Seq, request.Range,
            seq => log[seq].Kind == kind && index.IsLive(seq) && IsForAll(request.Viewer, log[seq]));
        return new MarkersPage([.. seqs.Select(seq => ((long)seq, log[seq].Author))], hasMore);
    }

    /// <summary>Who boosts for followers only is not told to others; favourites have no visibility.</summary>
    private static bool IsForAll(AccountId viewer, in RecordMeta mark) => mark.Kind != RecordKind.Boost
        || mark.Author == viewer || !RecordFlags.Visibility(mark.Flags).IsRestricted();

    public async ValueTask<MarkedPage?> QuotesAsync(ListQuotes request, Call call)
    {
        if (await reader.FindOriginalAsync(request.Viewer, request.Id, call) is not { } post)
            return null;
        var (seqs, hasMore) = Page(index.ByTarget, (int)post.Ref.Seq, request.Range, IsLiveQuote);
        return new MarkedPage([.. seqs.Select(seq => ((long)seq, reader.Ref(seq - 1)))], hasMore);
    }

    public QuotingPost[] Quoting(ListQuoting request)
    {
        var quotes = new List<QuotingPost>();
        var entry = request.Below == 0
            ? index.ByTarget.Newest((int)request.Seq)
            : index.ByTarget.NewestBelow((int)request.Seq, request.Below);
        for (; !entry.IsNone && quotes.Count < request.Limit; entry = index.ByTarget.Previous(entry))
        {
            if (IsLiveQuote(entry.Seq))
                quotes.Add(new QuotingPost(entry.Seq, entry.Seq - 1, log[entry.Seq].Author));
        }
        return [.. quotes];
    }

    private bool IsLiveQuote(uint seq) => log[seq].Kind == RecordKind.Quote && index.IsLive(seq);

    public bool[] AreMuted(FindMutedThreads request)
    {
        var muted = new bool[request.Pairs.Count];
        for (var i = 0; i < muted.Length; i++)
        {
            var (account, post) = request.Pairs[i];
            var seq = post.Seq != 0 ? post.Seq : log.SeqOf(post.Id);
            muted[i] = !account.IsNone && index.IsMuted(account, seq);
        }
        return muted;
    }

    public AccountId[] Active(ListActive request)
    {
        if (request.Offset is < 0 or > OffsetMax || request.Limit is < 1 or > ActiveMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Offset {request.Offset} and limit {request.Limit} are not possible; take 0 to {OffsetMax}, and 1 to "
                + $"{ActiveMax}.");
        }
        return [.. index.NewestAuthors(request.Offset + request.Limit).Skip(request.Offset)];
    }

    public uint[] Own(ListOwnMarks request)
    {
        var posts = new List<uint>();
        Add(index.FavouritedBy, IsListed);
        Add(index.MarkedBy(PostMark.Bookmark), IsListed);
        Add(index.ByAuthor, seq => log[seq].Kind == RecordKind.Boost && IsListed(seq));
        posts.Sort();
        return [.. posts.Distinct()];

        void Add(PostChains chains, Predicate<uint> isWanted)
        {
            var left = ListOwnMarks.MarksMax;
            for (var entry = chains.Newest(request.Account.Value); !entry.IsNone && left > 0; left--)
            {
                if (isWanted(entry.Seq))
                    posts.Add(log[entry.Seq].Target);
                entry = chains.Previous(entry);
            }
        }
    }

    /// <summary>Not taken back, and its post neither deleted nor lost.</summary>
    private bool IsListed(uint seq) => index.IsLive(seq) && log[seq].Target is var post and not 0 && index.IsLive(post);

    /// <returns>Newest first, and whether there are older ones.</returns>
    private static (List<uint> Seqs, bool HasMore) Page(
        PostChains chains, int key, RelationRange range, Predicate<uint> isWanted)
    {
        if (range.Limit is < 1 or > PageItemsMax)
            throw new ServiceException(ErrorCode.Invalid, $"A page has 1 to {PageItemsMax} items, not {range.Limit}.");
        var before = range.Before is 0 or > uint.MaxValue ? uint.MaxValue : (uint)range.Before;
        var after = (uint)Math.Min(range.After, uint.MaxValue);
        var seqs = new List<uint>(range.Limit);
        if (range.Ascending)
        {
            var entry = chains.OldestAbove(key, after);
            for (; IsWithin(entry); entry = chains.OldestAbove(key, entry.Seq))
                Add(entry);
            seqs.Reverse();
        }
        else
        {
            var entry = chains.NewestBelow(key, before);
            for (; IsWithin(entry); entry = chains.Previous(entry))
                Add(entry);
        }
        var below = seqs.Count > 0 ? seqs[^1] : Math.Min(before, after == uint.MaxValue ? after : after + 1);
        var older = chains.NewestBelow(key, below);
        while (!older.IsNone && !isWanted(older.Seq))
            older = chains.Previous(older);
        return (seqs, !older.IsNone);

        bool IsWithin(ChainEntry entry) =>
            !entry.IsNone && entry.Seq > after && entry.Seq < before && seqs.Count < range.Limit;

        void Add(ChainEntry entry)
        {
            if (isWanted(entry.Seq))
                seqs.Add(entry.Seq);
        }
    }
}
