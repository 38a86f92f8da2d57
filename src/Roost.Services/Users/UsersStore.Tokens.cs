using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Users;

internal sealed partial class UsersStore
{
    public async ValueTask CreateGrantAsync(
        CreateGrant request, SecretHash code, DateTimeOffset now, TimeSpan lifetime, CancellationToken ct) =>
        await _database.WriteAsync(session =>
        {
            // Whoever makes a code sweeps up those that ran out, so that the table holds what can still be used.
            session.Execute("DELETE FROM grants WHERE expires_at <= @now", now.ToUnixTimeMilliseconds());
            if (AppName(session, request.AppId) is null) throw NoSuchApp();
            if (!HasAccount(session, request.Account)) throw NoSuchAccount();
            return session.Execute(
                """
                INSERT INTO grants (code_hash, app_id, account_id, scopes, redirect_uri, code_challenge, expires_at)
                VALUES (@code, @app, @account, @scopes, @redirectUri, @challenge, @expiresAt)
                """,
                code.ToBytes(), request.AppId, request.Account.Value, request.Scopes, request.RedirectUri,
                request.CodeChallenge, (now + lifetime).ToUnixTimeMilliseconds());
        }, cancellation: ct);

    /// <summary>Uses a code up; null when there is none that this app may use now.</summary>
    public ValueTask<Grant?> RedeemGrantAsync(long appId, SecretHash code, DateTimeOffset now, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            using var row = session.Query(
                """
                DELETE FROM grants WHERE code_hash = @code AND app_id = @app
                RETURNING account_id, scopes, redirect_uri, code_challenge, expires_at
                """, code.ToBytes(), appId);
            if (!row.Read() || row.GetInt64(4) <= now.ToUnixTimeMilliseconds()) return null;
            return new Grant(
                new AccountId(row.GetInt32(0)), row.GetString(1), row.GetString(2), NullableString(row, 3));
        }, cancellation: ct);

    public ValueTask<Token> CreateTokenAsync(
        CreateToken request, SecretHash hash, DateTimeOffset at, Action<Token> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (!request.Account.IsNone && !HasAccount(session, request.Account)) throw NoSuchAccount();
            return InsertToken(session, request, hash, at);
        }, committed, ct);

    public Token? FindToken(SecretHash hash) => _database.Read(session =>
    {
        using var row = session.Query(
            """
            SELECT coalesce(t.app_id, 0), a.name, coalesce(t.account_id, 0), t.scopes
            FROM tokens t LEFT JOIN apps a ON a.id = t.app_id WHERE t.token_hash = @hash
            """, hash.ToBytes());
        return row.Read()
            ? new Token(row.GetInt64(0), NullableString(row, 1), new AccountId(row.GetInt32(2)), row.GetString(3))
            : null;
    });

    /// <summary>Whether there was such a token, of that app if one is named.</summary>
    public ValueTask<bool> RevokeTokenAsync(
        SecretHash hash, long? appId, Action<bool> committed, CancellationToken ct) =>
        _database.WriteAsync(session => session.Execute(
            "DELETE FROM tokens WHERE token_hash = @hash AND (@app IS NULL OR coalesce(app_id, 0) = @app)",
            hash.ToBytes(), appId) == 1, committed, ct);

    private static Token InsertToken(SqlSession session, CreateToken request, SecretHash hash, DateTimeOffset at)
    {
        string? appName = null;
        if (request.AppId != 0) appName = AppName(session, request.AppId) ?? throw NoSuchApp();
        session.Execute(
            """
            INSERT INTO tokens (token_hash, app_id, account_id, scopes, created_at)
            VALUES (@hash, @app, @account, @scopes, @at)
            """,
            hash.ToBytes(), request.AppId == 0 ? null : request.AppId,
            request.Account.IsNone ? null : request.Account.Value, request.Scopes, at.ToUnixTimeMilliseconds());
        return new Token(request.AppId, appName, request.Account, request.Scopes);
    }

    private static ServiceException NoSuchApp() => new(ErrorCode.NotFound, "There is no such app.");

    private static ServiceException NoSuchAccount() => new(ErrorCode.NotFound, "There is no such account.");
}
