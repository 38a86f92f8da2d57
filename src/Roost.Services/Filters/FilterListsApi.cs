using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Filters;

/// <summary>What a process is told that holds filters against posts itself, and has not the Filters service.</summary>
public sealed record FilterListsApi(
    Service<ListFiltersOfMany, AccountFilterList[]> OfMany, Service<AwaitFilterNews, FilterNews> Changes);

/// <summary>The filters of those accounts that have any, in the order asked for.</summary>
/// <param name="Accounts">At most <see cref="AccountsMax"/>.</param>
public sealed record ListFiltersOfMany(IReadOnlyList<AccountId> Accounts)
{
    public const int AccountsMax = 65_536;
}

/// <param name="Filters">All of them, also those that have expired.</param>
public sealed record AccountFilterList(AccountId Account, IReadOnlyList<Filter> Filters);

/// <summary>Whose filters changed after a change. The reply comes as soon as there are any, and, empty, when the wait
/// is over.</summary>
/// <param name="Run">As it was told last; empty for from now on.</param>
/// <param name="After">Likewise.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitFilterNews(string Run, long After, TimeSpan Wait) : IWaitingRequest;

/// <param name="Run">Names what tells the news: another one begins anew.</param>
/// <param name="Last">Up to which these are.</param>
/// <param name="IsWhole">False: some before these are lost; anybody's may have changed.</param>
public sealed record FilterNews(string Run, long Last, bool IsWhole, IReadOnlyList<AccountId> Accounts);
