using Roost.Engine.Ids;

namespace Roost.Services.Graph;

/// <summary>Who follows each of many accounts: one call for a whole turn of fan-out. The reply has a set for each, in
/// order.</summary>
/// <param name="Accounts">Repeats are welcome. Read before the reply completes, not kept.</param>
public readonly record struct GetFollowersOfMany(ReadOnlyMemory<AccountId> Accounts);
