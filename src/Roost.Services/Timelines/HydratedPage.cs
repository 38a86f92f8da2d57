using Roost.Engine.Ids;
using Roost.Rpc.Queries;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// The posts of one page, and what has to be fetched for them. One thread, one use.
/// <code>
///   found      p0  b1(q)  –  p3      as asked for; – is not there for the viewer, b1 boosts q
///   Authors    p0  b1  q     p3      an author for each post, those within boosts after the boost
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
        }
    }

    public List<AccountId> Authors { get; }

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
            var author = NextAuthor();
            var named = NextNamed(post);
            TimelineEntry? within = null;
            if (shown.Boosted is { } boosted)
            {
                var boostedAuthor = NextAuthor();
                var boostedNamed = NextNamed(boosted);
                if (boostedAuthor is null)
                    continue;
                within = new TimelineEntry(boosted, boostedAuthor, shown.BoostedStats, boostedNamed, null);
            }
            if (author is not null)
                entries[i] = new TimelineEntry(post, author, shown.Stats, named, within);
        }
        return entries;

        AccountView? NextAuthor()
        {
            var at = place++;
            return authors[at] is { IsMissing: false } account
                ? new AccountView(account.Value, follows[at].Value, authored[at].Value)
                : null;
        }

        IReadOnlyList<Account> NextNamed(Post post)
        {
            if (post.Mentions.Count == 0)
                return [];
            var first = mentions;
            mentions += post.Mentions.Count;
            return Named(mentioned.AsSpan(first, post.Mentions.Count));
        }
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
    }
}
