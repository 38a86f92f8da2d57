using System.Data.Common;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Community;

internal sealed partial class CommunityStore
{
    private const string SelectBlock =
        "SELECT id, kind, value, severity, comment, public_comment, flags, created_at, expires_at FROM blocks";

    public IReadOnlyList<CommunityBlock> ReadBlocks(ListBlocks request, DateTimeOffset now) => _database.Read(session =>
    {
        var all = new List<CommunityBlock>();
        using var rows = session.Query(
            $"""
            {SelectBlock} WHERE kind = @kind AND (@id = 0 OR id = @id)
              AND (CAST(@value AS TEXT) IS NULL OR value = @value)
              AND (@before = 0 OR id < @before) AND id > @after AND (expires_at IS NULL OR expires_at > @now)
            ORDER BY id DESC LIMIT @limit
            """, (int)request.Kind, request.Id, request.Value, request.Before, request.After,
            now.ToUnixTimeMilliseconds(), request.Limit);
        while (rows.Read()) all.Add(BlockOf(rows));
        return all;
    });

    public ValueTask<CommunityBlock> PutBlockAsync(CommunityBlock block, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            session.Execute(
                "DELETE FROM blocks WHERE expires_at <= @now AND id <> @id", at.ToUnixTimeMilliseconds(), block.Id);
            var same = session.Number(
                "SELECT id FROM blocks WHERE kind = @kind AND value = @value", (int)block.Kind, block.Value);
            if (same is not null && same != block.Id)
                throw new ServiceException(ErrorCode.Conflict, $"{block.Value} is there already.");
            return block.Id == 0 ? Insert(session, block, at) : Update(session, block);
        }, cancellation: ct);

    public ValueTask<CommunityBlock?> RemoveBlockAsync(RemoveBlock request, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var found = FindBlock(session, request.Kind, request.Id);
            if (found is not null) session.Execute("DELETE FROM blocks WHERE id = @id", request.Id);
            return found;
        }, cancellation: ct);

    private static CommunityBlock Insert(SqlSession session, CommunityBlock block, DateTimeOffset at)
    {
        var id = (session.Number("SELECT max(id) FROM blocks") ?? 0) + 1;
        session.Execute(
            """
            INSERT INTO blocks (id, kind, value, severity, comment, public_comment, flags, created_at, expires_at)
            VALUES (@id, @kind, @value, @severity, @comment, @public, @flags, @at, @expires)
            """,
            id, (int)block.Kind, block.Value, block.Severity, block.Comment, block.PublicComment, block.Flags,
            at.ToUnixTimeMilliseconds(), block.ExpiresAt?.ToUnixTimeMilliseconds());
        return block with { Id = id, CreatedAt = at };
    }

    private static CommunityBlock Update(SqlSession session, CommunityBlock block)
    {
        session.Execute(
            """
            UPDATE blocks SET value = @value, severity = @severity, comment = @comment, public_comment = @public,
              flags = @flags, expires_at = @expires
            WHERE kind = @kind AND id = @id
            """,
            block.Value, block.Severity, block.Comment, block.PublicComment, block.Flags,
            block.ExpiresAt?.ToUnixTimeMilliseconds(), (int)block.Kind, block.Id);
        return FindBlock(session, block.Kind, block.Id)
            ?? throw new ServiceException(ErrorCode.NotFound, "Record not found");
    }

    private static CommunityBlock? FindBlock(SqlSession session, BlockKind kind, long id)
    {
        using var row = session.Query($"{SelectBlock} WHERE kind = @kind AND id = @id", (int)kind, id);
        return row.Read() ? BlockOf(row) : null;
    }

    private static CommunityBlock BlockOf(DbDataReader row) => new(
        row.GetInt64(0), (BlockKind)row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetString(4),
        row.GetString(5), row.GetInt32(6), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)), TimeOf(row, 8));
}
