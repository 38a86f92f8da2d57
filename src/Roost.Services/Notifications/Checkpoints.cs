using Roost.Services.Storage;

namespace Roost.Services.Notifications;

/// <summary>Up to which seq each feed is read, in the database that what was read is written to.</summary>
internal static class Checkpoints
{
    public const string Posts = "posts";
    public const string Follows = "follows";

    /// <summary>Ids of accounts: of those that joined up to it the staff is told.</summary>
    public const string Accounts = "accounts";

    /// <summary>Ids of reports.</summary>
    public const string Reports = "reports";

    /// <summary>Ids of warnings.</summary>
    public const string Warnings = "warnings";

    /// <summary>No feed but a time, in milliseconds since 1970: polls that ended up to it are told of.</summary>
    public const string Polls = "polls";

    /// <summary>Null when the feed was never read.</summary>
    public static long? Get(SqlSession session, string feed) =>
        session.Number("SELECT seq FROM checkpoints WHERE feed = @feed", feed);

    public static void Set(SqlSession session, string feed, long seq) => session.Execute(
        """
        INSERT INTO checkpoints (feed, seq) VALUES (@feed, @seq)
        ON CONFLICT (feed) DO UPDATE SET seq = excluded.seq
        """, feed, seq);

    /// <summary>Up to when polls that ended are told of. What ended before the first start is nobody's news.</summary>
    public static long StartOfPolls(SqlSession session, long now)
    {
        if (Get(session, Polls) is { } told)
            return told;
        Set(session, Polls, now);
        return now;
    }

    /// <summary>
    /// Where to go on reading. A feed that was never read is read from its end on: what happened before there were
    /// notifications is nobody's news. One that ends before the checkpoint was put back to an older state: then what
    /// was told of its lost end is taken away, for its seqs will mean other things.
    /// </summary>
    /// <param name="end">The feed's newest seq.</param>
    public static long Start(SqlSession session, string feed, long end)
    {
        var seq = Get(session, feed);
        if (seq <= end)
            return seq.Value;
        if (seq is not null)
        {
            session.Execute(
                feed switch
                {
                    Posts => "DELETE FROM notifications WHERE (kind < 8 OR kind = 10) AND source > @end",
                    Follows => "DELETE FROM notifications WHERE kind IN (8, 9) AND source > @end",
                    Accounts => "DELETE FROM notifications WHERE kind = 29 AND source > @end",
                    Warnings => "DELETE FROM notifications WHERE kind = 11 AND source > @end",
                    _ => "DELETE FROM notifications WHERE kind = 30 AND source > @end",
                }, end);
        }
        Set(session, feed, end);
        return end;
    }
}
