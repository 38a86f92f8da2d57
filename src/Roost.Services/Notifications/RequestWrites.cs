using Roost.Services.Storage;

namespace Roost.Services.Notifications;

/// <summary>How requests of kept-back senders come and go. Within a transaction.</summary>
internal static class RequestWrites
{
    /// <summary>Somebody who is kept back has mentioned the account.</summary>
    public static void Note(SqlSession session, int account, int sender, long at)
    {
        var changed = session.Execute(
            "UPDATE requests SET updated_at = @at WHERE account = @account AND sender = @sender", at, account, sender);
        if (changed > 0)
            return;
        session.Execute("UPDATE numbers SET last = last + 1 WHERE name = 'requests'");
        session.Execute(
            """
            INSERT INTO requests (id, account, sender, created_at, updated_at)
            SELECT last, @account, @sender, @at, @at FROM numbers WHERE name = 'requests'
            """, account, sender, at);
    }

    public static void End(SqlSession session, int account, int sender) => session.Execute(
        "DELETE FROM requests WHERE account = @account AND sender = @sender", account, sender);

    /// <summary>What was kept back is told, and nothing will be kept back of this sender any more.</summary>
    public static void Accept(SqlSession session, int account, int sender)
    {
        session.Execute(
            """
            INSERT INTO permissions (account, sender) VALUES (@account, @sender)
            ON CONFLICT (account, sender) DO NOTHING
            """, account, sender);
        session.Execute(
            "UPDATE notifications SET filtered = 0 WHERE account = @account AND sender = @sender AND filtered = 1",
            account, sender);
        End(session, account, sender);
    }

    public static void Dismiss(SqlSession session, int account, int sender)
    {
        session.Execute(
            "DELETE FROM notifications WHERE account = @account AND sender = @sender AND filtered = 1", account,
            sender);
        End(session, account, sender);
    }

    public static bool IsPermitted(SqlSession session, int account, int sender) => session.Number(
        "SELECT 1 FROM permissions WHERE account = @account AND sender = @sender", account, sender) is not null;
}
