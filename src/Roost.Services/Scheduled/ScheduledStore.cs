using System.Data.Common;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Scheduled;

/// <summary>The Scheduled service's SQL.</summary>
internal sealed class ScheduledStore(SqlDatabase database)
{
    private const string Select = "SELECT id, account, at, draft, state FROM scheduled";

    public ScheduledPost? Get(GetScheduled request) => database.Read(session => Own(session, request));

    /// <summary>The one that an account sent with this key, if it still waits.</summary>
    public ScheduledPost? FindByKey(AccountId account, string key) => database.Read(session =>
        One(session.Query($"{Select} WHERE account = @account AND client_key = @key", account.Value, key)));

    public ScheduledPage List(ListScheduled request) => database.Read(session =>
    {
        var (account, before, after, oldest, limit) = request;
        if (before == 0) before = long.MaxValue;
        using var rows = oldest
            ? session.Query(
                $"{Select} WHERE account = @account AND id > @after AND id < @before ORDER BY id LIMIT @limit",
                account.Value, after, before, limit + 1)
            : session.Query(
                $"{Select} WHERE account = @account AND id > @after AND id < @before ORDER BY id DESC LIMIT @limit",
                account.Value, after, before, limit + 1);
        var posts = new List<ScheduledPost>();
        while (rows.Read()) posts.Add(Of(rows));
        var hasMore = posts.Count > limit;
        if (hasMore) posts.RemoveAt(limit);
        if (oldest) posts.Reverse();
        return new ScheduledPage(posts, oldest ? posts.Count > 0 : hasMore);
    });

    public ValueTask<ScheduledPost> AddAsync(SchedulePost request, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            RequireRoom(session, request.Account, request.At, except: 0);
            session.Execute("UPDATE scheduled_numbers SET last = last + 1");
            var id = session.Number("SELECT last FROM scheduled_numbers")!.Value;
            session.Execute(
                """
                INSERT INTO scheduled (id, account, at, state, client_key, draft)
                VALUES (@id, @account, @at, 1, @key, @draft)
                """, id, request.Account.Value, request.At.ToUnixTimeMilliseconds(), request.Key,
                JsonSerializer.Serialize(request.Draft, ScheduledJson.Default.ScheduledDraft));
            return Own(session, new GetScheduled(request.Account, id))!;
        }, cancellation: ct);

    /// <summary>Not while it is being posted.</summary>
    public ValueTask<ScheduledPost?> MoveAsync(Reschedule request, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            RequireRoom(session, request.Account, request.At, request.Id);
            session.Execute(
                "UPDATE scheduled SET at = @at, state = 1 WHERE id = @id AND account = @account AND state <> 2",
                request.At.ToUnixTimeMilliseconds(), request.Id, request.Account.Value);
            return Own(session, new GetScheduled(request.Account, request.Id));
        }, cancellation: ct);

    /// <summary>Takes one away that is not being posted; the reply is what it was.</summary>
    public ValueTask<ScheduledPost?> CancelAsync(CancelScheduled request, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var post = Own(session, new GetScheduled(request.Account, request.Id));
            var isGone = session.Execute(
                "DELETE FROM scheduled WHERE id = @id AND account = @account AND state <> 2", request.Id,
                request.Account.Value) > 0;
            return isGone ? post : null;
        }, cancellation: ct);

    /// <summary>Those whose time has come, and whether posting them was begun before.</summary>
    public List<(ScheduledPost Post, bool IsBegun)> Due(DateTimeOffset now, int limit) => database.Read(session =>
    {
        using var rows = session.Query(
            $"{Select} WHERE at <= @now AND state < 3 ORDER BY at LIMIT @limit", now.ToUnixTimeMilliseconds(), limit);
        var due = new List<(ScheduledPost, bool)>();
        while (rows.Read()) due.Add((Of(rows), rows.GetInt32(4) == 2));
        return due;
    });

    /// <summary>Whether there is one to be posted at some time.</summary>
    public bool AnyWaits() => database.Read(session =>
        session.Number("SELECT 1 FROM scheduled WHERE state < 3 LIMIT 1") is not null);

    /// <summary>False: it was moved or ended meanwhile.</summary>
    public ValueTask<bool> BeginAsync(ScheduledPost post, CancellationToken ct) => database.WriteAsync(session =>
        session.Execute(
            "UPDATE scheduled SET state = 2 WHERE id = @id AND at = @at AND state < 3", post.Id,
            post.At.ToUnixTimeMilliseconds()) > 0, cancellation: ct);

    public ValueTask<bool> RefuseAsync(long id, CancellationToken ct) => database.WriteAsync(
        session => session.Execute("UPDATE scheduled SET state = 3 WHERE id = @id", id) > 0, cancellation: ct);

    public ValueTask<bool> EndAsync(long id, CancellationToken ct) => database.WriteAsync(
        session => session.Execute("DELETE FROM scheduled WHERE id = @id", id) > 0, cancellation: ct);

    private static void RequireRoom(SqlSession session, AccountId account, DateTimeOffset at, long except)
    {
        var all = session.Number(
            "SELECT COUNT(*) FROM scheduled WHERE account = @account AND id <> @except", account.Value, except);
        if (all >= SchedulePost.WaitingMax)
            throw Refusal($"You have exceeded the limit of {SchedulePost.WaitingMax} scheduled posts");
        var day = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
        var thatDay = session.Number(
            """
            SELECT COUNT(*) FROM scheduled WHERE account = @account AND id <> @except AND at >= @from AND at < @to
            """, account.Value, except, day.ToUnixTimeMilliseconds(), day.AddDays(1).ToUnixTimeMilliseconds());
        if (thatDay >= SchedulePost.WaitingPerDayMax)
            throw Refusal(
                $"You have exceeded the limit of {SchedulePost.WaitingPerDayMax} scheduled posts for that day");
    }

    private static ServiceException Refusal(string why) => new(ErrorCode.Invalid, $"Validation failed: {why}");

    private static ScheduledPost? Own(SqlSession session, GetScheduled request) => One(session.Query(
        $"{Select} WHERE id = @id AND account = @account", request.Id, request.Account.Value));

    private static ScheduledPost? One(DbDataReader rows)
    {
        using (rows)
            return rows.Read() ? Of(rows) : null;
    }

    private static ScheduledPost Of(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
        JsonSerializer.Deserialize(row.GetString(3), ScheduledJson.Default.ScheduledDraft)!, row.GetInt32(4) == 3);
}
