using Roost.Engine.Ids;
using Roost.Services.Graph;

namespace Roost.Services.Timelines;

/// <summary>Where posts are shown. What a viewer does not want to see depends on it.</summary>
internal enum Place
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
/// The viewer's own posts are always shown, apart from boosts.
/// </summary>
/// <param name="Viewer">Nobody for strangers.</param>
/// <param name="Rules">Null for most, who then pay for one comparison with null.</param>
internal readonly record struct Viewing(AccountId Viewer, Place Place, ViewerRules? Rules)
{
    /// <summary>Whether an entry is not for the viewer to see here. Not to be asked without rules.</summary>
    public bool Hides(TimelineEntry entry)
    {
        var rules = Rules!;
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
