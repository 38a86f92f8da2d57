using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Users;

/// <summary>
/// The Users service's SQL: accounts here, passwords in <c>.Logins</c>, apps, codes and tokens in <c>.Apps</c> and
/// <c>.Tokens</c>. Reads run on the caller's thread; the static functions run within a transaction of the writer's.
/// </summary>
internal sealed partial class UsersStore(SqlDatabase database)
{
    private const string AccountColumns =
        "id, username, display_name, note, locked, bot, created_at, profile, role, standing, limits";

    // Bits of the column limits, each the case or not by itself; the column standing follows from them.
    private const int Silenced = 1;
    private const int Sensitized = 2;
    private const int Disabled = 4;
    private const int Suspended = 8;
    private const int Waiting = 16;

    private const string IdByUsername = "SELECT id FROM accounts WHERE username_key = @key";

    private readonly SqlDatabase _database = database;

    /// <summary>Accounts that exist, which is also the newest id, for ids are dense.</summary>
    public int CountAccounts() => _database.Read(LastId);

    /// <summary>Those of <paramref name="ids"/> that exist, in any order.</summary>
    public List<Account> ReadAccounts(IReadOnlyList<AccountId> ids) => _database.Read(session =>
    {
        var accounts = new List<Account>(ids.Count);
        foreach (var id in ids)
        {
            if (ReadAccount(session, id) is { } account) accounts.Add(account);
        }
        return accounts;
    });

    /// <summary>Those accounts whose usernames, in lower case, are among <paramref name="usernameKeys"/>.</summary>
    public List<Account> FindAccounts(IReadOnlyList<string> usernameKeys) => _database.Read(session =>
    {
        var accounts = new List<Account>(usernameKeys.Count);
        foreach (var key in usernameKeys)
        {
            using var row = session.Query($"SELECT {AccountColumns} FROM accounts WHERE username_key = @key", key);
            if (row.Read()) accounts.Add(ReadAccount(row));
        }
        return accounts;
    });

    /// <summary>Which of both are taken already.</summary>
    public (bool Username, bool Email) AreTaken(string username, string email) =>
        _database.Read(session => AreTaken(session, username, email));

    /// <summary>
    /// Makes an account with a password, and the token asked for, unless its username or e-mail address is taken.
    /// </summary>
    /// <param name="token">The hash of the token asked for.</param>
    public ValueTask<NewAccount> CreateAccountAsync(
        CreateAccount request, PasswordHash password, SecretHash token, DateTimeOffset at,
        Action<NewAccount> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var taken = AreTaken(session, request.Username, request.Email);
            if (taken is not (false, false)) return new NewAccount(null, TakenErrors(taken), null);
            var id = LastId(session) + 1;
            Insert(session, id, request.Username, "", at);
            InsertLogin(session, id, request, password, at);
            var account = new Account(new AccountId(id), request.Username, "", "", Locked: false, Bot: false, at)
            {
                Role = id == 1 ? AccountRole.Owner : AccountRole.User,
                Standing = request.NeedsApproval && id > 1 ? Standing.Pending : Standing.Active,
                IsWaiting = request.NeedsApproval && id > 1,
            };
            session.Execute(
                "UPDATE accounts SET role = @role, standing = @standing, limits = @limits WHERE id = @id",
                (int)account.Role, (int)account.Standing, account.IsWaiting ? Waiting : 0, id);
            var first = request.Token is { } wanted
                ? InsertToken(
                    session, new CreateToken(wanted.AppId, account.Id, wanted.Scopes) { Ip = request.Ip }, token, at)
                : null;
            return new NewAccount(account, [], first);
        }, committed, ct);

    /// <summary>Changes what is not null; the account as it is then, or null when there is none.</summary>
    public ValueTask<Account?> ChangeAccountAsync(
        ChangeAccount request, Action<Account?> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (ReadAccount(session, request.Account) is not { } old) return null;
            var profile = request.Profile?.ApplyTo(old.Profile) ?? old.Profile;
            session.Execute(
                """
                UPDATE accounts SET display_name = coalesce(@displayName, display_name), note = coalesce(@note, note),
                  locked = coalesce(@locked, locked), bot = coalesce(@bot, bot), profile = @profile
                WHERE id = @id
                """, request.DisplayName, request.Note, Number(request.Locked), Number(request.Bot),
                ProfileJson.Write(profile), request.Account.Value);
            return ReadAccount(session, request.Account);
        }, committed, ct);

    /// <summary>Makes the drafts whose usernames are new, in one transaction; the ids of all, and the newest
    /// id.</summary>
    public ValueTask<(AccountId[] Ids, int Added)> ImportAsync(
        IReadOnlyList<AccountDraft> drafts, Action<(AccountId[] Ids, int Added)> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var ids = new AccountId[drafts.Count];
            var first = LastId(session) + 1;
            var next = first;
            for (var i = 0; i < ids.Length; i++)
            {
                var draft = drafts[i];
                var isNew = Insert(session, next, draft.Username, draft.DisplayName, draft.CreatedAt);
                ids[i] = new AccountId(isNew ? next++ : IdOf(session, AccountRules.UsernameKey(draft.Username)));
            }
            return (ids, next - first);
        }, committed, ct);

    public static List<FieldError> TakenErrors((bool Username, bool Email) taken)
    {
        var errors = new List<FieldError>();
        if (taken.Username) errors.Add(AccountRules.UsernameTaken);
        if (taken.Email) errors.Add(AccountRules.EmailTaken);
        return errors;
    }

    private static (bool Username, bool Email) AreTaken(SqlSession session, string username, string email) => (
        session.Number(IdByUsername, AccountRules.UsernameKey(username)) is not null,
        session.Number("SELECT account_id FROM logins WHERE email_key = @key", AccountRules.EmailKey(email))
            is not null);

    private static void InsertLogin(
        SqlSession session, int id, CreateAccount request, PasswordHash password, DateTimeOffset at) =>
        session.Execute(
            """
            INSERT INTO logins (account_id, email, email_key, password_hash, reason, ip, locale, app_id, joined_at)
            VALUES (@id, @email, @key, @hash, @reason, @ip, @locale, @app, @at)
            """,
            id, request.Email.Trim(), AccountRules.EmailKey(request.Email), password.ToString(),
            string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim(), request.Ip, request.Locale,
            request.Token?.AppId, at.ToUnixTimeMilliseconds());

    private static bool Insert(SqlSession session, int id, string username, string displayName, DateTimeOffset at) =>
        session.Execute(
            """
            INSERT INTO accounts (id, username, username_key, display_name, note, locked, bot, created_at)
            VALUES (@id, @username, @key, @displayName, '', 0, 0, @at)
            ON CONFLICT (username_key) DO NOTHING
            """,
            id, username, AccountRules.UsernameKey(username), displayName, at.ToUnixTimeMilliseconds()) == 1;

    private static int IdOf(SqlSession session, string usernameKey) =>
        (int)session.Number(IdByUsername, usernameKey)!.Value;

    // Only the writer makes accounts and none is ever removed, so the greatest id is also their number.
    private static int LastId(SqlSession session) => (int)(session.Number("SELECT max(id) FROM accounts") ?? 0);

    private static int? Number(bool? flag) => flag is { } value ? value ? 1 : 0 : null;

    private static string? NullableString(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    private static Account? ReadAccount(SqlSession session, AccountId id)
    {
        using var row = session.Query($"SELECT {AccountColumns} FROM accounts WHERE id = @id", id.Value);
        return row.Read() ? ReadAccount(row) : null;
    }

    private static Account ReadAccount(DbDataReader row) => new(
        new AccountId(row.GetInt32(0)), row.GetString(1), row.GetString(2), row.GetString(3),
        row.GetInt32(4) != 0, row.GetInt32(5) != 0, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)))
    {
        Profile = ProfileJson.Read(NullableString(row, 7), row.GetInt64(0)),
        Role = (AccountRole)row.GetInt32(8),
        Standing = (Standing)row.GetInt32(9),
        IsDisabled = (row.GetInt32(10) & Disabled) != 0,
        IsWaiting = (row.GetInt32(10) & Waiting) != 0,
        IsSilenced = (row.GetInt32(10) & Silenced) != 0,
        IsSensitized = (row.GetInt32(10) & Sensitized) != 0,
    };
}

/// <summary>An account with the token asked for; or why there is none.</summary>
internal readonly record struct NewAccount(Account? Account, IReadOnlyList<FieldError> Errors, Token? Token);
