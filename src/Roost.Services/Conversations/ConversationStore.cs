using System.Data.Common;
using System.Globalization;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Conversations;

/// <summary>The Conversations service's SQL, as it is read.</summary>
internal sealed class ConversationStore(SqlDatabase database)
{
    private const string Select = "SELECT id, others, last_post, unread FROM conversations";

    public uint UpTo() => (uint)database.Read(session => session.Number("SELECT up_to FROM progress")!.Value);

    public ConversationPage List(ListConversations request) => database.Read(session =>
    {
        var (account, range) = request;
        using var rows = range.Oldest
            ? session.Query(
                $"""
                {Select} WHERE account = @account AND last_post > @after AND last_post < @before
                ORDER BY last_post LIMIT @limit
                """, account.Value, range.After.Value, Before(range), range.Limit + 1)
            : session.Query(
                $"""
                {Select} WHERE account = @account AND last_post > @after AND last_post < @before
                ORDER BY last_post DESC LIMIT @limit
                """, account.Value, range.After.Value, Before(range), range.Limit + 1);
        var found = new List<Conversation>();
        while (rows.Read()) found.Add(ConversationOf(rows));
        var (page, hasOlder) = Cut(found, range);
        return new ConversationPage(page, hasOlder);
    });

    public DirectPage Direct(ListDirect request) => database.Read(session =>
    {
        var (account, range) = request;
        using var rows = range.Oldest
            ? session.Query(
                """
                SELECT post FROM conversation_posts WHERE account = @account AND post > @after AND post < @before
                ORDER BY post LIMIT @limit
                """, account.Value, range.After.Value, Before(range), range.Limit + 1)
            : session.Query(
                """
                SELECT post FROM conversation_posts WHERE account = @account AND post > @after AND post < @before
                ORDER BY post DESC LIMIT @limit
                """, account.Value, range.After.Value, Before(range), range.Limit + 1);
        var found = new List<PostId>();
        while (rows.Read()) found.Add(new PostId(rows.GetInt64(0)));
        var (page, hasOlder) = Cut(found, range);
        return new DirectPage(page, hasOlder);
    });

    public Conversation? Of(GetConversationOf request) => database.Read(session =>
    {
        using var row = session.Query(
            $"""
            {Select} WHERE id = (
              SELECT conversation FROM conversation_posts WHERE account = @account AND post = @post)
            """, request.Account.Value, request.Post.Value);
        return row.Read() ? ConversationOf(row) : null;
    });

    public ValueTask<Conversation?> ReadAsync(ReadConversation request, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            session.Execute(
                "UPDATE conversations SET unread = 0 WHERE id = @id AND account = @account", request.Id,
                request.Account.Value);
            using var row = session.Query(
                $"{Select} WHERE id = @id AND account = @account", request.Id, request.Account.Value);
            return row.Read() ? ConversationOf(row) : null;
        }, cancellation: ct);

    public ValueTask<bool> EndAsync(EndConversation request, CancellationToken ct) => database.WriteAsync(session =>
    {
        session.Execute(
            "DELETE FROM conversation_posts WHERE conversation = @id AND account = @account", request.Id,
            request.Account.Value);
        return session.Execute(
            "DELETE FROM conversations WHERE id = @id AND account = @account", request.Id, request.Account.Value) > 0;
    }, cancellation: ct);

    public ValueTask<bool> WriteAsync(Action<ConversationWrites> write, uint upTo, CancellationToken ct) =>
        database.WriteAsync(session =>
        {
            write(new ConversationWrites(session));
            session.Execute("UPDATE progress SET up_to = @upTo", (long)upTo);
            return true;
        }, cancellation: ct);

    private static long Before(DirectRange range) => range.Before.IsNone ? long.MaxValue : range.Before.Value;

    /// <summary>One more than the page was asked for, to know whether there is more.</summary>
    private static (List<T> Page, bool HasOlder) Cut<T>(List<T> found, DirectRange range)
    {
        var hasMore = found.Count > range.Limit;
        if (hasMore) found.RemoveAt(found.Count - 1);
        if (!range.Oldest) return (found, hasMore);
        found.Reverse();
        return (found, found.Count > 0);
    }

    private static Conversation ConversationOf(DbDataReader row) => new(
        row.GetInt64(0),
        [.. row.GetString(1).Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => new AccountId(int.Parse(text, CultureInfo.InvariantCulture)))],
        new PostId(row.GetInt64(2)), row.GetInt32(3) != 0);
}
