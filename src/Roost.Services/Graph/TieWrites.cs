namespace Roost.Services.Graph;

/// <summary>How blocks, mutes, notes and blocked domains are made and ended. Within a transaction; each says its
/// events.</summary>
internal static class TieWrites
{
    public static void Block(this GraphWork work, int a, int b)
    {
        if (!work.Insert("blocks", a, b))
            return;
        work.Say(GraphEventKind.Blocked, a, b);
        work.EndFollow(a, b);
        work.EndFollow(b, a);
    }

    public static void Unblock(this GraphWork work, int a, int b)
    {
        if (work.Delete("blocks", a, b))
            work.Say(GraphEventKind.Unblocked, a, b);
    }

    public static void Mute(this GraphWork work, Mute request)
    {
        var (a, b) = (request.Account.Value, request.Target.Value);
        work.EndOverMutes(a);
        var until = request.For is { } duration ? work.At + (long)duration.TotalMilliseconds : (long?)null;
        var changed = work.Sql.Execute(
            """
            INSERT INTO mutes (id, account, target, created_at, notifications, expires_at)
            VALUES (@id, @account, @target, @at, @notifications, @until)
            ON CONFLICT (account, target) DO UPDATE SET notifications = excluded.notifications,
              expires_at = excluded.expires_at
            WHERE mutes.notifications <> excluded.notifications
              OR mutes.expires_at IS DISTINCT FROM excluded.expires_at
            """, work.NextSeq, a, b, work.At, request.Notifications ? 1 : 0, until);
        if (changed > 0)
        {
            work.Say(
                GraphEventKind.Muted, a, b, new MuteTerms(
                    request.Notifications,
                    until is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null));
        }
    }

    public static void Unmute(this GraphWork work, int a, int b)
    {
        work.EndOverMutes(a);
        if (work.Delete("mutes", a, b))
            work.Say(GraphEventKind.Unmuted, a, b);
    }

    public static void SetNote(this GraphWork work, SetNote request)
    {
        var (a, b) = (request.Account.Value, request.Target.Value);
        var changed = request.Text.Length == 0
            ? work.Delete("notes", a, b)
            : work.Sql.Execute(
                """
                INSERT INTO notes (account, target, note) VALUES (@account, @target, @note)
                ON CONFLICT (account, target) DO UPDATE SET note = excluded.note
                WHERE notes.note <> excluded.note
                """, a, b, request.Text) > 0;
        if (changed)
            work.Say(GraphEventKind.NoteChanged, a, b, request.Text.Length > 0);
    }

    public static void BlockDomain(this GraphWork work, BlockDomain request)
    {
        var account = request.Account.Value;
        if (request.IsBlocked)
        {
            var id = work.NextSeq;
            var made = work.Sql.Execute(
                """
                INSERT INTO domain_blocks (id, account, domain, created_at) VALUES (@id, @account, @domain, @at)
                ON CONFLICT (account, domain) DO NOTHING
                """, id, account, request.Domain, work.At);
            if (made > 0)
                work.Say(GraphEventKind.DomainBlocked, account, id);
            return;
        }
        var found = work.Sql.Number(
            "SELECT id FROM domain_blocks WHERE account = @account AND domain = @domain", account, request.Domain);
        if (found is not { } blockId)
            return;
        work.Sql.Execute("DELETE FROM domain_blocks WHERE id = @id", blockId);
        work.Say(GraphEventKind.DomainUnblocked, account, blockId);
    }

    /// <summary>What has ended by itself is cleared away when its account changes its mutes.</summary>
    private static void EndOverMutes(this GraphWork work, int account)
    {
        var over = work.Numbers(
            "SELECT target FROM mutes WHERE account = @account AND expires_at <= @now", account, work.At);
        foreach (var target in over)
        {
            work.Delete("mutes", account, (int)target);
            work.Say(GraphEventKind.Unmuted, account, target);
        }
    }
}
