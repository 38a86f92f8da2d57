using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.AnnualReports;

/// <summary>Verifies <c>annualreports.db</c> while no server runs: the database, that every report can be read, and
/// that everybody whom one is about exists.</summary>
public static class AnnualReportsCheck
{
    private const string Place = AnnualReportsService.Name + ".db";

    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null) =>
        new SqlCheck(data, AnnualReportsService.Name, "AnnualReports", session => Look(session, accountExists))
            .Run(repair);

    private static SqlLook Look(SqlSession session, Predicate<AccountId>? accountExists)
    {
        var findings = new Findings();
        var unknown = new UnknownAccounts(accountExists);
        var count = 0L;
        using (var rows = session.Query("SELECT account, year, data FROM reports"))
        {
            while (rows.Read())
            {
                count++;
                var account = new AccountId(rows.GetInt32(0));
                unknown.Look(account);
                if (rows.IsDBNull(2)) continue;
                try
                {
                    StoredReport.Read(account, rows.GetInt32(1), rows.GetString(2));
                }
                catch (ServiceException damage) when (damage.Code == ErrorCode.DataDamaged)
                {
                    findings.AddAlike(FindingKind.Damage, Place, Place, damage.Detail ?? damage.Message);
                }
            }
        }
        unknown.AddTo(findings, Place, "annual reports");
        return new SqlLook([("reports", count)], findings.All, null);
    }
}
