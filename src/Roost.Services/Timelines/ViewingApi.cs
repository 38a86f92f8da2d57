using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>Where posts are shown, on a page or by a stream. What a viewer does not want to see depends on it.
/// </summary>
public enum Place
{
    Home,
    List,
    Public,
    /// <summary>The posts of an account that the viewer went to see.</summary>
    Account,
    /// <summary>Around a post: what it answers, what answers it.</summary>
    Thread,
    /// <summary>A post that the viewer asked for by its id.</summary>
    Named,
}

/// <summary>
/// Who looks, where, and by which rules. Rules are applied at read, to whatever the skeleton gave: so a block, a
/// mute, or an unwanted boost is gone from the very next page, be it from an inbox or the fallback, and back as soon.
/// <code>
///                                    Home   List   Public   Account   Thread   Named
///  by one who blocks the viewer        x      x      x        x          x       x
///  by one blocked or muted             x      x      x                   x
///  a boost of either                   x      x      x        x          x       of the first
///  answers or mentions either          x      x      x
///  an unwanted boost or language       x      x
///  by a member of an exclusive list    x
/// </code>
/// The viewer's own posts are always shown, apart from boosts. A post that quotes is shown whoever is quoted; what it
/// quotes is not there where its author blocks the viewer, and is told apart where the viewer blocks or mutes. Whoever
/// is silenced is seen in public by followers only, rules or not.
/// </summary>
/// <param name="Viewer">Nobody for strangers.</param>
/// <param name="Rules">Null for most, who then pay for one comparison with null.</param>
/// <param name="Followed">In public places: whom the viewer follows.</param>
public readonly record struct Viewing(
    AccountId Viewer, Place Place, ViewerRules? Rules, SortedIds? Followed = null)
{
    /// <summary>What the viewer filters here; null for most.</summary>
    public ViewerFilters? Filters { get; init; }

    /// <summary>What the place is for filters.</summary>
    public FilterContexts Context { get; init; }

    /// <summary>Whether everything is shown as it is.</summary>
    public bool IsPlain => Rules is null && Filters is null;

    /// <summary>The entry as it is shown here: with the filters that it matches, or null when it is not.</summary>
    public TimelineEntry? Show(TimelineEntry entry)
    {
        if (Hides(entry))
            return null;
        if (!IsPlain)
            entry = WithQuote(entry);
        return Filters is null ? entry : Filtered(entry);
    }

    private TimelineEntry WithQuote(TimelineEntry entry)
    {
        if (entry.Boosted is { Stats.Quoting.Quote: not null } boosted)
            return entry with { Boosted = Quoting(boosted) };
        return entry.Stats.Quoting?.Quote is null ? entry : Quoting(entry);
    }

    /// <summary>What an entry, itself shown, shows of what it quotes.</summary>
    private TimelineEntry Quoting(TimelineEntry entry)
    {
        if (entry.Stats.Quoting?.Quote is not { State: QuoteState.Accepted } quote)
            return entry;
        var state = StateOf(quote.Quoted.Author);
        if (state == QuoteState.Unauthorized)
            return entry with { Stats = entry.Stats.WithQuote(state), Quoted = null };
        return entry with
        {
            Stats = state == QuoteState.Accepted ? entry.Stats : entry.Stats.WithQuote(state),
            Quoted = entry.Quoted is { } quoted ? Filtering(Quoting(quoted)) : null,
        };
    }

    private QuoteState StateOf(AccountId quoted)
    {
        if (Rules is not { } rules || quoted == Viewer)
            return QuoteState.Accepted;
        return rules.BlockedBy.Contains(quoted) ? QuoteState.Unauthorized
            : rules.Blocking.Contains(quoted) ? QuoteState.BlockedAccount
            : rules.Muted.Contains(quoted) ? QuoteState.MutedAccount
            : QuoteState.Accepted;
    }

    /// <summary>A quoted post says which filters it matches; what these would hide is left to the client, which has the
    /// post around it to show.</summary>
    private TimelineEntry Filtering(TimelineEntry quoted)
    {
        if (Filters is null || quoted.Post.Author == Viewer)
            return quoted;
        var matches = Filters.Match(Context, quoted.Post.Id, default, FoldedTexts.Of(quoted.Post));
        return matches is null ? quoted : quoted with { Filtered = matches };
    }

    private TimelineEntry? Filtered(TimelineEntry entry)
    {
        var shown = entry.Boosted ?? entry;
        if (shown.Post.Author == Viewer)
            return entry;
        var boosted = entry.Boosted is null ? default : shown.Post.Id;
        var matches = Filters!.Match(Context, entry.Post.Id, boosted, FoldedTexts.Of(shown.Post));
        if (matches is null)
            return entry;
        // Who asks for a post by its name gets it, whatever it says.
        if (Place != Place.Named && matches.Any(match => match.Filter.Action == FilterAction.Hide))
            return null;
        return entry with
        {
            Filtered = matches,
            Boosted = entry.Boosted is null ? null : entry.Boosted with { Filtered = matches },
        };
    }

    /// <summary>Whether an entry is not for the viewer to see here.</summary>
    private bool Hides(TimelineEntry entry)
    {
        if (Place == Place.Public && entry.Author.Account.IsSilenced && entry.Post.Author != Viewer
            && Followed?.Contains(entry.Post.Author) is not true)
            return true;
        if (Rules is not { } rules)
            return false;
        if (entry.Boosted is { } boosted && HidesBoosted(rules, boosted))
            return true;
        var post = entry.Post;
        if (post.Author == Viewer)
            return false;
        return Place switch
        {
            Place.Named or Place.Account => rules.BlockedBy.Contains(post.Author),
            Place.Thread => rules.Avoids(post.Author),
            Place.Public => IsAvoided(rules, entry),
            Place.List => IsAvoided(rules, entry) || IsUnwanted(rules, entry),
            _ => IsAvoided(rules, entry) || IsUnwanted(rules, entry) || rules.Exclusive.Contains(post.Author),
        };
    }

    private bool HidesBoosted(ViewerRules rules, TimelineEntry boosted)
    {
        var author = boosted.Post.Author;
        if (author == Viewer)
            return false;
        return Place switch
        {
            Place.Named => rules.BlockedBy.Contains(author),
            Place.Account or Place.Thread => rules.Avoids(author),
            _ => IsAvoided(rules, boosted),
        };
    }

    private static bool IsAvoided(ViewerRules rules, TimelineEntry entry)
    {
        if (rules.Avoids(entry.Post.Author) || rules.Avoids(entry.Post.Ref.Answered))
            return true;
        foreach (var mentioned in entry.Post.Mentions)
        {
            if (rules.Avoids(mentioned))
                return true;
        }
        return false;
    }

    private static bool IsUnwanted(ViewerRules rules, TimelineEntry entry) => entry.Post.IsBoost
        ? rules.WithoutBoosts.Contains(entry.Post.Author)
        : !rules.Wants(entry.Post.Author, entry.Post.Language);
}
