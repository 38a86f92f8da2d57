using Roost.Services.Storage;

namespace Roost.Services.Notifications;

/// <summary>
/// Writes what the feeds' events come to: the steps of a batch and the feed's new checkpoint in one transaction, so
/// that
/// a crash neither loses nor doubles any. Only the last piece of a very large batch moves the checkpoint; what of it
/// was
/// written is known by its source and passed over when it comes again.
/// </summary>
/// <remarks>
/// An account keeps the newest <see cref="NotificationsOptions.KeptOfKind"/> of each kind: a flood of favourites does
/// not
/// push a mention out. It is looked at again after every <see cref="NotificationsOptions.TrimEvery"/> that it is told.
/// Cost: some 15 µs a notification.
/// </remarks>
internal sealed class NoticeWriter(SqlDatabase database, NotificationsOptions options, Bell bell)
{
    /// <summary>As long as a group may span, as Mastodon has it.</summary>
    private const int GroupHours = 12;

    private const int StepsPerCommit = 4_096;
    private const int RememberedMax = 65_536;

    // Both belong to the database's writer. They only save look-ups: after a rollback they may know too much, which
    // makes a group or a trim begin at another moment and nothing worse.
    private readonly Dictionary<int, int> _counts = [];
    private readonly Dictionary<(int Account, NoticeKind Kind, uint Post), int> _buckets = [];

    /// <summary>Writes a batch; the reply is how many notifications are new.</summary>
    public async ValueTask<int> WriteAsync(
        string feed, IReadOnlyList<NoticeStep> steps, long checkpoint, CancellationToken ct)
    {
        var told = 0;
        for (var done = 0; ; done += StepsPerCommit)
        {
            var (from, to) = (done, Math.Min(done + StepsPerCommit, steps.Count));
            var isLast = to == steps.Count;
            var now = await database.WriteAsync(
                session =>
                {
                    var count = Write(session, steps, from, to);
                    if (isLast)
                        Checkpoints.Set(session, feed, checkpoint);
                    return count;
                },
                count =>
                {
                    if (count > 0)
                        bell.Ring();
                }, ct);
            told += now;
            if (isLast)
                return told;
        }
    }

    private int Write(SqlSession session, IReadOnlyList<NoticeStep> steps, int from, int to)
    {
        var first = session.Number("SELECT last FROM numbers WHERE name = 'notifications'")!.Value;
        var last = first;
        for (var i = from; i < to; i++)
        {
            var step = steps[i];
            if (step.Action != NoticeAction.Tell)
                Take(session, step);
            else if (Tell(session, step, last + 1))
                last++;
        }
        if (last > first)
            session.Execute("UPDATE numbers SET last = @last WHERE name = 'notifications'", last);
        return (int)(last - first);
    }

    private bool Tell(SqlSession session, in NoticeStep step, long id)
    {
        var (account, kind, post) = (step.Account.Value, (int)step.Kind, (long)step.PostSeq);
        if (step.Kind is NoticeKind.Edit or NoticeKind.QuotedEdit)
        {
            // The newest edit only.
            session.Execute(
                """
                DELETE FROM notifications WHERE post = @post AND kind = @kind AND account = @account
                  AND source < @source
                """, post, kind, account, step.Source);
        }
        var bucket = step.IsFiltered || !NoticeKinds.Groupable.Has(step.Kind) ? 0 : Bucket(session, step);
        var added = session.Execute(
            """
            INSERT INTO notifications (id, account, kind, sender, post, source, at, bucket, filtered)
            VALUES (@id, @account, @kind, @sender, @post, @source, @at, @bucket, @filtered)
            ON CONFLICT (post, kind, source, account) DO NOTHING
            """, id, account, kind, step.Sender.Value, post, step.Source, step.At, bucket, step.IsFiltered ? 1 : 0);
        if (added == 0)
            return false;
        if (step.IsFiltered && step.Kind == NoticeKind.Mention)
            RequestWrites.Note(session, account, step.Sender.Value, step.At);
        Count(session, account);
        return true;
    }

    /// <summary>The hour that names the group: of the newest notification like it, unless that began too long
    /// ago.</summary>
    private int Bucket(SqlSession session, in NoticeStep step)
    {
        var key = (step.Account.Value, step.Kind, step.PostSeq);
        var hour = (int)(step.At / 3_600_000);
        if (!_buckets.TryGetValue(key, out var bucket))
        {
            if (_buckets.Count >= RememberedMax)
                _buckets.Clear();
            bucket = (int)((step.PostSeq == 0
                ? session.Number(
                    """
                    SELECT bucket FROM notifications WHERE account = @account AND kind = @kind AND bucket > 0
                    ORDER BY id DESC LIMIT 1
                    """, step.Account.Value, (int)step.Kind)
                : session.Number(
                    """
                    SELECT bucket FROM notifications WHERE post = @post AND kind = @kind AND account = @account
                      AND bucket > 0
                    ORDER BY source DESC LIMIT 1
                    """, (long)step.PostSeq, (int)step.Kind, step.Account.Value)) ?? 0);
        }
        if (hour >= bucket + GroupHours)
            bucket = hour;
        _buckets[key] = bucket;
        return bucket;
    }

    private static void Take(SqlSession session, in NoticeStep step)
    {
        var (account, sender, post) = (step.Account.Value, step.Sender.Value, (long)step.PostSeq);
        switch (step.Action)
        {
            case NoticeAction.TakePost:
                session.Execute("DELETE FROM notifications WHERE post = @post", post);
                break;
            case NoticeAction.TakeSource:
                session.Execute(
                    "DELETE FROM notifications WHERE post = @post AND source = @source", post, step.Source);
                break;
            case NoticeAction.TakeKind:
                session.Execute(
                    "DELETE FROM notifications WHERE account = @account AND kind = @kind AND sender = @sender",
                    account, (int)step.Kind, sender);
                break;
            case NoticeAction.TakeSender:
                session.Execute(
                    "DELETE FROM notifications WHERE account = @account AND sender = @sender AND at <= @upTo",
                    account, sender, step.At);
                if (session.Number(
                    """
                    SELECT id FROM notifications WHERE account = @account AND sender = @sender AND filtered = 1 LIMIT 1
                    """, account, sender) is null)
                {
                    RequestWrites.End(session, account, sender);
                }
                break;
        }
    }

    private void Count(SqlSession session, int account)
    {
        if (!_counts.TryGetValue(account, out var count))
        {
            if (_counts.Count >= RememberedMax)
                _counts.Clear();
            // Untrimmed may be all beyond what one kind may have.
            var all = session.Number("SELECT count(*) FROM notifications WHERE account = @account", account) ?? 0;
            count = (int)Math.Max(0, all - options.KeptOfKind);
        }
        if (++count >= options.TrimEvery)
        {
            Trim(session, account);
            count = 0;
        }
        _counts[account] = count;
    }

    private void Trim(SqlSession session, int account)
    {
        var kinds = new List<int>();
        using (var rows = session.Query(
            "SELECT kind FROM notifications WHERE account = @account GROUP BY kind HAVING count(*) > @kept", account,
            options.KeptOfKind))
        {
            while (rows.Read())
                kinds.Add(rows.GetInt32(0));
        }
        foreach (var kind in kinds)
        {
            session.Execute(
                """
                DELETE FROM notifications WHERE account = @account AND kind = @kind AND id < (
                  SELECT min(id) FROM (
                    SELECT id FROM notifications WHERE account = @account AND kind = @kind ORDER BY id DESC
                    LIMIT @kept) AS newest)
                """, account, kind, options.KeptOfKind);
        }
    }
}
