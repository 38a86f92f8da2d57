using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Notifications;

/// <summary>How far accounts have read.</summary>
internal sealed class MarkerStore(SqlDatabase database, TimeProvider time)
{
    public Marker?[] Get(GetMarkers request) => database.Read(session =>
        request.Timelines.Select(timeline => Read(session, request.Account, timeline)).ToArray());

    public long LastRead(AccountId account) => database.Read(session =>
        Read(session, account, MarkedTimeline.Notifications)?.LastReadId ?? 0);

    public ValueTask<Marker> SetAsync(SetMarker request, CancellationToken ct) => database.WriteAsync(
        session =>
        {
            // One that lies further back changes nothing: two clients race, and the one that has read more is right.
            session.Execute(
                """
                INSERT INTO markers (account, timeline, last_read_id, version, updated_at)
                VALUES (@account, @timeline, @id, 0, @at)
                ON CONFLICT (account, timeline) DO UPDATE SET last_read_id = excluded.last_read_id,
                  version = markers.version + 1, updated_at = excluded.updated_at
                WHERE excluded.last_read_id > markers.last_read_id
                """, request.Account.Value, (int)request.Timeline, request.LastReadId,
                time.GetUtcNow().ToUnixTimeMilliseconds());
            return Read(session, request.Account, request.Timeline)!;
        }, cancellation: ct);

    private static Marker? Read(SqlSession session, AccountId account, MarkedTimeline timeline)
    {
        using var row = session.Query(
            """
            SELECT last_read_id, version, updated_at FROM markers WHERE account = @account AND timeline = @timeline
            """, account.Value, (int)timeline);
        return row.Read()
            ? new Marker(row.GetInt64(0), row.GetInt32(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)))
            : null;
    }
}
