using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>Accounts of a Users service elsewhere. An account is a hundred times as long as its stamp, and most were
/// asked for before: those are kept here, and asked for is whether they are the newest still.</summary>
/// <remarks>Thread-safe. Memory: some kilobyte an account, of those lately asked for.</remarks>
public sealed class AccountsElsewhere
{
    private const int KnownMax = 65_536;

    private readonly Service<RenewAccounts, RenewedAccount[]> _renew;
    private readonly BoundedCache<int, Account> _known = new(KnownMax);

    private AccountsElsewhere(Service<RenewAccounts, RenewedAccount[]> renew) => _renew = renew;

    /// <summary>The functions of the service, with accounts that are kept.</summary>
    public static UsersApi Over(UsersApi users)
    {
        ArgumentNullException.ThrowIfNull(users);
        return users with { Get = new AccountsElsewhere(users.Renew).GetAsync };
    }

    private async ValueTask<Account?[]> GetAsync(GetAccounts request, Call call)
    {
        var ids = request.Ids;
        var (accounts, stamps) = (new Account?[ids.Count], new long[ids.Count]);
        for (var row = 0; row < stamps.Length; row++)
        {
            if (_known.TryGet(ids[row].Value, out var known)) (accounts[row], stamps[row]) = (known, known.Stamp);
        }
        foreach (var (row, account) in await _renew(new RenewAccounts(ids, stamps), call))
        {
            accounts[row] = account;
            if (account is null) _known.Remove(ids[row].Value);
            else _known.Set(account.Id.Value, account);
        }
        return accounts;
    }
}
