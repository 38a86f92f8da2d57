using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Community;

internal sealed partial class CommunityStore
{
    private const string SelectWarning =
        "SELECT id, account_id, target_id, action, text, post_ids, is_told, created_at FROM warnings";

    public ValueTask<AccountWarning> WarnAsync(WarnAccount request, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var report = request.Report == 0 ? null : Find(session, request.Report);
            var posts = report?.Target == request.Target ? report.Posts : [];
            var warning = new AccountWarning(
                NewestWarning(session) + 1, request.Account, request.Target, request.Action, request.Text.Trim(), posts,
                request.IsTold, at);
            session.Execute(
                """
                INSERT INTO warnings (id, account_id, target_id, action, text, post_ids, is_told, created_at)
                VALUES (@id, @account, @target, @action, @text, @posts, @told, @at)
                """,
                warning.Id, warning.Account.Value, warning.Target.Value, warning.Action, warning.Text,
                string.Join(' ', warning.Posts), warning.IsTold ? 1 : 0, at.ToUnixTimeMilliseconds());
            return warning;
        }, cancellation: ct);

    public long NewestWarning() => _database.Read(NewestWarning);

    public AccountWarning? ReadWarning(long id) => _database.Read(session =>
    {
        using var row = session.Query($"{SelectWarning} WHERE id = @id", id);
        return row.Read() ? WarningOf(row) : null;
    });

    public AccountWarning? ReadLastWarning(GetLastWarning request) => _database.Read(session =>
    {
        using var row = session.Query(
            $"""
            {SelectWarning} WHERE target_id = @target AND action = @action AND is_told = 1 ORDER BY id DESC LIMIT 1
            """, request.Target.Value, request.Action);
        return row.Read() ? WarningOf(row) : null;
    });

    private static long NewestWarning(SqlSession session) => session.Number("SELECT max(id) FROM warnings") ?? 0;

    private static AccountWarning WarningOf(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), new AccountId(row.GetInt32(2)), row.GetString(3),
        row.GetString(4), PostsOf(row.GetString(5)), row.GetInt32(6) != 0,
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)));
}
