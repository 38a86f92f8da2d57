using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Collections;

/// <summary>
/// What the Collections service can be asked: accounts that somebody recommends, in named collections that others can
/// read.
/// </summary>
/// <remarks>
/// What is read is what the viewer may see: nothing of accounts that are hidden or block the viewer, and nobody whom
/// the viewer or the collection's maker blocks or is blocked by. In the maker's own eyes, too: a block ends a
/// recommendation, as long as it lasts.
/// </remarks>
public sealed record CollectionsApi(
    Service<MakeCollection, AccountCollection> Make,
    Service<ChangeCollection, AccountCollection?> Change,
    Service<EndCollection, bool> End,
    Service<GetCollection, AccountCollection?> Get,
    Service<ListCollections, CollectionPage> List,
    Service<AddToCollection, CollectionItem?> Add,
    Service<RemoveFromCollection, bool> Remove,
    Service<LeaveCollection, bool> Leave,
    Service<EraseCollections, bool> Erase);

/// <param name="Tag">A hashtag without its sign, or null.</param>
/// <param name="IsDiscoverable">Whether others find it on its maker's profile. Who knows its id can read it
/// anyway.</param>
/// <param name="Items">In the order in which they were put in.</param>
public sealed record AccountCollection(
    long Id, AccountId Account, string Name, string Description, string? Language, string? Tag, bool IsSensitive,
    bool IsDiscoverable, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyList<CollectionItem> Items)
{
    public const int PerAccountMax = 10;
    public const int ItemsMax = 25;
    public const int NameCharactersMax = 40;
    public const int DescriptionCharactersMax = 100;
}

public sealed record CollectionItem(long Id, AccountId Account, DateTimeOffset CreatedAt);

/// <summary>What a collection is said to be. Null leaves it as it is; of a new one it is empty, or false.</summary>
/// <param name="Language">ISO 639; empty for none.</param>
/// <param name="Tag">Empty for none.</param>
public sealed record CollectionTraits(
    string? Name = null, string? Description = null, string? Language = null, string? Tag = null,
    bool? Sensitive = null, bool? Discoverable = null);

/// <param name="Members">All of them, or nothing is made.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: too many, too long, without a name.
/// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Forbidden"/>: as <see cref="AddToCollection"/>.</exception>
public sealed record MakeCollection(AccountId Account, CollectionTraits Traits, IReadOnlyList<AccountId> Members);

/// <summary>The reply is null when there is none of that id. Only who made it may.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>; <see cref="ErrorCode.Forbidden"/>: somebody
/// else's.</exception>
public sealed record ChangeCollection(AccountId Account, long Id, CollectionTraits Traits);

/// <summary>False: there is none.</summary>
/// <inheritdoc cref="ChangeCollection" path="/exception"/>
public sealed record EndCollection(AccountId Account, long Id);

/// <summary>The reply is null when there is none for the viewer to see.</summary>
public sealed record GetCollection(AccountId Viewer, long Id);

/// <summary>Those that an account made, or is in, the newest first. Of others' only discoverable ones.</summary>
/// <param name="WithAccount">Those that it is in: each its own only.</param>
/// <param name="Offset">0 to 10,000.</param>
/// <param name="Limit">1 to 80.</param>
public sealed record ListCollections(AccountId Viewer, AccountId Account, bool WithAccount, int Offset, int Limit);

public sealed record CollectionPage(IReadOnlyList<AccountCollection> Items, bool HasMore);

/// <summary>Recommends an account that wants to be found. The reply is null when there is no such collection or
/// account.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: somebody else's collection; the account does
/// not want to be found, blocks or is blocked. <see cref="ErrorCode.Invalid"/>: full, or it is or was in it.
/// </exception>
public sealed record AddToCollection(AccountId Account, long Id, AccountId Member);

/// <summary>False: there is no such item.</summary>
/// <inheritdoc cref="ChangeCollection" path="/exception"/>
public sealed record RemoveFromCollection(AccountId Account, long Id, long Item);

/// <summary>Takes oneself out for good. False: there is no such item.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: it is somebody else.</exception>
public sealed record LeaveCollection(AccountId Account, long Id, long Item);

/// <summary>Removes all that an account made, and it from all others'. True.</summary>
public sealed record EraseCollections(AccountId Account);
