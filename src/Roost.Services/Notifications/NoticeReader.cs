using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Services.Notifications;

/// <summary>
/// Reads what accounts were told, without what is by those whom they block, are blocked by, or mute with their
/// notifications; pages are filled up. Thread-safe.
/// </summary>
internal sealed class NoticeReader(SqlDatabase database, GraphApi graph, StaffPeers? staff)
{
    /// <summary>Largest page.</summary>
    public const int LimitMax = 80;

    private const string Columns = "id, account, kind, sender, post, at, bucket, filtered, source";

    private const string Down =
        $"""
        SELECT {Columns} FROM notifications WHERE account = @account AND id < @before AND id > @after
          AND (@kinds & (1 << CAST(kind AS INTEGER))) <> 0 AND (@sender = 0 OR sender = @sender)
          AND filtered <= @filtered
        ORDER BY id DESC LIMIT @limit
        """;

    private const string Up =
        $"""
        SELECT {Columns} FROM notifications WHERE account = @account AND id < @before AND id > @after
          AND (@kinds & (1 << CAST(kind AS INTEGER))) <> 0 AND (@sender = 0 OR sender = @sender)
          AND filtered <= @filtered
        ORDER BY id LIMIT @limit
        """;

    public async ValueTask<NoticePage> ListAsync(ListNotices request, Call call)
    {
        Require(request.Range, LimitMax);
        var items = new List<Notice>(request.Range.Limit);
        var isWhole = true;
        await foreach (var notice in WalkAsync(request.Account, request.Range, request.Choice, call))
        {
            if (items.Count == request.Range.Limit)
            {
                isWhole = false;
                break;
            }
            items.Add(notice);
        }
        if (request.Range.Ascending)
            items.Reverse();
        return new NoticePage(items, request.Range.Ascending ? items.Count > 0 : !isWhole);
    }

    /// <summary>All in a range, in the order in which it is read.</summary>
    /// <param name="range">Its limit is about how many are wanted, not a bound.</param>
    public async IAsyncEnumerable<Notice> WalkAsync(
        AccountId account, NoticeRange range, NoticeChoice choice, Call call)
    {
        // One more than a page tells whether there is more.
        var limit = range.Limit + 1;
        while (true)
        {
            var rows = await AttachAsync(Read(account, range with { Limit = limit }, choice), call);
            var ties = await graph.Relationships(
                new GetRelationships(account, rows.ConvertAll(row => row.Sender)), call);
            for (var i = 0; i < rows.Count; i++)
            {
                if (!NoticePolicies.IsUnwanted(ties[i]))
                    yield return rows[i];
            }
            if (rows.Count < limit)
                yield break;
            range = range.Ascending ? range with { After = rows[^1].Id } : range with { Before = rows[^1].Id };
        }
    }

    public async ValueTask<Notice?> GetAsync(GetNotice request, Call call)
    {
        var found = database.Read(session =>
        {
            using var row = session.Query(
                $"SELECT {Columns} FROM notifications WHERE id = @id AND account = @account", request.Id,
                request.Account.Value);
            return All(row);
        });
        return (await AttachAsync(found, call)).SingleOrDefault();
    }

    /// <summary>Whatever was told to anybody after an id, in order.</summary>
    public ValueTask<List<Notice>> ReadFeedAsync(long after, int limit, Call call) => AttachAsync(
        database.Read(session =>
        {
            using var rows = session.Query(
                $"SELECT {Columns} FROM notifications WHERE id > @after ORDER BY id LIMIT @limit", after, limit);
            return All(rows);
        }), call);

    /// <summary>The newest id that was given.</summary>
    public long Newest() => database.Read(session =>
        session.Number("SELECT last FROM numbers WHERE name = 'notifications'") ?? 0);

    /// <summary>Those of a group, newest first; and how many there are in all.</summary>
    public (List<Notice> Newest, int Count) ReadGroup(AccountId account, GroupKey key, int limit) =>
        database.Read(session =>
        {
            // About a post they are found by it, else among the account's own.
            var where = key.PostSeq == 0
                ? "account = @account AND kind = @kind AND bucket = @bucket AND @post = 0"
                : "account = @account AND kind = @kind AND bucket = @bucket AND post = @post";
            var order = key.PostSeq == 0 ? "id" : "source";
            object?[] values = [account.Value, (int)key.Kind, key.Bucket, (long)key.PostSeq];
            var count = session.Number($"SELECT count(*) FROM notifications WHERE {where}", values) ?? 0;
            using var rows = session.Query(
                $"SELECT {Columns} FROM notifications WHERE {where} ORDER BY {order} DESC LIMIT @limit",
                [.. values, limit]);
            return (All(rows), (int)count);
        });

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: out of bounds.</exception>
    public static void Require(NoticeRange range, int limitMax)
    {
        if (range.Limit < 1 || range.Limit > limitMax)
            throw new ServiceException(ErrorCode.Invalid, $"A page has 1 to {limitMax} items, not {range.Limit}.");
        if (range.Before < 0 || range.After < 0)
            throw new ServiceException(ErrorCode.Invalid, "The ids to page by are not negative.");
    }

    /// <summary>With what those of the staff and by it are about.</summary>
    private async ValueTask<List<Notice>> AttachAsync(List<Notice> notices, Call call)
    {
        for (var i = 0; staff is not null && i < notices.Count; i++)
        {
            if (notices[i].Kind == NoticeKind.Report)
            {
                var report = await staff.Community.Report(new GetReport(notices[i].Source), call);
                notices[i] = notices[i] with { Report = report };
            }
            else if (notices[i].Kind == NoticeKind.Warning)
            {
                var warning = await staff.Community.Warning(new GetWarning(notices[i].Source), call);
                notices[i] = notices[i] with { Warning = warning };
            }
            else if (notices[i].Kind == NoticeKind.SignUp)
            {
                var records = await staff.Moderation.Look(new LookAtAccounts([notices[i].Sender]), call);
                notices[i] = notices[i] with { Newcomer = records[0]?.Account };
            }
        }
        return notices;
    }

    private List<Notice> Read(AccountId account, NoticeRange range, NoticeChoice choice) => database.Read(session =>
    {
        using var rows = session.Query(
            range.Ascending ? Up : Down, account.Value, range.Before == 0 ? long.MaxValue : range.Before, range.After,
            choice.Kinds.Bits, choice.Sender.Value, choice.WithFiltered ? 1 : 0, range.Limit);
        return All(rows);
    });

    private static List<Notice> All(DbDataReader rows)
    {
        var notices = new List<Notice>();
        while (rows.Read())
            notices.Add(NoticeOf(rows));
        return notices;
    }

    private static Notice NoticeOf(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), (NoticeKind)row.GetInt32(2), new AccountId(row.GetInt32(3)),
        (uint)row.GetInt64(4), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)), row.GetInt32(6),
        row.GetInt32(7) != 0)
    {
        Source = row.GetInt64(8),
    };
}
