using Roost.Engine.Ids;
using Roost.Rpc.Queries;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// The posts of one page, and what has to be fetched for them. One thread, one use.
/// <code>
///   found      p0  b1(q)  –  p3(z)      as asked for; – is not there for the viewer, b1 boosts q, p3 quotes z
///   Authors    p0  b1  q     p3  z      an author for each post, those within after what they are within
/// </code>
/// </summary>
/// <remarks>An author is fetched for each post: few pages have many by one, and looking for them costs more.</remarks>
internal sealed class HydratedPage
{
    private readonly Answers<ShownPost> _found;

    public HydratedPage(Answers<ShownPost> found)
    {
        _found = found;
        Authors = new List<AccountId>(2 * found.Count);
        for (var i = 0; i < found.Count; i++)
        {
            var shown = found[i].Value;
            if (shown.Post is not { } post)
                continue;
            Add(post);
            if (shown.Boosted is { } boosted)
                Add(boosted);
            if (shown.Quoted is { } quoted)
                Add(quoted.Post);
        }
    }

    public List<AccountId> Authors { get; }

    /// <summary>Those whom a post names, and behind them the author whom it quotes.</summary>
    public List<AccountId> Mentioned { get; } = [];

    /// <summary>Puts together what was fetched, in the order of <see cref="Authors"/> and <see cref="Mentioned"/>.
    /// </summary>
    /// <returns>For each post that was asked for its entry, or null when it, its author or the post within is not there
    /// for the viewer.</returns>
    public TimelineEntry?[] Assemble(
        Answers<Account> authors, Answers<FollowCounts> follows, Answers<AuthorCounts> authored,
        Fetched<Account>[] mentioned)
    {
        var entries = new TimelineEntry?[_found.Count];
        var place = 0;
        var mentions = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            var shown = _found[i].Value;
            if (shown.Post is not { } post)
                continue;
            var entry = Next(post, shown.Stats);
            var within = shown.Boosted is { } boosted ? Next(boosted, shown.BoostedStats) : null;
            var quoted = shown.Quoted is { } quote ? Next(quote.Post, quote.Stats) : null;
            if (entry is null || (within is null && shown.Boosted is not null))
                continue;
            entries[i] = within is null ? Quoting(entry, quoted) : entry with { Boosted = Quoting(within, quoted) };
        }
        return entries;

        TimelineEntry? Next(Post post, in PostStats stats)
        {
            var at = place++;
            var named = NextNamed(post);
            var quotedAuthor = NextQuoted(post);
            return authors[at] is { IsMissing: false } account
                ? new TimelineEntry(
                    post, new AccountView(account.Value, follows[at].Value, authored[at].Value), stats, named, null)
                {
                    QuotedAuthor = quotedAuthor,
                }
                : null;
        }

        Account? NextQuoted(Post post) =>
            post.Quoted.Seq != 0 && mentioned[mentions++] is { IsMissing: false } author ? author.Value : null;

        IReadOnlyList<Account> NextNamed(Post post)
        {
            if (post.Mentions.Count == 0)
                return [];
            var first = mentions;
            mentions += post.Mentions.Count;
            return Named(mentioned.AsSpan(first, post.Mentions.Count));
        }
    }

    /// <summary>With what it quotes, which is not there when its author is not.</summary>
    private static TimelineEntry Quoting(TimelineEntry entry, TimelineEntry? quoted)
    {
        if (entry.Stats.Quoting?.Quote is not { State: QuoteState.Accepted })
            return entry;
        if (quoted is null)
            return entry with { Stats = entry.Stats.WithQuote(QuoteState.Unauthorized) };
        return entry with
        {
            Quoted = quoted is { QuotedAuthor: null, Stats.Quoting.Quote.State: QuoteState.Accepted }
                ? quoted with { Stats = quoted.Stats.WithQuote(QuoteState.Unauthorized) }
                : quoted,
        };
    }

    private static List<Account> Named(ReadOnlySpan<Fetched<Account>> mentioned)
    {
        var named = new List<Account>(mentioned.Length);
        foreach (var account in mentioned)
        {
            if (!account.IsMissing)
                named.Add(account.Value);
        }
        return named;
    }

    private void Add(Post post)
    {
        Authors.Add(post.Author);
        if (post.Mentions.Count > 0)
            Mentioned.AddRange(post.Mentions);
        if (post.Quoted.Seq != 0)
            Mentioned.Add(post.Quoted.Author);
    }
}
