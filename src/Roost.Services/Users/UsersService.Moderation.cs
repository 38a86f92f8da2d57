using Roost.Rpc;

namespace Roost.Services.Users;

public sealed partial class UsersService
{
    private ValueTask<IReadOnlyList<AccountRecord>> ListAsync(ListAccounts request, Call call)
    {
        Require(request.Limit is >= 1 and <= 1_000, "A page has 1 to 1,000 accounts");
        return new(_store.ListAccounts(request));
    }

    private ValueTask<IReadOnlyList<Account>> JoinedAsync(ListJoined request, Call call)
    {
        Require(request.Limit is >= 1 and <= 1_000, "A page has 1 to 1,000 accounts");
        return new(_store.ListJoined(request));
    }

    private async ValueTask<Account?> ChangeStandingAsync(ChangeStanding request, Call call)
    {
        var changed = await _store.ChangeStandingAsync(request, Committed, call.Cancellation);
        return changed.Account is null ? null : _accounts.Get(changed.Account.Id) ?? changed.Account;
    }

    private async ValueTask<bool> ChangeEmailAsync(ChangeEmail request, Call call)
    {
        if (AccountRules.CheckEmail(request.Email) is { } error)
            throw new ServiceException(ErrorCode.Invalid, $"{error.Description}.");
        return await _store.ChangeEmailAsync(request, call.Cancellation);
    }

    private async ValueTask<bool> EraseAsync(EraseAccount request, Call call)
    {
        return (await _store.EraseAsync(request.Account, Erased, call.Cancellation)).Account is not null;

        void Erased(ChangedStanding changed)
        {
            Committed(changed);
            if (changed.Account is { } account) _usernames.Remove(account.Username);
        }
    }

    private async ValueTask<bool> EndSessionAsync(EndSession request, Call call)
    {
        _ = Secrets.TryHash(request.Spared, out var spared);
        var ended = await _store.EndSessionsAsync(request, spared, Forget, call.Cancellation);
        return ended.Count > 0;

        void Forget(List<SecretHash> tokens)
        {
            foreach (var token in tokens) _tokens.Remove(token);
        }
    }

    private void Committed(ChangedStanding changed)
    {
        foreach (var token in changed.Tokens) _tokens.Remove(token);
        if (changed.Account is { } account) _accounts.Set(account);
    }
}
