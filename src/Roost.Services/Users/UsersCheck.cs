using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Users;

/// <summary>
/// Verifies <c>users.db</c> while no server runs: the file itself with all its tables, indexes and references, that
/// account ids have no gaps, that the keys by which people are found fit their names, and that every password hash can
/// be read. Repairs indexes and keys.
/// </summary>
/// <remarks>Reads everything: some 5 s per million accounts.</remarks>
public sealed class UsersCheck
{
    private const string File = UsersService.Name + ".db";

    private readonly Findings _findings = new();
    private readonly List<(long Id, string Key)> _usernameKeys = [];
    private readonly List<(long Id, string Key)> _emailKeys = [];
    private readonly KnownAccounts _known = new();
    private readonly CancellationToken _ct;
    private long _accounts;
    private long _logins;

    private UsersCheck(CancellationToken ct) => _ct = ct;

    /// <summary>Checks, and mends when asked.</summary>
    /// <returns>Accounts is null when they could not be read.</returns>
    /// <exception cref="ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static (CheckReport Report, KnownAccounts? Accounts) Run(
        DataDirectory data, bool repair, CancellationToken ct = default)
    {
        KnownAccounts? known = null;
        var report = new SqlCheck(data, UsersService.Name, "Users", Look).Run(repair);
        return (report, known);

        SqlLook Look(SqlSession session)
        {
            var check = new UsersCheck(ct);
            var look = check.Look(session);
            known = check._known;
            return look;
        }
    }

    private SqlLook Look(SqlSession session)
    {
        LookAtAccounts(session);
        LookAtLogins(session);
        var apps = session.Number("SELECT count(*) FROM apps") ?? 0;
        var tokens = session.Number("SELECT count(*) FROM tokens") ?? 0;
        return new SqlLook(
            [("accounts", _accounts), ("logins", _logins), ("apps", apps), ("tokens", tokens)], _findings.All,
            _usernameKeys.Count + _emailKeys.Count > 0 ? MendKeys : null);
    }

    private void LookAtAccounts(SqlSession session)
    {
        var next = 1L;
        using var rows = session.Query(
            "SELECT id, username, username_key, profile, standing FROM accounts ORDER BY id");
        while (rows.Read())
        {
            _ct.ThrowIfCancellationRequested();
            _accounts++;
            var (id, username, key) = (rows.GetInt64(0), rows.GetString(1), rows.GetString(2));
            if (id is < 1 or > int.MaxValue)
            {
                AddAlike(FindingKind.Damage, "accounts", $"The account {username} has the id {id}, which is none.");
                continue;
            }
            if (id > next)
            {
                AddAlike(
                    FindingKind.Damage, "accounts",
                    (id == next + 1 ? $"The account {next} is" : $"The accounts {next} to {id - 1} are")
                    + " missing: accounts are numbered 1, 2, 3, … without gaps.");
            }
            next = id + 1;
            _known.Add((int)id);
            var isFree = key == AccountRules.NoKey(id) && rows.GetInt32(4) == (int)Standing.Deleted;
            if (!isFree) LookAtName(id, username, key);
            if (!rows.IsDBNull(3)) LookAtProfile(id, rows.GetString(3));
        }
    }

    private void LookAtName(long id, string username, string key)
    {
        if (AccountRules.CheckUsername(username) is { } error)
        {
            AddAlike(
                FindingKind.Damage, "usernames", $"The account {id} has a name that is none: {error.Description}.");
            return;
        }
        if (key == AccountRules.UsernameKey(username)) return;
        AddAlike(FindingKind.Repairable, "usernames", $"The account {username} ({id}) is found as '{key}'.");
        _usernameKeys.Add((id, AccountRules.UsernameKey(username)));
    }

    private void LookAtProfile(long id, string profile)
    {
        try
        {
            ProfileJson.Read(profile, id);
        }
        catch (ServiceException exception) when (exception.Code == ErrorCode.DataDamaged)
        {
            AddAlike(FindingKind.Damage, "profiles", exception.Detail ?? exception.Message);
        }
    }

    private void LookAtLogins(SqlSession session)
    {
        using var rows = session.Query(
            "SELECT account_id, email, email_key, password_hash FROM logins ORDER BY account_id");
        while (rows.Read())
        {
            _ct.ThrowIfCancellationRequested();
            _logins++;
            var id = rows.GetInt64(0);
            var email = rows.IsDBNull(1) ? null : rows.GetString(1);
            var key = rows.IsDBNull(2) ? null : rows.GetString(2);
            if (email is not null && key != AccountRules.EmailKey(email))
            {
                AddAlike(
                    FindingKind.Repairable, "e-mail addresses",
                    $"The e-mail address of account {id} is not found by what it is.");
                _emailKeys.Add((id, AccountRules.EmailKey(email)));
            }
            if (CanRead(rows.GetString(3))) continue;
            AddAlike(
                FindingKind.Damage, "passwords",
                $"The password hash of account {id} cannot be read: nobody can sign in to it until `roost accounts "
                + "set-password` gives it a new password.");
        }
    }

    /// <summary>In two steps, for keys are unique: what is to be the key of one may yet be the wrong key of
    /// another.</summary>
    private IReadOnlyList<string> MendKeys(SqlSession session)
    {
        const string SetUsernameKey = "UPDATE accounts SET username_key = @key WHERE id = @id";
        const string SetEmailKey = "UPDATE logins SET email_key = @key WHERE account_id = @id";
        foreach (var (id, _) in _usernameKeys) session.Execute(SetUsernameKey, AccountRules.NoKey(id), id);
        foreach (var (id, _) in _emailKeys) session.Execute(SetEmailKey, AccountRules.NoKey(id), id);
        foreach (var (id, key) in _usernameKeys) session.Execute(SetUsernameKey, key, id);
        foreach (var (id, key) in _emailKeys) session.Execute(SetEmailKey, key, id);
        return
        [
            $"The keys of {_usernameKeys.Count} usernames and {_emailKeys.Count} e-mail addresses were made again.",
        ];
    }

    private static bool CanRead(string hash)
    {
        try
        {
            PasswordHash.Parse(hash);
            return true;
        }
        catch (ServiceException exception) when (exception.Code == ErrorCode.DataDamaged)
        {
            return false;
        }
    }

    private void AddAlike(FindingKind kind, string sort, string what) =>
        _findings.AddAlike(kind, $"{File}, {sort}", $"{File}, {sort}", what);
}
