using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>What the Graph service can be asked about all that is between accounts beside follows. Where a reply is a
/// bool, it says whether that changed anything.</summary>
public sealed record RelationsApi(
    Service<Block, bool> Block,
    Service<Unblock, bool> Unblock,
    Service<Mute, bool> Mute,
    Service<Unmute, bool> Unmute,
    Service<AnswerRequest, bool> Answer,
    Service<AcceptRequests, bool> AcceptAll,
    Service<SetNote, bool> Note,
    Service<Endorse, bool> Endorse,
    Service<BlockDomain, bool> BlockDomain,
    Service<ListRelations, RelationPage> List,
    Service<ListDomainBlocks, DomainPage> Domains,
    Service<GetFamiliar, SortedIds[]> Familiar,
    Service<CountRequests, int> CountRequests);

/// <summary>
/// From now on neither sees the other: follows and requests between them end, both ways, and with them what leans on
/// them: places on lists, endorsements.
/// </summary>
public sealed record Block(AccountId Account, AccountId Target);

public sealed record Unblock(AccountId Account, AccountId Target);

/// <summary>Mutes, or changes how: follows stay, but the account is not shown the target's posts.</summary>
/// <param name="Notifications">Whether the target's notifications are muted too.</param>
/// <param name="For">After that it ends by itself; null for never.</param>
public sealed record Mute(AccountId Account, AccountId Target, bool Notifications = true, TimeSpan? For = null);

/// <param name="Notifications">Whether notifications are muted too.</param>
/// <param name="Until">When it ends by itself; null for never.</param>
public sealed record MuteTerms(bool Notifications, DateTimeOffset? Until);

public sealed record Unmute(AccountId Account, AccountId Target);

/// <summary>Answers a follow request: it becomes a follow, or is gone. False: there is none.</summary>
public sealed record AnswerRequest(AccountId Account, AccountId From, bool IsAccepted);

/// <summary>How many have asked to follow the account and wait for its answer.</summary>
public sealed record CountRequests(AccountId Account);

/// <summary>Makes a follow of every request to follow the account.</summary>
public sealed record AcceptRequests(AccountId Account);

/// <summary>Keeps a note about somebody that only <paramref name="Account"/> sees.</summary>
/// <param name="Text">At most 2,000 characters; empty for none.</param>
public sealed record SetNote(AccountId Account, AccountId Target, string Text);

/// <summary>Shows an account on one's own profile, or ends that.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: only followed ones can be
/// endorsed.</exception>
public sealed record Endorse(AccountId Account, AccountId Target, bool IsEndorsed);

/// <summary>Blocks a server, or ends that. There are no accounts of other servers here: it is kept and told.</summary>
/// <param name="Domain">A host name; whatever its case.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is none.</exception>
public sealed record BlockDomain(AccountId Account, string Domain, bool IsBlocked);

public enum RelationKind
{
    /// <summary>Whom the account blocks.</summary>
    Blocks,
    /// <summary>Whom the account mutes now.</summary>
    Mutes,
    /// <summary>Who has asked to follow the account.</summary>
    Requests,
    /// <summary>Whom the account endorses.</summary>
    Endorsements,
    /// <summary>The members of a list.</summary>
    ListMembers,
}

/// <summary>A page of relations, newest first.</summary>
/// <param name="Account">Whose they are.</param>
/// <param name="Range">See <see cref="RelationRange"/>.</param>
/// <param name="ListId">For <see cref="RelationKind.ListMembers"/>: which list of the account's.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: the account has no such list.</exception>
public sealed record ListRelations(AccountId Account, RelationKind Kind, RelationRange Range, long ListId = 0);

/// <param name="Before">Only relations with a smaller id (0: from the newest).</param>
/// <param name="After">Only relations with a greater id; with <paramref name="Ascending"/> the page nearest to
/// it.</param>
/// <param name="Limit">1 to 80; for the members of a list also 0, which means all.</param>
public sealed record RelationRange(long Before = 0, long After = 0, bool Ascending = false, int Limit = 40);

/// <param name="Items">Newest first. <c>Id</c> is the cursor to page by.</param>
/// <param name="HasMore">Whether there are older ones.</param>
public sealed record RelationPage(IReadOnlyList<(long Id, AccountId Account)> Items, bool HasMore);

public sealed record ListDomainBlocks(AccountId Account, RelationRange Range);

/// <param name="Items">As in <see cref="RelationPage"/>.</param>
public sealed record DomainPage(IReadOnlyList<(long Id, string Domain)> Items, bool HasMore);

/// <summary>"Followers you know": the reply has, for each of <paramref name="Others"/>, those whom the account follows
/// and who follow the other.</summary>
public sealed record GetFamiliar(AccountId Account, IReadOnlyList<AccountId> Others);

/// <summary>
/// What one viewer does not want to see, or may not, as it was at one moment: immutable, kept in memory for those few
/// who have such rules. It says what holds between accounts; which posts that hides is the business of those who show
/// them.
/// </summary>
/// <remarks>Thread-safe. A question costs a binary search or two in sets that are mostly tiny.</remarks>
/// <param name="Blocking">Whom the viewer blocks.</param>
/// <param name="BlockedBy">Who blocks the viewer.</param>
/// <param name="Muted">Whom the viewer mutes.</param>
/// <param name="WithoutBoosts">Of those followed: whose boosts are not wanted.</param>
/// <param name="InSomeLanguages">Of those followed: who is wanted in some languages only.</param>
/// <param name="Exclusive">Members of exclusive lists: not on the home timeline.</param>
/// <param name="Terms">Of those followed on other than the usual terms.</param>
public sealed record ViewerRules(
    AccountId Viewer, SortedIds Blocking, SortedIds BlockedBy, SortedIds Muted, SortedIds WithoutBoosts,
    SortedIds InSomeLanguages, SortedIds Exclusive, IReadOnlyDictionary<int, FollowTerms> Terms)
{
    /// <summary>Whether neither the account's posts nor posts that mention it are to be shown: blocked, one way or the
    /// other, or muted. Never the viewer.</summary>
    public bool Avoids(AccountId account) =>
        Blocking.Contains(account) || BlockedBy.Contains(account) || Muted.Contains(account);

    /// <summary>Whether a post by the account in that language (null: unknown) is wanted.</summary>
    public bool Wants(AccountId author, string? language) =>
        language is null || !InSomeLanguages.Contains(author)
            || !Terms.TryGetValue(author.Value, out var terms) || HasLanguage(terms.Languages, language);

    private static bool HasLanguage(string languages, string language)
    {
        foreach (var code in languages.AsSpan().Split(','))
        {
            if (languages.AsSpan(code).SequenceEqual(language))
                return true;
        }
        return false;
    }
}
