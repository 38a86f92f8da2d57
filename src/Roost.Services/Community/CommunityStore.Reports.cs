using System.Data.Common;
using System.Globalization;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Community;

internal sealed partial class CommunityStore
{
    private const string SelectReport =
        """
        SELECT id, account_id, target_id, category, comment, post_ids, rule_ids, created_at, updated_at, assigned_id,
          resolved_at, resolved_by FROM reports
        """;

    public ValueTask<Report> AddReportAsync(FileReport request, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var id = (session.Number("SELECT max(id) FROM reports") ?? 0) + 1;
            session.Execute(
                """
                INSERT INTO reports (id, account_id, target_id, category, comment, post_ids, rule_ids, created_at,
                  updated_at)
                VALUES (@id, @account, @target, @category, @comment, @posts, @rules, @at, @at)
                """,
                id, request.Account.Value, request.Target.Value, request.Category, request.Comment,
                string.Join(' ', request.Posts), string.Join(' ', request.RuleIds), at.ToUnixTimeMilliseconds());
            return Find(session, id)!;
        }, cancellation: ct);

    public Report? ReadReport(long id) => _database.Read(session => Find(session, id));

    public IReadOnlyList<Report> ReadReports(ListReports request) => _database.Read(session =>
    {
        var all = new List<Report>();
        using var rows = session.Query(
            $"""
            {SelectReport} WHERE (resolved_at IS NOT NULL) = (@resolved = 1)
              AND (@account = 0 OR account_id = @account) AND (@target = 0 OR target_id = @target)
              AND (@before = 0 OR id < @before) AND id > @after
            ORDER BY id DESC LIMIT @limit
            """, request.Resolved ? 1 : 0, request.Account.Value, request.Target.Value, request.Before, request.After,
            request.Limit);
        while (rows.Read()) all.Add(ReportOf(rows));
        return all;
    });

    public ValueTask<Report?> ChangeReportAsync(ChangeReport request, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (Find(session, request.Id) is not { } old || (request.OnlyOpen && old.ResolvedAt is not null))
                return null;
            var assigned = request.Assign ?? old.Assigned;
            var (resolvedAt, resolvedBy) = request.IsResolved switch
            {
                null => (old.ResolvedAt, old.ResolvedBy),
                true => (at, request.Resolve),
                false => (null, default),
            };
            session.Execute(
                """
                UPDATE reports SET assigned_id = @assigned, resolved_at = @resolvedAt, resolved_by = @resolvedBy,
                  category = @category, rule_ids = @rules, updated_at = @at
                WHERE id = @id
                """,
                Nullable(assigned), resolvedAt?.ToUnixTimeMilliseconds(), Nullable(resolvedBy),
                request.Category ?? old.Category, string.Join(' ', request.RuleIds ?? old.RuleIds),
                at.ToUnixTimeMilliseconds(), old.Id);
            return Find(session, old.Id);
        }, cancellation: ct);

    public ReportCounts[] CountReports(CountReports request) => _database.Read<ReportCounts[]>(session =>
    {
        var days = Math.Clamp(request.Last.DayNumber - request.First.DayNumber + 1, 0, 366);
        return
        [
            .. Enumerable.Range(0, days).Select(day =>
            {
                var from = new DateTimeOffset(
                    request.First.AddDays(day).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeMilliseconds();
                var to = from + 24 * 3600 * 1000L;
                return new ReportCounts(
                    (int)(session.Number(
                        "SELECT count(*) FROM reports WHERE created_at >= @from AND created_at < @to", from, to) ?? 0),
                    (int)(session.Number(
                        "SELECT count(*) FROM reports WHERE resolved_at >= @from AND resolved_at < @to", from, to)
                        ?? 0));
            }),
        ];
    });

    private static Report? Find(SqlSession session, long id)
    {
        using var row = session.Query($"{SelectReport} WHERE id = @id", id);
        return row.Read() ? ReportOf(row) : null;
    }

    private static int? Nullable(AccountId account) => account.IsNone ? null : account.Value;

    private static Report ReportOf(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), new AccountId(row.GetInt32(2)), row.GetString(3),
        row.GetString(4),
        PostsOf(row.GetString(5)), Words(row.GetString(6)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)), AccountOf(row, 9), TimeOf(row, 10),
        AccountOf(row, 11));

    private static AccountId AccountOf(DbDataReader row, int column) =>
        row.IsDBNull(column) ? default : new AccountId(row.GetInt32(column));

    private static PostId[] PostsOf(string text) =>
        [.. Words(text).Select(id => new PostId(long.Parse(id, CultureInfo.InvariantCulture)))];

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
