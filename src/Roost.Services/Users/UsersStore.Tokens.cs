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

    /// <summary>Uses a code up; no grant when there is none that this app may use now. A second use ends the tokens
    /// that the first one made.</summary>
    public ValueTask<RedeemedGrant> RedeemGrantAsync(
        long appId, SecretHash code, DateTimeOffset now, Action<RedeemedGrant> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            using (var row = session.Query(
                """
                UPDATE grants SET uses = uses + 1 WHERE code_hash = @code AND app_id = @app
                RETURNING account_id, scopes, redirect_uri, code_challenge, expires_at, uses
                """, code.ToBytes(), appId))
            {
                if (row.Read() && row.GetInt32(5) <= 1)
                {
                    if (row.GetInt64(4) <= now.ToUnixTimeMilliseconds()) return new RedeemedGrant(null, []);
                    var grant = new Grant(
                        new AccountId(row.GetInt32(0)), row.GetString(1), row.GetString(2), NullableString(row, 3));
                    return new RedeemedGrant(grant, []);
                }
            }
            // A code that ran out is swept away; its token may be there still.
            return new RedeemedGrant(null, EndTokensOf(session, appId, code));
        }, committed, ct);

    /// <param name="code">Of the code that the token is made for, if any.</param>
    public ValueTask<Token> CreateTokenAsync(
        CreateToken request, SecretHash hash, SecretHash? code, DateTimeOffset at, Action<Token> committed,
        CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            // Between the code's use and this it may have been used again.
            if (code is { } used
                && session.Number("SELECT uses FROM grants WHERE code_hash = @code", used.ToBytes()) != 1)
            {
                throw CodeEnded();
            }
            return InsertToken(session, request, hash, at, code);
        }, committed, ct);

    /// <param name="hashes">One for each account.</param>
    public ValueTask<Token[]> CreateTokensAsync(
        CreateTokens request, SecretHash[] hashes, DateTimeOffset at, Action<Token[]> committed,
        CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var appName = AppName(session, request.AppId) ?? throw NoSuchApp();
            var tokens = new Token[hashes.Length];
            for (var i = 0; i < tokens.Length; i++)
            {
                var one = new CreateToken(request.AppId, request.Accounts[i], request.Scopes);
                tokens[i] = InsertToken(session, one, appName, hashes[i], at);
            }
            return tokens;
        }, committed, ct);

    public Token? FindToken(SecretHash hash) => _database.Read(session =>
    {
        using var row = session.Query(
            """
            SELECT coalesce(t.app_id, 0), a.name, coalesce(t.account_id, 0), t.scopes, coalesce(o.standing, 0)
            FROM tokens t LEFT JOIN apps a ON a.id = t.app_id LEFT JOIN accounts o ON o.id = t.account_id
            WHERE t.token_hash = @hash
            """, hash.ToBytes());
        return row.Read()
            ? new Token(row.GetInt64(0), NullableString(row, 1), new AccountId(row.GetInt32(2)), row.GetString(3))
            {
                Number = hash.A,
                Standing = (Standing)row.GetInt32(4),
            }
            : null;
    });

    /// <summary>Whether there was such a token, of that app if one is named.</summary>
    public ValueTask<bool> RevokeTokenAsync(
        SecretHash hash, long? appId, Action<bool> committed, CancellationToken ct) =>
        _database.WriteAsync(session => session.Execute(
            """
            DELETE FROM tokens
            WHERE token_hash = @hash AND (CAST(@app AS BIGINT) IS NULL OR coalesce(app_id, 0) = @app)
            """, hash.ToBytes(), appId) == 1, committed, ct);

    private static List<SecretHash> EndTokensOf(SqlSession session, long appId, SecretHash code)
    {
        var ended = new List<SecretHash>();
        using var rows = session.Query(
            "DELETE FROM tokens WHERE code_hash = @code AND app_id = @app RETURNING token_hash",
            code.ToBytes(), appId);
        while (rows.Read()) ended.Add(SecretHash.FromBytes(rows.GetFieldValue<byte[]>(0)));
        return ended;
    }

    private static Token InsertToken(
        SqlSession session, CreateToken request, SecretHash hash, DateTimeOffset at, SecretHash? code = null)
    {
        var appName = request.AppId == 0 ? null : AppName(session, request.AppId) ?? throw NoSuchApp();
        return InsertToken(session, request, appName, hash, at, code);
    }

    private static Token InsertToken(
        SqlSession session, CreateToken request, string? appName, SecretHash hash, DateTimeOffset at,
        SecretHash? code = null)
    {
        var standing = request.Account.IsNone
            ? 0
            : session.Number("SELECT standing FROM accounts WHERE id = @id", request.Account.Value)
                ?? throw NoSuchAccount();
        session.Execute(
            """
            INSERT INTO tokens (token_hash, app_id, account_id, scopes, created_at, code_hash, ip)
            VALUES (@hash, @app, @account, @scopes, @at, @code, @ip)
            """,
            hash.ToBytes(), request.AppId == 0 ? null : request.AppId,
            request.Account.IsNone ? null : request.Account.Value, request.Scopes, at.ToUnixTimeMilliseconds(),
            code?.ToBytes(), request.Ip);
        return new Token(request.AppId, appName, request.Account, request.Scopes)
        {
            Number = hash.A,
            Standing = (Standing)standing,
        };
    }

    private static ServiceException CodeEnded() => new(
        ErrorCode.Conflict, "The authorization code was used again or has ended; authorize anew.");

    private static ServiceException NoSuchApp() => new(ErrorCode.NotFound, "There is no such app.");

    private static ServiceException NoSuchAccount() => new(ErrorCode.NotFound, "There is no such account.");
}

/// <param name="Grant">Null when the code is good for nothing.</param>
/// <param name="Ended">Tokens that ended because it was used twice.</param>
internal readonly record struct RedeemedGrant(Grant? Grant, IReadOnlyList<SecretHash> Ended);
