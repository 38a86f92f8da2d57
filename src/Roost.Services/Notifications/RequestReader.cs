using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Notifications;

/// <summary>Reads and answers the requests of those whom a policy keeps back. One of which nothing is kept back any
/// more
/// is not there.</summary>
internal sealed class RequestReader(SqlDatabase database)
{
    private const int AnsweredMax = 40;

    // Of a request: its mentions that are kept back, how many and the newest one's post.
    private const string Select =
        """
        SELECT * FROM (
          SELECT id, sender, created_at, updated_at,
            (SELECT count(*) FROM notifications AS n WHERE n.account = requests.account AND n.sender = requests.sender
              AND n.filtered = 1 AND n.kind IN (1, 7)) AS mentions,
            (SELECT n.post FROM notifications AS n WHERE n.account = requests.account AND n.sender = requests.sender
              AND n.filtered = 1 AND n.kind IN (1, 7) ORDER BY n.id DESC LIMIT 1) AS post
          FROM requests WHERE account = @account AND id < @before AND id > @after) AS kept
        WHERE mentions > 0
        """;

    public RequestPage List(ListRequests request)
    {
        NoticeReader.Require(request.Range, NoticeReader.LimitMax);
        var range = request.Range;
        return database.Read(session =>
        {
            using var rows = session.Query(
                $"{Select} ORDER BY id {(range.Ascending ? "" : "DESC")} LIMIT @limit", request.Account.Value,
                range.Before == 0 ? long.MaxValue : range.Before, range.After, range.Limit + 1);
            var items = new List<NoticeRequest>();
            while (rows.Read())
                items.Add(RequestOf(rows));
            var isMore = items.Count > range.Limit;
            if (isMore)
                items.RemoveAt(range.Limit);
            if (range.Ascending)
                items.Reverse();
            return new RequestPage(items, range.Ascending ? items.Count > 0 : isMore);
        });
    }

    public NoticeRequest? Get(GetRequest request) => database.Read(session =>
    {
        using var row = session.Query(Select, request.Account.Value, request.Id + 1, request.Id - 1);
        return row.Read() ? RequestOf(row) : null;
    });

    public (int Requests, int Mentions) Count(AccountId account) => database.Read(session =>
    {
        using var row = session.Query(
            $"SELECT count(*), coalesce(sum(mentions), 0) FROM ({Select}) AS counted", account.Value, long.MaxValue, 0);
        row.Read();
        return (row.GetInt32(0), row.GetInt32(1));
    });

    public ValueTask<int> AnswerAsync(AnswerRequests request, Bell bell, CancellationToken ct)
    {
        if (request.Ids.Count > AnsweredMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"That are {request.Ids.Count} requests; answer {AnsweredMax} at a time.");
        }
        var account = request.Account.Value;
        return database.WriteAsync(
            session =>
            {
                var answered = 0;
                foreach (var id in request.Ids)
                {
                    var sender = session.Number(
                        "SELECT sender FROM requests WHERE id = @id AND account = @account", id, account);
                    if (sender is null)
                        continue;
                    answered++;
                    if (request.IsAccepted)
                        RequestWrites.Accept(session, account, (int)sender);
                    else
                        RequestWrites.Dismiss(session, account, (int)sender);
                }
                return answered;
            }, _ => bell.Ring(), ct);
    }

    private static NoticeRequest RequestOf(DbDataReader row) => new(
        row.GetInt64(0), new AccountId(row.GetInt32(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.GetInt32(4), (uint)row.GetInt64(5));
}
