using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Media;

/// <summary>The Media service's SQL.</summary>
internal sealed class MediaStore(SqlDatabase database)
{
    private const int Waiting = 1;
    private const int Used = 2;

    private const string Select =
        """
        SELECT id, account, purpose, state, kind, file_key, type, width, height, bytes, small_type, small_width,
          small_height, small_bytes, blurhash, description, focus_x, focus_y, post FROM media
        """;

    /// <summary>Adds a picture whose files are on disk; the reply has its id.</summary>
    public ValueTask<MediaItem> AddAsync(MediaItem item, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            session.Execute("UPDATE media_numbers SET last = last + 1");
            var id = session.Number("SELECT last FROM media_numbers")!.Value;
            session.Execute(
                """
                INSERT INTO media (id, account, purpose, state, kind, file_key, type, width, height, bytes, small_type,
                  small_width, small_height, small_bytes, blurhash, description, focus_x, focus_y, created_at)
                VALUES (@id, @account, @purpose, @state, @kind, @key, @type, @width, @height, @bytes, @smallType,
                  @smallWidth, @smallHeight, @smallBytes, @blurhash, @description, @focusX, @focusY, @at)
                """,
                id, item.Account.Value, (int)item.Purpose, item.IsUsed ? Used : Waiting, (int)item.Kind, item.FileKey,
                item.Original.Type, item.Original.Width, item.Original.Height, item.Original.Bytes, item.Small.Type,
                item.Small.Width, item.Small.Height, item.Small.Bytes, item.BlurHash, item.Description, item.FocusX,
                item.FocusY, at.ToUnixTimeMilliseconds());
            return item with { Id = id };
        }, cancellation: ct);

    public MediaItem?[] Get(IReadOnlyList<long> ids) => database.Read(session =>
    {
        var items = new MediaItem?[ids.Count];
        for (var i = 0; i < items.Length; i++) items[i] = Find(session, ids[i]);
        return items;
    });

    public MediaItem? FindByKey(string key) => database.Read(session =>
    {
        using var row = session.Query($"{Select} WHERE file_key = @key", key);
        return row.Read() ? ItemOf(row) : null;
    });

    public ValueTask<MediaItem?> DescribeAsync(
        DescribeMedia request, Action<MediaItem?> committed, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            if (Own(session, request.Account, request.Id) is not { } item) return null;
            item = item with
            {
                Description = request.Description ?? item.Description,
                FocusX = request.FocusX ?? item.FocusX,
                FocusY = request.FocusY ?? item.FocusY,
            };
            session.Execute(
                "UPDATE media SET description = @description, focus_x = @x, focus_y = @y WHERE id = @id",
                item.Description, item.FocusX, item.FocusY, item.Id);
            return item;
        }, committed, ct);

    /// <summary>All or none.</summary>
    public ValueTask<MediaItem[]?> UseAsync(UseMedia request, CancellationToken ct) => database.WriteAsync(session =>
    {
        var items = new MediaItem[request.Ids.Count];
        for (var i = 0; i < items.Length; i++)
        {
            if (Own(session, request.Account, request.Ids[i]) is not { Purpose: MediaPurpose.Attachment } item)
                return null;
            if (item.IsUsed && (item.Post.IsNone || item.Post != request.Of)
                && !(request.Again && item.Post.IsNone) && !(request.TakesHeld && IsHeld(session, item.Id)))
            {
                return null;
            }
            items[i] = item with { IsUsed = true };
        }
        foreach (var id in request.Ids)
        {
            session.Execute(
                "UPDATE media SET state = 2, held = @held WHERE id = @id",
                request.Holds || request.TakesHeld ? 1 : 0, id);
        }
        return items;
    }, cancellation: ct);

    public ValueTask<bool> FreeAsync(FreeMedia request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            foreach (var id in request.Ids)
            {
                session.Execute(
                    """
                    UPDATE media SET state = 1, held = 0, created_at = @at
                    WHERE id = @id AND purpose = 1 AND post IS NULL
                    """, at.ToUnixTimeMilliseconds(), id);
            }
            return true;
        }, cancellation: ct);

    /// <summary>The reply has the keys of files that nothing names any more.</summary>
    public ValueTask<List<string>> SettleAsync(SettleMedia request, DateTimeOffset at, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var removed = new List<string>();
            foreach (var fate in request.Fates) Settle(session, fate, at.ToUnixTimeMilliseconds(), removed);
            if (request.FreeOthers)
            {
                session.Execute(
                    """
                    UPDATE media SET state = 1, created_at = @at
                    WHERE state = 2 AND purpose = 1 AND post IS NULL AND held = 0
                    """, at.ToUnixTimeMilliseconds());
            }
            session.Execute("UPDATE media_settled SET up_to = @upTo", (long)request.UpTo);
            return removed;
        }, cancellation: ct);

    public uint Settled() => (uint)database.Read(session => session.Number("SELECT up_to FROM media_settled")!.Value);

    private static void Settle(SqlSession session, in MediaFate fate, long at, List<string> removed)
    {
        var post = fate.Post.Value;
        switch (fate.Kind)
        {
            case MediaFateKind.Shown:
                foreach (var id in fate.Ids)
                {
                    session.Execute(
                        """
                        UPDATE media SET state = 2, held = 0, post = @post
                        WHERE id = @id AND purpose = 1 AND post IS NULL
                        """, post, id);
                }
                break;
            case MediaFateKind.Freed:
                session.Execute(
                    "UPDATE media SET state = 1, post = NULL, created_at = @at WHERE post = @post", at, post);
                break;
            case MediaFateKind.Removed:
                using (var rows = session.Query("DELETE FROM media WHERE post = @post RETURNING file_key", post))
                {
                    while (rows.Read()) removed.Add(rows.GetString(0));
                }
                break;
        }
    }

    /// <summary>Removes the row; the reply has it, for its files to be removed.</summary>
    public ValueTask<(DeleteMediaReply Reply, MediaItem? Item)> DeleteAsync(
        DeleteMedia request, CancellationToken ct) => database.WriteAsync(session =>
        {
            if (Own(session, request.Account, request.Id) is not { } item) return (DeleteMediaReply.NotFound, null);
            if (item.IsUsed && !(request.OfProfile && item.Purpose != MediaPurpose.Attachment))
                return (DeleteMediaReply.InUse, null);
            session.Execute("DELETE FROM media WHERE id = @id", request.Id);
            return (DeleteMediaReply.Deleted, (MediaItem?)item);
        }, cancellation: ct);

    /// <summary>Removes what has waited since before <paramref name="before"/>; the reply has the keys of the
    /// files.</summary>
    public ValueTask<List<string>> RemoveUnusedAsync(DateTimeOffset before, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            var keys = new List<string>();
            using var rows = session.Query(
                "DELETE FROM media WHERE state = 1 AND created_at < @before RETURNING file_key",
                before.ToUnixTimeMilliseconds());
            while (rows.Read()) keys.Add(rows.GetString(0));
            return keys;
        }, cancellation: ct);

    private static bool IsHeld(SqlSession session, long id) =>
        session.Number("SELECT held FROM media WHERE id = @id AND post IS NULL", id) == 1;

    private static MediaItem? Own(SqlSession session, AccountId account, long id) =>
        Find(session, id) is { } item && item.Account == account ? item : null;

    private static MediaItem? Find(SqlSession session, long id)
    {
        using var row = session.Query($"{Select} WHERE id = @id", id);
        return row.Read() ? ItemOf(row) : null;
    }

    private static MediaItem ItemOf(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), (MediaPurpose)row.GetInt32(2), (MediaKind)row.GetInt32(4),
        row.GetString(5), new MediaSize(row.GetString(6), row.GetInt32(7), row.GetInt32(8), row.GetInt64(9)),
        new MediaSize(row.GetString(10), row.GetInt32(11), row.GetInt32(12), row.GetInt64(13)),
        row.GetString(14), row.GetString(15), row.GetDouble(16), row.GetDouble(17), row.GetInt32(3) == Used)
    {
        Post = row.IsDBNull(18) ? default : new PostId(row.GetInt64(18)),
    };
}
