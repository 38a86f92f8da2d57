using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Users;

/// <summary>
/// Verifies <c>users.db</c> while no server runs: the file itself with all its indexes and references, that account
/// ids have no gaps, that the keys by which people are found fit their names, and that every password hash can be
/// read.
/// </summary>
/// <remarks>Reads everything: some 5 s per million accounts.</remarks>
public static class UsersCheck
{
    private const string File = UsersService.Name + ".db";
    private const int ExamplesMax = 10;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static IReadOnlyList<Finding> Run(DataDirectory data) => SqlCheck.Run(data, File, Check);

    /// <summary>Rebuilds the indexes and the keys. Says what it did, one line each.</summary>
    public static IReadOnlyList<string> Repair(DataDirectory data) => SqlCheck.Repair(data, File, "Users", RebuildKeys);

    private static IEnumerable<Finding> Check(SqlSession session) =>
        [.. CheckIds(session), .. CheckKeys(session).Take(ExamplesMax), .. CheckPasswords(session).Take(ExamplesMax)];

    private static IEnumerable<Finding> CheckIds(SqlSession session)
    {
        var count = session.Number("SELECT count(*) FROM accounts") ?? 0;
        var first = session.Number("SELECT min(id) FROM accounts") ?? 1;
        var last = session.Number("SELECT max(id) FROM accounts") ?? 0;
        if (first == 1 && last == count) yield break;
        yield return new Finding($"{File}, accounts",
            $"There are {count} accounts with ids from {first} to {last}: they must be numbered from 1 without gaps.",
            CanRepair: false);
    }

    private static IEnumerable<Finding> CheckKeys(SqlSession session)
    {
        using var rows = session.Query("SELECT id, username, username_key FROM accounts ORDER BY id");
        while (rows.Read())
        {
            var (username, key) = (rows.GetString(1), rows.GetString(2));
            if (key == AccountRules.UsernameKey(username)) continue;
            yield return new Finding($"{File}, accounts, id {rows.GetInt32(0)}",
                $"The account {username} is found as '{key}'.", CanRepair: true);
        }
    }

    private static IEnumerable<Finding> CheckPasswords(SqlSession session)
    {
        using var rows = session.Query("SELECT account_id, password_hash FROM logins ORDER BY account_id");
        while (rows.Read())
        {
            if (CanRead(rows.GetString(1))) continue;
            yield return new Finding($"{File}, logins, account {rows.GetInt32(0)}",
                "The password hash cannot be read: the account cannot sign in until it is given a new password.",
                CanRepair: false);
        }
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

    private static IEnumerable<string> RebuildKeys(SqlSession session)
    {
        // Usernames are ASCII, so SQL's lower() is AccountRules.UsernameKey.
        var rebuilt = session.Execute("UPDATE accounts SET username_key = lower(username) WHERE username_key <> "
            + "lower(username)");
        return rebuilt == 0 ? [] : [$"The keys of {rebuilt} usernames were made anew."];
    }
}
