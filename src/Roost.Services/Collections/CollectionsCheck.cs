using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Collections;

/// <summary>Verifies <c>collections.db</c> while no server runs: the database, that every item is of a collection, and
/// that everybody whom it names exists.</summary>
public static class CollectionsCheck
{
    private const string Place = CollectionsService.Name + ".db";

    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null) =>
        new SqlCheck(data, CollectionsService.Name, "Collections", session => Look(session, accountExists)).Run(repair);

    private static SqlLook Look(SqlSession session, Predicate<AccountId>? accountExists)
    {
        var findings = new Findings();
        var unknown = new UnknownAccounts(accountExists);
        using (var rows = session.Query("SELECT account FROM collections UNION SELECT account FROM items"))
        {
            while (rows.Read()) unknown.Look(new AccountId(rows.GetInt32(0)));
        }
        unknown.AddTo(findings, Place, "collections");
        using (var rows = session.Query(
            "SELECT id, collection FROM items WHERE collection NOT IN (SELECT id FROM collections)"))
        {
            while (rows.Read())
            {
                findings.AddAlike(
                    FindingKind.Damage, Place, Place,
                    $"Item {rows.GetInt64(0)} is of collection {rows.GetInt64(1)}, which is not there.");
            }
        }
        var count = session.Number("SELECT COUNT(*) FROM collections") ?? 0;
        return new SqlLook([("collections", count)], findings.All, null);
    }
}
