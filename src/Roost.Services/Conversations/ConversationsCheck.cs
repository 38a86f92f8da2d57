using Roost.Services.Storage;

namespace Roost.Services.Conversations;

/// <summary>Verifies <c>conversations.db</c> while no server runs: the database, and that every conversation has the
/// post that it says is its last.</summary>
public static class ConversationsCheck
{
    private const string Place = ConversationsService.Name + ".db";

    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair) =>
        new SqlCheck(data, ConversationsService.Name, "Conversations", Look).Run(repair);

    private static SqlLook Look(SqlSession session)
    {
        var findings = new Findings();
        using (var rows = session.Query(
            """
            SELECT id, account FROM conversations WHERE NOT EXISTS (
              SELECT 1 FROM conversation_posts
              WHERE conversation = conversations.id AND post = conversations.last_post)
            """))
        {
            while (rows.Read())
            {
                findings.AddAlike(
                    FindingKind.Damage, Place, Place,
                    $"Conversation {rows.GetInt64(0)} of account {rows.GetInt64(1)} has lost its last post.");
            }
        }
        var count = session.Number("SELECT COUNT(*) FROM conversations")!.Value;
        return new SqlLook([("conversations", count)], findings.All, null);
    }
}
