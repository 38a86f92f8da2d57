using System.Runtime.InteropServices;
using Roost.Engine.Ids;
using Roost.Rpc.Queries;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// The posts of one page and those within its boosts, and what has to be fetched for them. One thread, one use.
/// <code>
///   found     p0  b1  –  p3  b4     as asked for; – is not there for the viewer
///   boosted       q1         q4     one for each boost found, in order
///   shown     p0 b1 p3 b4 q1 q4     all that are there
/// </code>
/// </summary>
internal sealed class HydratedPage
{
    private readonly Fetched<ShownPost>[] _found;
    private readonly Fetched<ShownPost>[] _boosted;

    // All posts to show, those within boosts too. Some may be there twice.
    private readonly List<ShownPost> _shown;

    // For each post shown, where its author is in Authors.
    private readonly int[] _authorPlaces;

    public HydratedPage(Fetched<ShownPost>[] found, Fetched<ShownPost>[] boosted)
    {
        (_found, _boosted) = (found, boosted);
        _shown = new List<ShownPost>(found.Length + boosted.Length);
        Add(found);
        Add(boosted);
        _authorPlaces = new int[_shown.Count];
        Authors = new List<AccountId>(_shown.Count);
        var places = new Dictionary<AccountId, int>(_shown.Count);
        for (var i = 0; i < _authorPlaces.Length; i++)
        {
            var post = _shown[i].Post!;
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, post.Author, out var isKnown);
            if (!isKnown)
            {
                place = Authors.Count;
                Authors.Add(post.Author);
            }
            _authorPlaces[i] = place;
            if (post.Mentions.Count > 0)
                Mentioned.AddRange(post.Mentions);
        }
    }

    public List<AccountId> Authors { get; }

    public List<AccountId> Mentioned { get; } = [];

    /// <summary>Puts together what was fetched, in the order of <see cref="Authors"/> and
    /// <see cref="Mentioned"/>.</summary>
    /// <returns>For each post that was asked for its entry, or null when it, its author or the post within is not there
    /// for the viewer.</returns>
    public TimelineEntry?[] Assemble(AccountView?[] authors, Fetched<Account>[] mentioned)
    {
        // From the end, since posts within boosts come last and the boosts' entries need them.
        var shown = _shown.Count;
        var mentions = mentioned.Length;
        var within = new TimelineEntry?[_boosted.Length];
        for (var i = within.Length - 1; i >= 0; i--)
        {
            if (_boosted[i].Value.Post is not null)
                within[i] = Entry(null);
        }
        var entries = new TimelineEntry?[_found.Length];
        var boosts = within.Length;
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            if (_found[i].Value.Post is not { } post)
                continue;
            if (!post.IsBoost)
                entries[i] = Entry(null);
            else if (Entry(within[--boosts]) is { Boosted: not null } boost)
                entries[i] = boost;
        }
        return entries;

        TimelineEntry? Entry(TimelineEntry? boosted)
        {
            var (post, stats) = _shown[--shown];
            mentions -= post!.Mentions.Count;
            if (authors[_authorPlaces[shown]] is not { } author)
                return null;
            IReadOnlyList<Account> named =
                post.Mentions.Count == 0 ? [] : Named(mentioned.AsSpan(mentions, post.Mentions.Count));
            return new TimelineEntry(post, author, stats, named, boosted);
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

    private void Add(Fetched<ShownPost>[] posts)
    {
        foreach (var post in posts)
        {
            if (post.Value.Post is not null)
                _shown.Add(post.Value);
        }
    }
}
