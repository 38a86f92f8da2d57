using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Reads events with their details, which their own rows do not have: those are read from the tables as they are now. A
/// detail that has changed since is told in its newest form, twice, and of what is gone nothing is told before the
/// event that ended it; so whoever takes in all steps in their order ends up with what the tables have.
/// </summary>
internal static class StepReader
{
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>, as <see cref="AwaitSteps"/> says.
    /// </exception>
    public static GraphSteps Read(SqlSession session, AwaitSteps request)
    {
        var newest = GraphWork.LastSeq(session);
        RequireSameHistory(session, request, newest);
        var steps = new List<GraphStep>();
        var (last, at) = (request.After, request.At);
        using (var rows = session.Query(
            """
            SELECT seq, at, kind, follower, followee FROM graph_events WHERE seq > @after ORDER BY seq LIMIT @limit
            """, request.After, request.Limit))
        {
            while (rows.Read())
            {
                last = rows.GetInt64(0);
                at = DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1));
                steps.Add(new GraphStep((GraphEventKind)rows.GetInt32(2), rows.GetInt64(3), rows.GetInt64(4)));
            }
        }
        var told = 0;
        for (var i = 0; i < steps.Count; i++)
        {
            if (WithDetail(session, steps[i]) is { } whole) steps[told++] = whole;
        }
        steps.RemoveRange(told, steps.Count - told);
        return new GraphSteps(steps, last, at, Math.Max(newest, last));
    }

    private static void RequireSameHistory(SqlSession session, AwaitSteps request, long newest)
    {
        var isThere = request.After <= newest && (request.At is not { } at || at.ToUnixTimeMilliseconds()
            == session.Number("SELECT at FROM graph_events WHERE seq = @seq", request.After));
        if (isThere) return;
        throw new ServiceException(
            ErrorCode.Conflict,
            $"The event {request.After} of the graph is not the one that was followed until then: this is another "
            + "graph, or an older state of it was restored. Start the processes again that follow it.");
    }

    /// <summary>Null: what it was about is gone.</summary>
    private static GraphStep? WithDetail(SqlSession session, GraphStep step)
    {
        var detail = step.Kind switch
        {
            GraphEventKind.Muted => Mute(session, step),
            GraphEventKind.TermsChanged => new StepDetail { Terms = Terms(session, step) },
            GraphEventKind.NoteChanged => new StepDetail { HasNote = HasNote(session, step) },
            GraphEventKind.ListMade or GraphEventKind.ListChanged => List(session, step),
            GraphEventKind.ListJoined or GraphEventKind.ListLeft => Owner(session, step),
            GraphEventKind.TagFollowed => Tag(
                session, "SELECT tag, name FROM followed_tags WHERE id = @id", step),
            GraphEventKind.TagFeatured => Tag(
                session, "SELECT tag, name FROM featured_tags WHERE id = @id", step),
            _ => StepDetail.None,
        };
        return detail is null ? null : ReferenceEquals(detail, StepDetail.None) ? step : step with { Detail = detail };
    }

    private static StepDetail? Mute(SqlSession session, GraphStep step)
    {
        using var rows = session.Query(
            "SELECT notifications, expires_at FROM mutes WHERE account = @account AND target = @target", step.A,
            step.B);
        return !rows.Read() ? null : new StepDetail
        {
            Mute = new MuteTerms(
                rows.GetInt32(0) != 0,
                rows.IsDBNull(1) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1))),
        };
    }

    private static FollowTerms Terms(SqlSession session, GraphStep step)
    {
        using var rows = session.Query(
            "SELECT boosts, notify, languages FROM follow_terms WHERE account = @account AND target = @target", step.A,
            step.B);
        return rows.Read()
            ? new FollowTerms(rows.GetInt32(0) != 0, rows.GetInt32(1) != 0, rows.GetString(2))
            : FollowTerms.Usual;
    }

    private static bool HasNote(SqlSession session, GraphStep step) => session.Number(
        "SELECT 1 FROM notes WHERE account = @account AND target = @target", step.A, step.B) is not null;

    private static StepDetail? List(SqlSession session, GraphStep step)
    {
        using var rows = session.Query(
            "SELECT account, title, replies, exclusive FROM lists WHERE id = @id", step.B);
        return !rows.Read() ? null : new StepDetail
        {
            List = new AccountList(
                step.B, new AccountId(rows.GetInt32(0)), rows.GetString(1), (ListReplies)rows.GetInt32(2),
                rows.GetInt32(3) != 0, SortedIds.Empty),
        };
    }

    private static StepDetail? Owner(SqlSession session, GraphStep step) =>
        session.Number("SELECT account FROM lists WHERE id = @id", step.A) is { } owner
            ? new StepDetail { Owner = new AccountId((int)owner) }
            : null;

    private static StepDetail? Tag(SqlSession session, string find, GraphStep step)
    {
        using var rows = session.Query(find, step.B);
        return rows.Read()
            ? new StepDetail { Tag = new TagTie(step.B, rows.GetString(0), rows.GetString(1)) }
            : null;
    }
}
