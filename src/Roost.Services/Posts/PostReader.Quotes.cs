using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;

namespace Roost.Services.Posts;

/// <remarks>
/// What posts quote, for pages. The log says whether a quote still holds; here comes whether the viewer may see what is
/// quoted, and, of posts that only followers may quote, whether the viewer is one. A quoted post's own quote is told by
/// its id and state, no deeper.
/// </remarks>
internal sealed partial class PostReader
{
    /// <summary>Whether a viewer may quote a post that the viewer can see.</summary>
    public async ValueTask<bool> MayQuoteAsync(AccountId viewer, Post post, Call call)
    {
        var facts = new QuoteFacts(index.QuotePolicyOf(post.Ref.Seq));
        if (facts.Policy == QuotePolicy.Followers && viewer != post.Author)
        {
            var followed = await FollowedAsync(viewer, [post.Author], call);
            facts = facts with { IsByFollowed = followed.Count > 0 };
        }
        return facts.AllowsQuoteBy(viewer, post.Author);
    }

    private ValueTask<ShownPost[]> WithQuotesAsync(AccountId viewer, ShownPost[] shown, Call call)
    {
        foreach (ref readonly var one in shown.AsSpan())
        {
            if (IsForEachReader(one.Stats) || IsForEachReader(one.BoostedStats))
                return CompleteAsync(viewer, shown, call);
        }
        return new(shown);
    }

    private static bool IsForEachReader(in PostStats stats) =>
        stats.Quoting is { } facts && (facts.Quote is not null || facts.Policy == QuotePolicy.Followers);

    private async ValueTask<ShownPost[]> CompleteAsync(AccountId viewer, ShownPost[] shown, Call call)
    {
        var quoted = await QuotedByAsync(
            viewer, Array.ConvertAll(shown, one => one.Boosted is null ? one.Stats : one.BoostedStats), call);
        var stats = Array.ConvertAll(
            quoted, post => post is null ? default : index.Stats(viewer, post.Ref.Seq));
        var within = await QuotedByAsync(viewer, stats, call);
        var askers = new List<AccountId>();
        for (var i = 0; i < shown.Length; i++)
        {
            NoteAuthor(askers, shown[i].Post, shown[i].Stats);
            NoteAuthor(askers, shown[i].Boosted, shown[i].BoostedStats);
            NoteAuthor(askers, quoted[i], stats[i]);
        }
        var followed = await FollowedAsync(viewer, askers, call);
        for (var i = 0; i < shown.Length; i++)
        {
            var one = shown[i];
            var isInBoost = one.Boosted is not null;
            shown[i] = one with
            {
                Stats = Complete(one.Post, one.Stats, isInBoost ? null : quoted[i], followed),
                BoostedStats = Complete(one.Boosted, one.BoostedStats, quoted[i], followed),
                Quoted = quoted[i] is { } post
                    ? new ShownQuote(post, Complete(post, stats[i], within[i], followed))
                    : null,
            };
        }
        return shown;
    }

    /// <summary>For each the post that it quotes, or null where it quotes none that the viewer may see.</summary>
    private async ValueTask<Post?[]> QuotedByAsync(AccountId viewer, PostStats[] stats, Call call)
    {
        var quoted = new Post?[stats.Length];
        var places = new List<int>();
        var refs = new List<PostRef>();
        for (var i = 0; i < stats.Length; i++)
        {
            if (stats[i].Quoting?.Quote is not { State: QuoteState.Accepted } quote)
                continue;
            places.Add(i);
            refs.Add(quote.Quoted);
        }
        if (refs.Count == 0)
            return quoted;
        var found = await GetAsync(new GetPosts(viewer, refs), call);
        for (var i = 0; i < found.Length; i++)
            quoted[places[i]] = found[i];
        return quoted;
    }

    private static void NoteAuthor(List<AccountId> authors, Post? post, in PostStats stats)
    {
        if (post is not null && stats.Quoting?.Policy == QuotePolicy.Followers)
            authors.Add(post.Author);
    }

    private async ValueTask<HashSet<AccountId>> FollowedAsync(
        AccountId viewer, List<AccountId> authors, Call call)
    {
        if (viewer.IsNone || authors.Count == 0)
            return [];
        var found = await relationshipsOf(new GetRelationships(viewer, authors), call);
        return [.. found.Where(one => one.Following).Select(one => one.Other)];
    }

    private static PostStats Complete(
        Post? post, in PostStats stats, Post? quoted, HashSet<AccountId> followed)
    {
        if (post is null || stats.Quoting is not { } facts)
            return stats;
        if (facts.Policy == QuotePolicy.Followers)
            facts = facts with { IsByFollowed = followed.Contains(post.Author) };
        var completed = stats with { Quoting = facts };
        return facts.Quote is { State: QuoteState.Accepted } && quoted is null
            ? completed.WithQuote(QuoteState.Unauthorized)
            : completed;
    }
}
