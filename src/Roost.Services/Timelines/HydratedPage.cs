using Roost.Engine.Ids;
using Roost.Rpc.Queries;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>The posts of one page and those within its boosts, and what has to be fetched for them. One thread, one
/// use.</summary>
internal sealed class HydratedPage
{
    private readonly Fetched<Post>[] _found;

    public HydratedPage(Fetched<Post>[] found, Fetched<Post>[] boosted)
    {
        _found = found;
        Shown = new List<Post>(found.Length + boosted.Length);
        Add(found);
        Add(boosted);
        var authors = new HashSet<AccountId>(Shown.Count);
        foreach (var post in Shown)
        {
            if (authors.Add(post.Author))
                Authors.Add(post.Author);
            Mentioned.AddRange(post.Mentions);
        }
    }

    /// <summary>All posts to show, those within boosts too. Some may be there twice.</summary>
    public List<Post> Shown { get; }

    public List<AccountId> Authors { get; } = [];

    public List<AccountId> Mentioned { get; } = [];

    /// <summary>Puts together what was fetched, in the order of <see cref="Shown"/>, <see cref="Authors"/> and
    /// <see cref="Mentioned"/>.</summary>
    /// <returns>For each post that was asked for its entry, or null when it, its author or the post within is not there
    /// for the viewer.</returns>
    public TimelineEntry?[] Assemble(Fetched<PostStats>[] stats, AccountView?[] authors, Fetched<Account>[] mentioned)
    {
        var authorsById = new Dictionary<AccountId, AccountView>(authors.Length);
        for (var i = 0; i < authors.Length; i++)
        {
            if (authors[i] is { } author)
                authorsById[Authors[i]] = author;
        }
        // From the end, since posts within boosts come last and the boosts' entries need them.
        var entries = new Dictionary<PostId, TimelineEntry>(Shown.Count);
        var mentions = mentioned.Length;
        for (var i = Shown.Count - 1; i >= 0; i--)
        {
            var post = Shown[i];
            mentions -= post.Mentions.Count;
            if (!authorsById.TryGetValue(post.Author, out var author))
                continue;
            var boosted = post.IsBoost ? entries.GetValueOrDefault(post.Boosted) : null;
            if (post.IsBoost && boosted is null)
                continue;
            var named = Named(mentioned.AsSpan(mentions, post.Mentions.Count));
            entries[post.Id] = new TimelineEntry(post, author, stats[i].Value, named, boosted);
        }
        return Array.ConvertAll(_found, post => post.IsMissing ? null : entries.GetValueOrDefault(post.Value.Id));
    }

    private static List<Account> Named(ReadOnlySpan<Fetched<Account>> mentioned)
    {
        if (mentioned.IsEmpty)
            return [];
        var named = new List<Account>(mentioned.Length);
        foreach (var account in mentioned)
        {
            if (!account.IsMissing)
                named.Add(account.Value);
        }
        return named;
    }

    private void Add(Fetched<Post>[] posts)
    {
        foreach (var post in posts)
        {
            if (!post.IsMissing)
                Shown.Add(post.Value);
        }
    }
}
