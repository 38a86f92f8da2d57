using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.AnnualReports;

/// <summary>The AnnualReports service's SQL.</summary>
internal sealed class AnnualReportsStore(SqlDatabase database)
{
    /// <summary>Null where none was asked for.</summary>
    public AnnualReportState? StateOf(AccountId account, int year) => database.Read<AnnualReportState?>(session =>
    {
        using var row = session.Query(
            "SELECT CASE WHEN data IS NULL THEN 0 ELSE 1 END FROM reports WHERE account = @account AND year = @year",
            account.Value, year);
        return !row.Read() ? null
            : row.GetInt64(0) != 0 ? AnnualReportState.Available
            : AnnualReportState.Generating;
    });

    public AnnualReport? Get(AccountId account, int year) => database.Read(session =>
    {
        using var row = session.Query(
            "SELECT data FROM reports WHERE account = @account AND year = @year AND data IS NOT NULL", account.Value,
            year);
        return row.Read() ? StoredReport.Read(account, year, row.GetString(0)) : null;
    });

    public IReadOnlyList<AnnualReport> Unread(AccountId account) => database.Read(session =>
    {
        var all = new List<AnnualReport>();
        using var rows = session.Query(
            """
            SELECT year, data FROM reports WHERE account = @account AND data IS NOT NULL AND is_read = 0
            ORDER BY year DESC
            """, account.Value);
        while (rows.Read()) all.Add(StoredReport.Read(account, rows.GetInt32(0), rows.GetString(1)));
        return all;
    });

    /// <summary>Those asked for and not made, the first asked for first.</summary>
    public List<(AccountId Account, int Year)> ToMake(int limit) => database.Read(session =>
    {
        var all = new List<(AccountId, int)>();
        using var rows = session.Query(
            "SELECT account, year FROM reports WHERE data IS NULL ORDER BY asked_at LIMIT @limit", limit);
        while (rows.Read()) all.Add((new AccountId(rows.GetInt32(0)), rows.GetInt32(1)));
        return all;
    });

    public ValueTask<bool> AskAsync(MakeReport request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session => session.Execute(
            """
            INSERT INTO reports (account, year, data, asked_at, is_read) VALUES (@account, @year, NULL, @at, 0)
            ON CONFLICT (account, year) DO NOTHING
            """, request.Account.Value, request.Year, at.ToUnixTimeMilliseconds()) > 0, cancellation: ct);

    /// <summary>Does nothing for an account that was erased meanwhile.</summary>
    public ValueTask<bool> KeepAsync(AnnualReport report, CancellationToken ct) => database.WriteAsync(
        session => session.Execute(
            "UPDATE reports SET data = @data WHERE account = @account AND year = @year", StoredReport.Write(report),
            report.Account.Value, report.Year) > 0, cancellation: ct);

    public ValueTask<bool> MarkReadAsync(MarkReportRead request, CancellationToken ct) => database.WriteAsync(
        session => session.Execute(
            "UPDATE reports SET is_read = 1 WHERE account = @account AND year = @year AND data IS NOT NULL",
            request.Account.Value, request.Year) > 0, cancellation: ct);

    public ValueTask<bool> EraseAsync(AccountId account, CancellationToken ct) => database.WriteAsync(
        session => session.Execute("DELETE FROM reports WHERE account = @account", account.Value) > 0,
        cancellation: ct);
}
