using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Filters;

/// <summary>Verifies <c>filters.db</c> while no server runs: the database, and that every filter's account
/// exists.</summary>
public static class FiltersCheck
{
    private const string Place = FiltersService.Name + ".db, filters";

    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null) =>
        new SqlCheck(data, FiltersService.Name, "Filters", session => Look(session, accountExists)).Run(repair);

    private static SqlLook Look(SqlSession session, Predicate<AccountId>? accountExists)
    {
        var findings = new Findings();
        var unknown = new UnknownAccounts(accountExists);
        var filters = FilterStore.Read(session);
        foreach (var filter in filters)
            unknown.Look(filter.Account);
        unknown.AddTo(findings, Place, "filters");
        return new SqlLook([("filters", filters.Count)], findings.All, null);
    }
}
