using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>What the Graph service can be asked about whom one might follow.</summary>
public sealed record SuggestionsApi(
    Service<ListFriends, AccountId[]> Friends,
    Service<SuggestAccounts, Suggested[]> Suggest,
    Service<DismissSuggestion, bool> Dismiss);

/// <summary>Those of the account's followees whose own follows suggestions are made of: 200 at most, spread over
/// all.</summary>
public sealed record ListFriends(AccountId Account);

/// <summary>
/// Accounts that the account does not follow: first those whom most of its friends follow, then those with the most
/// followers of all. Not there are whom it has asked to follow, blocks either way, mutes and dismissed ones.
/// </summary>
/// <param name="Friends">Of <see cref="ListFriends"/>, those who do not hide whom they follow.</param>
/// <param name="Limit">1 to 80.</param>
public sealed record SuggestAccounts(AccountId Account, IReadOnlyList<AccountId> Friends, int Limit);

/// <param name="Familiar">How many of the friends follow it; 0 where it is there for its followers.</param>
public readonly record struct Suggested(AccountId Account, int Familiar);

/// <summary>The target is not suggested to the account any more. The reply says whether that changed
/// anything.</summary>
public sealed record DismissSuggestion(AccountId Account, AccountId Target);
