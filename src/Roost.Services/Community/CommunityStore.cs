using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Community;

/// <summary>The Community service's SQL: emojis, announcements and the audit here, the rest in the files
/// beside.</summary>
internal sealed partial class CommunityStore(SqlDatabase database)
{
    private const string AnnouncementColumns = "id, text, starts_at, ends_at, all_day, published_at";

    private readonly SqlDatabase _database = database;

    public List<CustomEmoji> ReadEmojis() => _database.Read(EmojisOf);

    /// <param name="committed">Gets all that there are then.</param>
    public async ValueTask<CustomEmoji> AddEmojiAsync(
        CustomEmoji emoji, DateTimeOffset at, Action<List<CustomEmoji>> committed, CancellationToken ct)
    {
        await _database.WriteAsync(session =>
        {
            Add(session, emoji, at);
            return EmojisOf(session);
        }, committed, ct);
        return emoji;
    }

    /// <param name="committed">Gets all that there are then.</param>
    public async ValueTask<CustomEmoji?> RemoveEmojiAsync(
        string shortcode, Action<List<CustomEmoji>> committed, CancellationToken ct) =>
        (await _database.WriteAsync(
            session => (Removed: Remove(session, shortcode), All: EmojisOf(session)), emojis => committed(emojis.All),
            ct)).Removed;

    private static List<CustomEmoji> EmojisOf(SqlSession session)
    {
        var emojis = new List<CustomEmoji>();
        using var rows = session.Query(
            "SELECT shortcode, category, file_key, extension, static_extension, media_id FROM emojis");
        while (rows.Read()) emojis.Add(EmojiOf(rows));
        return emojis;
    }

    private static void Add(SqlSession session, CustomEmoji emoji, DateTimeOffset at)
    {
        var added = session.Execute(
            """
            INSERT INTO emojis (shortcode, category, file_key, extension, static_extension, media_id, created_at)
            VALUES (@shortcode, @category, @key, @extension, @static, @media, @at) ON CONFLICT (shortcode) DO NOTHING
            """,
            emoji.Shortcode, emoji.Category, emoji.FileKey, emoji.Extension, emoji.StaticExtension, emoji.MediaId,
            at.ToUnixTimeMilliseconds());
        if (added != 1)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"There is an emoji :{emoji.Shortcode}: already; remove it first.");
        }
    }

    private static CustomEmoji? Remove(SqlSession session, string shortcode)
    {
        using var row = session.Query(
            """
            DELETE FROM emojis WHERE shortcode = @shortcode
            RETURNING shortcode, category, file_key, extension, static_extension, media_id
            """, shortcode);
        return row.Read() ? EmojiOf(row) : null;
    }

    public IReadOnlyList<Announcement> ReadAnnouncements(GetAnnouncements request, DateTimeOffset now) =>
        _database.Read(session =>
        {
            var all = new List<Announcement>();
            using (var rows = session.Query(
                $"""
                SELECT {AnnouncementColumns}, CASE WHEN EXISTS (SELECT 1 FROM announcement_reads r
                  WHERE r.announcement_id = announcements.id AND r.account_id = @viewer) THEN 1 ELSE 0 END AS is_read
                FROM announcements
                WHERE @all = 1 OR ((starts_at IS NULL OR starts_at <= @now) AND (ends_at IS NULL OR ends_at > @now))
                ORDER BY id DESC
                """, request.Viewer.Value, request.All ? 1 : 0, now.ToUnixTimeMilliseconds()))
            {
                while (rows.Read()) all.Add(AnnouncementOf(rows, rows.GetInt64(6) != 0));
            }
            return all.ConvertAll(
                one => one with { Reactions = ReactionsOf(session, one.Id, request.Viewer) });
        });

    public ValueTask<Announcement> AddAnnouncementAsync(
        AddAnnouncement request, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var id = (session.Number("SELECT max(id) FROM announcements") ?? 0) + 1;
            session.Execute(
                """
                INSERT INTO announcements (id, text, starts_at, ends_at, all_day, published_at)
                VALUES (@id, @text, @starts, @ends, @allDay, @at)
                """,
                id, request.Text.Trim(), request.StartsAt?.ToUnixTimeMilliseconds(),
                request.EndsAt?.ToUnixTimeMilliseconds(), request.IsAllDay ? 1 : 0, at.ToUnixTimeMilliseconds());
            return new Announcement(
                id, request.Text.Trim(), request.StartsAt, request.EndsAt, request.IsAllDay, at, false, []);
        }, cancellation: ct);

    public ValueTask<bool> RemoveAnnouncementAsync(long id, CancellationToken ct) => _database.WriteAsync(
        session => session.Execute("DELETE FROM announcements WHERE id = @id", id) == 1, cancellation: ct);

    public int CountReactions(long id, string name) => (int)_database.Read(session => session.Number(
        "SELECT count(*) FROM announcement_reactions WHERE announcement_id = @id AND name = @name", id, name) ?? 0);

    public ValueTask<bool> DismissAsync(DismissAnnouncement request, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (!IsThere(session, request.Id)) return false;
            session.Execute(
                """
                INSERT INTO announcement_reads (announcement_id, account_id) VALUES (@id, @account)
                ON CONFLICT DO NOTHING
                """, request.Id, request.Account.Value);
            return true;
        }, cancellation: ct);

    public ValueTask<bool> ReactAsync(ReactToAnnouncement request, int max, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            if (!IsThere(session, request.Id)) return false;
            if (!request.IsOn)
            {
                session.Execute(
                    """
                    DELETE FROM announcement_reactions
                    WHERE announcement_id = @id AND name = @name AND account_id = @account
                    """, request.Id, request.Name, request.Account.Value);
                return true;
            }
            var others = session.Number(
                """
                SELECT count(DISTINCT name) FROM announcement_reactions WHERE announcement_id = @id AND name <> @name
                """, request.Id, request.Name);
            if (others >= max)
            {
                throw new ServiceException(
                    ErrorCode.Invalid, "Validation failed: Limit of different reactions reached");
            }
            session.Execute(
                """
                INSERT INTO announcement_reactions (announcement_id, name, account_id) VALUES (@id, @name, @account)
                ON CONFLICT DO NOTHING
                """, request.Id, request.Name, request.Account.Value);
            return true;
        }, cancellation: ct);

    public ValueTask<long> NoteAsync(NoteAction request, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var id = (session.Number("SELECT max(id) FROM audit") ?? 0) + 1;
            session.Execute(
                "INSERT INTO audit (id, at, account_id, action, target) VALUES (@id, @at, @account, @action, @target)",
                id, at.ToUnixTimeMilliseconds(), request.Account.Value, request.Action, request.Target);
            return id;
        }, cancellation: ct);

    public IReadOnlyList<NotedAction> ReadActions(ListActions request) => _database.Read(session =>
    {
        var all = new List<NotedAction>();
        using var rows = session.Query(
            """
            SELECT id, at, account_id, action, target FROM audit WHERE @before = 0 OR id < @before
            ORDER BY id DESC LIMIT @limit
            """, request.Before, request.Limit);
        while (rows.Read())
        {
            all.Add(new NotedAction(
                rows.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1)),
                new AccountId(rows.GetInt32(2)), rows.GetString(3), rows.GetString(4)));
        }
        return all;
    });

    public ValueTask<bool> ReviewAsync(ReviewTrend request, CancellationToken ct) => _database.WriteAsync(
        session => session.Execute(
            """
            INSERT INTO trend_reviews (kind, trend, is_allowed) VALUES (@kind, @trend, @allowed)
            ON CONFLICT (kind, trend) DO UPDATE SET is_allowed = excluded.is_allowed
            """, request.Kind, request.Trend, request.IsAllowed ? 1 : 0) == 1, cancellation: ct);

    public IReadOnlyList<TrendReview> ReadReviews(string kind) => _database.Read(session =>
    {
        var all = new List<TrendReview>();
        using var rows = session.Query("SELECT trend, is_allowed FROM trend_reviews WHERE kind = @kind", kind);
        while (rows.Read()) all.Add(new TrendReview(rows.GetString(0), rows.GetInt64(1) != 0));
        return all;
    });

    private static List<Reaction> ReactionsOf(SqlSession session, long id, AccountId viewer)
    {
        var reactions = new List<Reaction>();
        using var rows = session.Query(
            """
            SELECT name, count(*), max(CASE WHEN account_id = @viewer THEN 1 ELSE 0 END)
            FROM announcement_reactions WHERE announcement_id = @id GROUP BY name ORDER BY name
            """, viewer.Value, id);
        while (rows.Read()) reactions.Add(new Reaction(rows.GetString(0), rows.GetInt32(1), rows.GetInt64(2) != 0));
        return reactions;
    }

    private static bool IsThere(SqlSession session, long announcement) =>
        session.Number("SELECT id FROM announcements WHERE id = @id", announcement) is not null;

    private static CustomEmoji EmojiOf(DbDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetString(2), row.GetString(3),
        row.GetString(4), row.GetInt64(5));

    private static Announcement AnnouncementOf(DbDataReader row, bool isRead) => new(
        row.GetInt64(0), row.GetString(1), TimeOf(row, 2), TimeOf(row, 3), row.GetInt32(4) != 0,
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)), isRead, []);

    private static DateTimeOffset? TimeOf(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
