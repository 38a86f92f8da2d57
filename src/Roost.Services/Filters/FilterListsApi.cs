using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Filters;

/// <summary>What a process is told that holds filters against posts itself, and has not the Filters service.</summary>
public sealed record FilterListsApi(Service<ListFiltersOfMany, AccountFilterList[]> OfMany);

/// <summary>The filters of those accounts that have any, in the order asked for.</summary>
/// <param name="Accounts">At most <see cref="AccountsMax"/>.</param>
public sealed record ListFiltersOfMany(IReadOnlyList<AccountId> Accounts)
{
    public const int AccountsMax = 65_536;
}

/// <param name="Filters">All of them, also those that have expired.</param>
public sealed record AccountFilterList(AccountId Account, IReadOnlyList<Filter> Filters);
