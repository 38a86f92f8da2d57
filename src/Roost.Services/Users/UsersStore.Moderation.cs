using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Users;

internal sealed partial class UsersStore
{
    private const int AddressesMax = 20;
    private const int SessionIdBytes = 8;

    // Written out twice rather than put together: a statement's text is its key.
    private const string Filters =
        """
        FROM accounts a LEFT JOIN logins l ON l.account_id = a.id
        WHERE (@before = 0 OR a.id < @before) AND a.id > @after
          AND ((1 << CAST(a.standing AS INTEGER)) & @standings) <> 0
          AND (a.limits & @limits) = @limits AND a.role >= @role
          AND (CAST(@name AS TEXT) IS NULL OR a.username_key LIKE @name ESCAPE '\')
          AND (CAST(@display AS TEXT) IS NULL OR lower(a.display_name) LIKE @display ESCAPE '\')
          AND (CAST(@email AS TEXT) IS NULL OR l.email_key LIKE @email ESCAPE '\')
          AND (CAST(@ip AS TEXT) IS NULL OR l.ip = @ip
            OR EXISTS (SELECT 1 FROM tokens t WHERE t.account_id = a.id AND t.ip = @ip))
        """;

    private const string NewestIds = $"SELECT a.id {Filters} ORDER BY a.id DESC LIMIT @count";
    private const string OldestIds = $"SELECT a.id {Filters} ORDER BY a.id LIMIT @count";

    public IReadOnlyList<AccountRecord> ListAccounts(ListAccounts request) => _database.Read(session =>
    {
        var ids = new List<AccountId>();
        var standings = request.Standings?.Aggregate(0, (bits, one) => bits | (1 << (int)one)) ?? -1;
        var limits = (request.Silenced ? Silenced : 0) | (request.Sensitized ? Sensitized : 0);
        using (var rows = session.Query(
            request.Oldest ? OldestIds : NewestIds, request.Before, request.After, standings, limits,
            (int)request.RoleMin, Like(request.Username, "", "%"), Like(request.DisplayName, "%", "%"),
            Like(request.Email, request.Email?.StartsWith('@') is true ? "%" : "", ""), request.Ip, request.Limit))
        {
            while (rows.Read()) ids.Add(new AccountId(rows.GetInt32(0)));
        }
        if (request.Oldest) ids.Reverse();
        return ids.ConvertAll(id => Record(session, id)!);
    });

    public IReadOnlyList<Account> ListJoined(ListJoined request) => _database.Read(session =>
    {
        var ids = new List<AccountId>();
        using (var rows = session.Query(
            """
            SELECT account_id FROM logins WHERE account_id > @after AND joined_at IS NOT NULL
            ORDER BY account_id LIMIT @limit
            """, request.After.Value, request.Limit))
        {
            while (rows.Read()) ids.Add(new AccountId(rows.GetInt32(0)));
        }
        return ids.ConvertAll(id => ReadAccount(session, id)!);
    });

    public AccountRecord?[] Look(IReadOnlyList<AccountId> ids) => _database.Read<AccountRecord?[]>(
        session => [.. ids.Select(id => Record(session, id))]);

    public AccountRecord? LookUp(string username) => _database.Read(session =>
        session.Number(IdByUsername, AccountRules.UsernameKey(username)) is { } id
            ? Record(session, new AccountId((int)id))
            : null);

    public ValueTask<ChangedStanding> ChangeStandingAsync(
        ChangeStanding request, Action<ChangedStanding> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (ReadAccount(session, request.Account) is not { } old) return ChangedStanding.None;
            if (old.Standing >= Standing.Deleting && !(request.Delete && old.Standing == Standing.Deleting))
                throw new ServiceException(ErrorCode.Conflict, $"{old.Username} is being deleted, or gone.");
            var limits = Changed(Limits(session, request.Account), request);
            var standing = request.Delete ? Standing.Deleting : StandingOf(limits);
            session.Execute(
                "UPDATE accounts SET standing = @standing, limits = @limits, role = @role WHERE id = @id",
                (int)standing, limits, (int)(request.Role ?? old.Role), request.Account.Value);
            // Browsers' sessions of who is suspended stay, good for nothing but to be told so.
            var tokens = standing switch
            {
                > Standing.Suspended => EndAll(session, request.Account),
                Standing.Suspended => EndApps(session, request.Account),
                _ => TokensOf(session, request.Account),
            };
            return new ChangedStanding(ReadAccount(session, request.Account), tokens);
        }, committed, ct);

    public ValueTask<bool> ChangeEmailAsync(ChangeEmail request, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var key = AccountRules.EmailKey(request.Email);
            if (session.Number("SELECT account_id FROM logins WHERE email_key = @key", key) is { } owner
                && owner != request.Account.Value)
                throw new ServiceException(ErrorCode.Invalid, "This e-mail address has already been taken.");
            return session.Execute(
                "UPDATE logins SET email = @email, email_key = @key WHERE account_id = @id",
                request.Email.Trim(), key, request.Account.Value) == 1;
        }, cancellation: ct);

    public ValueTask<ChangedStanding> EraseAsync(
        AccountId account, Action<ChangedStanding> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (ReadAccount(session, account) is not { } old) return ChangedStanding.None;
            var tokens = EndAll(session, account);
            session.Execute("DELETE FROM logins WHERE account_id = @id", account.Value);
            session.Execute("DELETE FROM visit_days WHERE account_id = @id", account.Value);
            session.Execute(
                """
                UPDATE accounts SET standing = 5, limits = 0, role = 0, display_name = '', note = '', profile = NULL,
                  locked = 0, bot = 0
                WHERE id = @id
                """, account.Value);
            // Nobody has ever met who was not let in: the name is free.
            if (old.IsWaiting)
            {
                session.Execute(
                    "UPDATE accounts SET username_key = @key WHERE id = @id",
                    AccountRules.NoKey(account.Value), account.Value);
            }
            return new ChangedStanding(ReadAccount(session, account), tokens);
        }, committed, ct);

    public IReadOnlyList<SignedIn> ListSessions(AccountId account) => _database.Read(session =>
    {
        var all = new List<SignedIn>();
        using var rows = session.Query(
            """
            SELECT t.token_hash, a.name, a.website, t.scopes, t.created_at, t.ip
            FROM tokens t LEFT JOIN apps a ON a.id = t.app_id WHERE t.account_id = @id ORDER BY t.created_at DESC
            """, account.Value);
        while (rows.Read())
        {
            all.Add(new SignedIn(
                SessionId(rows.GetFieldValue<byte[]>(0)), NullableString(rows, 1), NullableString(rows, 2),
                rows.GetString(3), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(4)), NullableString(rows, 5)));
        }
        return all;
    });

    public ValueTask<List<SecretHash>> EndSessionsAsync(
        EndSession request, SecretHash spared, Action<List<SecretHash>> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var ended = TokensOf(session, request.Account).FindAll(token =>
                request.Id is null ? token != spared : SessionId(token.ToBytes()) == request.Id);
            foreach (var token in ended)
                session.Execute("DELETE FROM tokens WHERE token_hash = @hash", token.ToBytes());
            return ended;
        }, committed, ct);

    private static AccountRecord? Record(SqlSession session, AccountId id)
    {
        if (ReadAccount(session, id) is not { } account) return null;
        var addresses = new List<(string, DateTimeOffset)>();
        using (var rows = session.Query(
            """
            SELECT ip, max(created_at) AS at FROM tokens WHERE account_id = @id AND ip IS NOT NULL
            GROUP BY ip ORDER BY at DESC LIMIT @max
            """, id.Value, AddressesMax))
        {
            while (rows.Read())
                addresses.Add((rows.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1))));
        }
        using var row = session.Query(
            "SELECT email, reason, ip, locale, coalesce(app_id, 0) FROM logins WHERE account_id = @id", id.Value);
        return row.Read()
            ? new AccountRecord(
                account, NullableString(row, 0), NullableString(row, 1), NullableString(row, 2), NullableString(row, 3),
                row.GetInt64(4), addresses)
            : new AccountRecord(account, null, null, null, null, 0, addresses);
    }

    private static int Limits(SqlSession session, AccountId account) =>
        (int)session.Number("SELECT limits FROM accounts WHERE id = @id", account.Value)!.Value;

    private static int Changed(int limits, ChangeStanding change)
    {
        foreach (var (flag, isSet) in (ReadOnlySpan<(int, bool?)>)
            [(Silenced, change.Silenced), (Sensitized, change.Sensitized), (Disabled, change.Disabled),
                (Suspended, change.Suspended), (Waiting, change.Waiting)])
        {
            if (isSet is { } set) limits = set ? limits | flag : limits & ~flag;
        }
        return limits;
    }

    private static Standing StandingOf(int limits) =>
        (limits & Suspended) != 0 ? Standing.Suspended
        : (limits & Waiting) != 0 ? Standing.Pending
        : (limits & Disabled) != 0 ? Standing.Disabled
        : Standing.Active;

    private static List<SecretHash> EndAll(SqlSession session, AccountId account)
    {
        session.Execute("DELETE FROM grants WHERE account_id = @id", account.Value);
        return Hashes(session, "DELETE FROM tokens WHERE account_id = @id RETURNING token_hash", account);
    }

    /// <returns>All tokens: what is known of them is not so any more.</returns>
    private static List<SecretHash> EndApps(SqlSession session, AccountId account)
    {
        var all = TokensOf(session, account);
        session.Execute("DELETE FROM grants WHERE account_id = @id", account.Value);
        session.Execute("DELETE FROM tokens WHERE account_id = @id AND app_id <> 0", account.Value);
        return all;
    }

    private static List<SecretHash> TokensOf(SqlSession session, AccountId account) =>
        Hashes(session, "SELECT token_hash FROM tokens WHERE account_id = @id", account);

    private static List<SecretHash> Hashes(SqlSession session, string sql, AccountId account)
    {
        var hashes = new List<SecretHash>();
        using DbDataReader rows = session.Query(sql, account.Value);
        while (rows.Read()) hashes.Add(SecretHash.FromBytes(rows.GetFieldValue<byte[]>(0)));
        return hashes;
    }

    private static string SessionId(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, SessionIdBytes));

    /// <summary>A pattern for LIKE of text that may hold its signs; null for null and blank.</summary>
    private static string? Like(string? text, string before, string after) => string.IsNullOrWhiteSpace(text)
        ? null
        : before + text.Trim().ToLowerInvariant()
            .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal) + after;
}

/// <param name="Account">Null when there is none.</param>
/// <param name="Tokens">Those that ended, or stand otherwise now.</param>
internal readonly record struct ChangedStanding(Account? Account, IReadOnlyList<SecretHash> Tokens)
{
    public static ChangedStanding None => new(null, []);
}
