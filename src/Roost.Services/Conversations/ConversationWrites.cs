using System.Globalization;
using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Storage;

namespace Roost.Services.Conversations;

/// <summary>What a direct post, its edit and its deletion change. Each done twice is done once.</summary>
internal sealed class ConversationWrites(SqlSession session)
{
    /// <summary>Adds a post to the conversation of everybody who takes part; also whom an edit of it names
    /// anew.</summary>
    public void Add(Post post)
    {
        var thread = ThreadOf(post);
        session.Execute(
            "INSERT INTO threads (post, seq, thread) VALUES (@post, @seq, @thread) ON CONFLICT DO NOTHING",
            post.Id.Value, (long)post.Ref.Seq, thread);
        AccountId[] people = [.. post.Mentions.Append(post.Author).Distinct().OrderBy(one => one.Value)];
        foreach (var account in people)
        {
            var others = string.Join(
                ',', people.Where(one => one != account)
                    .Select(one => one.Value.ToString(CultureInfo.InvariantCulture)));
            Add(post, thread, account, others);
        }
    }

    public void Remove(uint seq)
    {
        if (session.Number("SELECT post FROM threads WHERE seq = @seq", (long)seq) is not { } post) return;
        var conversations = new List<long>();
        using (var rows = session.Query("SELECT conversation FROM conversation_posts WHERE post = @post", post))
        {
            while (rows.Read()) conversations.Add(rows.GetInt64(0));
        }
        session.Execute("DELETE FROM conversation_posts WHERE post = @post", post);
        foreach (var conversation in conversations)
        {
            session.Execute(
                """
                UPDATE conversations SET last_post = COALESCE(
                  (SELECT MAX(post) FROM conversation_posts WHERE conversation = @id), 0) WHERE id = @id
                """, conversation);
            session.Execute("DELETE FROM conversations WHERE id = @id AND last_post = 0", conversation);
        }
    }

    /// <summary>An answer to a direct post goes on with its thread; whatever else begins one.</summary>
    private long ThreadOf(Post post)
    {
        if (session.Number("SELECT thread FROM threads WHERE post = @post", post.Id.Value) is { } known) return known;
        return session.Number("SELECT thread FROM threads WHERE post = @post", post.InReplyTo.Value) ?? post.Id.Value;
    }

    private void Add(Post post, long thread, AccountId account, string others)
    {
        var isThere = session.Number(
            "SELECT conversation FROM conversation_posts WHERE account = @account AND post = @post", account.Value,
            post.Id.Value) is not null;
        if (isThere) return;
        var isUnread = account == post.Author ? 0 : 1;
        session.Execute(
            """
            UPDATE conversations SET unread = @unread,
              last_post = CASE WHEN last_post < @post THEN @post ELSE last_post END
            WHERE account = @account AND thread = @thread AND others = @others
            """, isUnread, post.Id.Value, account.Value, thread, others);
        var id = session.Number(
            "SELECT id FROM conversations WHERE account = @account AND thread = @thread AND others = @others",
            account.Value, thread, others) ?? Begin(post, thread, account, others, isUnread);
        session.Execute(
            "INSERT INTO conversation_posts (account, post, conversation) VALUES (@account, @post, @conversation)",
            account.Value, post.Id.Value, id);
    }

    private long Begin(Post post, long thread, AccountId account, string others, int isUnread)
    {
        session.Execute("UPDATE progress SET last_id = last_id + 1");
        var id = session.Number("SELECT last_id FROM progress")!.Value;
        session.Execute(
            """
            INSERT INTO conversations (id, account, thread, others, last_post, unread)
            VALUES (@id, @account, @thread, @others, @post, @unread)
            """, id, account.Value, thread, others, post.Id.Value, isUnread);
        return id;
    }
}
