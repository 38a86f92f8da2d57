using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Users;

public sealed partial class UsersService
{
    // Twice what anybody can have set: longer input is not hashed, whose cost grows with it.
    private const int PasswordInputCharactersMax = 512;
    private const int LoginCharactersMax = 320;

    private async ValueTask<Account?> VerifyPasswordAsync(VerifyPassword request, Call call)
    {
        var (login, password) = request;
        if (login is not { Length: <= LoginCharactersMax }
            || password is not { Length: > 0 and <= PasswordInputCharactersMax })
        {
            // No account has such a login or password, so an early answer tells nothing.
            _metrics.SignIn(succeeded: false);
            return null;
        }
        var found = _store.FindLogin(login);
        var hash = found is { } known ? PasswordHash.Parse(known.Hash) : null;
        var matches = await _hasher.MatchesAsync(hash, password, call.Cancellation);
        _metrics.SignIn(matches);
        if (!matches || found is not { } right) return null;
        if (hash!.IsOutdated(_options.Passwords))
        {
            await RenewHashAsync(right.Account, right.Hash, password, call.Cancellation);
        }
        return GetOne(right.Account);
    }

    private async ValueTask<bool> SetPasswordAsync(SetPassword request, Call call)
    {
        if (AccountRules.CheckPassword(request.Password) is { } error)
        {
            throw new ServiceException(ErrorCode.Invalid, $"{error.Description}.");
        }
        if (GetOne(request.Account) is null) return false;
        var password = await _hasher.HashAsync(request.Password, call.Cancellation);
        return await _store.SetPasswordAsync(request.Account, password, EndTokens, call.Cancellation) is not null;

        void EndTokens(List<SecretHash>? ended)
        {
            foreach (var token in ended ?? []) _tokens.Remove(token);
        }
    }

    private async ValueTask RenewHashAsync(
        AccountId account, string old, string password, CancellationToken cancellation)
    {
        try
        {
            var renewed = await _hasher.HashAsync(password, cancellation);
            await _store.RenewPasswordHashAsync(account, old, renewed, cancellation);
        }
        catch (ServiceException exception) when (exception.CanRetry)
        {
            // The sign-in is right all the same, and the next one tries again.
            LogNotRenewed(account.Value, exception.Message);
        }
    }

    /// <summary>The account, hidden or not.</summary>
    private Account? GetOne(AccountId id) => _accounts.Get(id) ?? _store.ReadAccounts([id]).FirstOrDefault();

    [LoggerMessage(LogLevel.Warning, "The outdated password hash of account {Account} was not renewed: {Reason}")]
    private partial void LogNotRenewed(int account, string reason);
}
