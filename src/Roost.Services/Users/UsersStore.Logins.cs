using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Users;

internal sealed partial class UsersStore
{
    /// <summary>Whose login it is, and the password hash as text; null when nobody can sign in so.</summary>
    /// <param name="login">A username, or an e-mail address, which has an @ in it.</param>
    public (AccountId Account, string Hash)? FindLogin(string login) => _database.Read<(AccountId, string)?>(session =>
    {
        using var row = login.Contains('@', StringComparison.Ordinal)
            ? session.Query(
                "SELECT account_id, password_hash FROM logins WHERE email_key = @key", AccountRules.EmailKey(login))
            : session.Query(
                """
                SELECT l.account_id, l.password_hash FROM accounts a JOIN logins l ON l.account_id = a.id
                WHERE a.username_key = @key
                """, AccountRules.UsernameKey(login.Trim()));
        return row.Read() ? (new AccountId(row.GetInt32(0)), row.GetString(1)) : null;
    });

    /// <summary>Sets the password and ends all that the old one had opened; null when there is no such
    /// account.</summary>
    /// <returns>The tokens that were ended.</returns>
    public ValueTask<List<SecretHash>?> SetPasswordAsync(
        AccountId account, PasswordHash password, Action<List<SecretHash>?> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (!HasAccount(session, account)) return null;
            session.Execute(
                """
                INSERT INTO logins (account_id, password_hash) VALUES (@id, @hash)
                ON CONFLICT (account_id) DO UPDATE SET password_hash = excluded.password_hash
                """, account.Value, password.ToString());
            return EndAll(session, account);
        }, committed, ct);

    /// <summary>Replaces a hash by one of the same password, unless the password was changed meanwhile.</summary>
    public async ValueTask RenewPasswordHashAsync(
        AccountId account, string old, PasswordHash renewed, CancellationToken ct) =>
        await _database.WriteAsync(session => session.Execute(
            "UPDATE logins SET password_hash = @hash WHERE account_id = @id AND password_hash = @old",
            renewed.ToString(), account.Value, old), cancellation: ct);

    private static bool HasAccount(SqlSession session, AccountId account) =>
        session.Number("SELECT id FROM accounts WHERE id = @id", account.Value) is not null;
}
