using System.Runtime.InteropServices;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Users;

public sealed partial class UsersService
{
    private readonly AccountCache _accounts;
    private readonly BoundedCache<string, AccountId> _usernames;

    // The newest account, which is also their number. Written by the database's writer after each commit.
    private int _lastAccount;

    private async ValueTask<CreateAccountReply> CreateAsync(CreateAccount request, Call call)
    {
        var errors = AccountRules.Check(request);
        if (errors.Count > 0) return new CreateAccountReply(null, errors);
        // Asked before the hash is computed, which is dear, and once more within the transaction.
        var taken = _store.AreTaken(request.Username, request.Email);
        if (taken is not (false, false)) return new CreateAccountReply(null, UsersStore.TakenErrors(taken));
        if (request.Token is { } wanted) RequireScopes(wanted.Scopes);
        var password = await _hasher.HashAsync(request.Password, call.Cancellation);
        var secret = request.Token is null ? null : Secrets.Create();
        var hash = secret is null ? default : Secrets.Hash(secret);
        var at = Now();
        var made = await _store.CreateAccountAsync(request, password, hash, at, Committed, call.Cancellation);
        var token = made.Token is { } issued ? new IssuedToken(secret!, issued.Scopes, at) : null;
        return new CreateAccountReply(made.Account, made.Errors, token);

        void Committed(NewAccount result)
        {
            if (result.Account is not { } account) return;
            if (result.Token is { } first) _tokens.Set(hash, first);
            _accounts.Set(account);
            _usernames.Set(account.Username, account.Id);
            Volatile.Write(ref _lastAccount, account.Id.Value);
            _metrics.Registered(1);
        }
    }

    private async ValueTask<IReadOnlyList<AccountId>> ImportAsync(ImportAccounts request, Call call)
    {
        AccountRules.Check(request.Accounts);
        if (request.Accounts.Count == 0) return [];
        var (ids, _) = await _store.ImportAsync(request.Accounts, Committed, call.Cancellation);
        return ids;

        void Committed((AccountId[] Ids, int Added) result)
        {
            Volatile.Write(ref _lastAccount, _lastAccount + result.Added);
            _metrics.Registered(result.Added);
        }
    }

    private ValueTask<Account?> ChangeAsync(ChangeAccount request, Call call)
    {
        ProfileRules.Check(request);
        return _store.ChangeAccountAsync(request, Committed, call.Cancellation);

        void Committed(Account? account)
        {
            if (account is not null) _accounts.Set(account);
        }
    }

    private async ValueTask<RenewedAccount[]> RenewAsync(RenewAccounts request, Call call)
    {
        var (ids, stamps) = (request.Ids, request.Stamps);
        if (ids.Count != stamps.Count)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Of {ids.Count} accounts there are {stamps.Count} stamps; give one for each.");
        }
        var accounts = await GetAsync(new GetAccounts(ids), call);
        var changed = new List<RenewedAccount>();
        for (var row = 0; row < accounts.Length; row++)
        {
            if ((accounts[row]?.Stamp ?? 0) != stamps[row]) changed.Add(new RenewedAccount(row, accounts[row]));
        }
        return [.. changed];
    }

    // Hot path: every page asks for the authors of its posts.
    private ValueTask<Account?[]> GetAsync(GetAccounts request, Call call)
    {
        var ids = request.Ids;
        var last = Volatile.Read(ref _lastAccount);
        var accounts = new Account?[ids.Count];
        var (missing, hidden) = (false, false);
        for (var i = 0; i < accounts.Length; i++)
        {
            var id = ids[i];
            if (id.Value <= 0 || id.Value > last) continue;
            var account = _accounts.Get(id);
            accounts[i] = account;
            if (account is null) missing = true;
            else hidden |= account.IsHidden;
        }
        if (missing) LoadMissing(ids, accounts, last);
        if (missing || hidden) Hide(accounts);
        return new ValueTask<Account?[]>(accounts);
    }

    private static void Hide(Account?[] accounts)
    {
        foreach (ref var account in accounts.AsSpan())
        {
            if (account is { IsHidden: true }) account = null;
        }
    }

    private void LoadMissing(IReadOnlyList<AccountId> ids, Account?[] accounts, int last)
    {
        var wanted = new HashSet<AccountId>();
        for (var i = 0; i < accounts.Length; i++)
        {
            if (accounts[i] is null && ids[i].Value > 0 && ids[i].Value <= last) wanted.Add(ids[i]);
        }
        var version = _accounts.Version;
        var loaded = _store.ReadAccounts([.. wanted]);
        _accounts.TryFill(CollectionsMarshal.AsSpan(loaded), version);
        var byId = loaded.ToDictionary(account => account.Id);
        for (var i = 0; i < accounts.Length; i++) accounts[i] ??= byId.GetValueOrDefault(ids[i]);
    }

    private ValueTask<Account?[]> FindAsync(FindAccounts request, Call call)
    {
        var usernames = request.Usernames;
        var accounts = new Account?[usernames.Count];
        List<string>? wanted = null;
        for (var i = 0; i < accounts.Length; i++)
        {
            if (_usernames.TryGet(usernames[i], out var id)) accounts[i] = _accounts.Get(id);
            // What cannot be a username is not looked up: text of any length gets here from posts.
            if (accounts[i] is null && AccountRules.CheckUsername(usernames[i]) is null)
            {
                (wanted ??= []).Add(usernames[i]);
            }
        }
        if (wanted is not null) FindMissing(usernames, accounts, wanted);
        Hide(accounts);
        return new ValueTask<Account?[]>(accounts);
    }

    private void FindMissing(IReadOnlyList<string> usernames, Account?[] accounts, List<string> wanted)
    {
        var accountsVersion = _accounts.Version;
        var usernamesVersion = _usernames.Version;
        var loaded = _store.FindAccounts(
            [.. wanted.Select(AccountRules.UsernameKey).Distinct(StringComparer.Ordinal)]);
        _accounts.TryFill(CollectionsMarshal.AsSpan(loaded), accountsVersion);
        foreach (var account in loaded) _usernames.TryFill(account.Username, account.Id, usernamesVersion);
        var byName = loaded.ToDictionary(account => account.Username, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < accounts.Length; i++) accounts[i] ??= byName.GetValueOrDefault(usernames[i]);
    }

    private ValueTask<long> CountAsync(CountAccounts request, Call call) => new(Volatile.Read(ref _lastAccount));
}
