using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Notifications;

/// <summary>
/// Verifies <c>notifications.db</c> while no server runs: the database, and that everybody whom it names exists.
/// </summary>
public static class NotificationsCheck
{
    private const string Place = NotificationsService.Name + ".db, notifications";

    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(
        DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null, CancellationToken ct = default) =>
        new SqlCheck(data, NotificationsService.Name, "Notifications", session => Look(session, accountExists, ct))
            .Run(repair);

    private static SqlLook Look(SqlSession session, Predicate<AccountId>? accountExists, CancellationToken ct)
    {
        var findings = new Findings();
        var unknown = new UnknownAccounts(accountExists);
        var count = 0L;
        using (var rows = session.Query("SELECT account, sender FROM notifications"))
        {
            while (rows.Read())
            {
                ct.ThrowIfCancellationRequested();
                count++;
                unknown.Look(new AccountId(rows.GetInt32(0)));
                unknown.Look(new AccountId(rows.GetInt32(1)));
            }
        }
        unknown.AddTo(findings, Place, "notifications");
        return new SqlLook([("notifications", count)], findings.All, null);
    }
}
