using System.Globalization;
using Roost.Engine.Ids;

namespace Roost.Services.Storage;

/// <summary>
/// Looks up the accounts that another service's data names, and tells which of them do not exist: one finding an
/// account, however often it is named. Not thread-safe.
/// </summary>
/// <param name="exists">Whether there is such an account; null when that cannot be told, and then all do.</param>
internal sealed class UnknownAccounts(Predicate<AccountId>? exists)
{
    private readonly SortedDictionary<AccountId, long> _named = [];

    public void Look(AccountId account)
    {
        if (exists is null || exists(account)) return;
        _named[account] = _named.GetValueOrDefault(account) + 1;
    }

    /// <param name="where">What names them: a file, and the place in it.</param>
    /// <param name="nouns">The same in words, in the plural: <c>follows</c>.</param>
    public void AddTo(Findings findings, string where, string nouns)
    {
        foreach (var (account, count) in _named)
        {
            var times = count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");
            findings.AddAlike(
                FindingKind.Damage, $"{where}, accounts", where,
                $"Account {account} is named {times} by {nouns}, but it is not in users.db.");
        }
    }
}
