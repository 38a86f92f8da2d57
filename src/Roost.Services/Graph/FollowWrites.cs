using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>How follows and requests to follow are made and ended, with all that leans on them. Within a
/// transaction; each says its events.</summary>
internal static class FollowWrites
{
    public static void Follow(this GraphWork work, Follow request)
    {
        var (a, b) = (request.Follower.Value, request.Followee.Value);
        if (work.IsBlocked(a, b))
            throw new ServiceException(ErrorCode.Forbidden, "This action is not allowed");
        if (!work.Exists("follows", a, b))
        {
            if (request.ByRequest)
                work.Ask(a, b);
            else
                work.MakeFollow(a, b);
        }
        if (request.Terms is { } change)
            work.ChangeTerms(a, b, change);
    }

    /// <summary>Ends a follow, or a request for one.</summary>
    public static void EndFollow(this GraphWork work, int a, int b)
    {
        if (work.Sql.Execute("DELETE FROM follows WHERE follower = @a AND followee = @b", a, b) > 0)
        {
            work.DropTerms(a, b);
            // With it go the terms in memory.
            work.Say(GraphEventKind.Unfollowed, a, b);
            work.EndEndorsement(a, b);
            work.LeaveListsOf(a, b);
        }
        else if (work.EndRequest(a, b))
        {
            work.SayTermsEnded(a, b);
        }
    }

    public static void AnswerRequest(this GraphWork work, AnswerRequest request)
    {
        var (a, b) = (request.From.Value, request.Account.Value);
        if (!work.Exists("follow_requests", a, b))
            return;
        if (request.IsAccepted)
        {
            work.MakeFollow(a, b);
            return;
        }
        work.EndRequest(a, b);
        work.SayTermsEnded(a, b);
    }

    public static void AcceptAll(this GraphWork work, int account)
    {
        var asking = work.Numbers("SELECT account FROM follow_requests WHERE target = @target ORDER BY id", account);
        foreach (var follower in asking)
            work.MakeFollow((int)follower, account);
    }

    public static void Endorse(this GraphWork work, Endorse request)
    {
        var (a, b) = (request.Account.Value, request.Target.Value);
        if (!request.IsEndorsed)
        {
            work.EndEndorsement(a, b);
            return;
        }
        if (!work.Exists("follows", a, b))
        {
            throw new ServiceException(
                ErrorCode.Invalid, "Validation failed: You must be already following the person you want to endorse");
        }
        if (work.Insert("endorsements", a, b))
            work.Say(GraphEventKind.Endorsed, a, b);
    }

    private static void Ask(this GraphWork work, int a, int b)
    {
        if (work.Insert("follow_requests", a, b))
            work.Say(GraphEventKind.Requested, a, b);
    }

    private static void MakeFollow(this GraphWork work, int a, int b)
    {
        work.Sql.Execute(
            "INSERT INTO follows (id, follower, followee, created_at) VALUES (@id, @a, @b, @at)", work.NextSeq, a, b,
            work.At);
        work.Say(GraphEventKind.Followed, a, b);
        work.EndRequest(a, b);
    }

    /// <summary>False when there is none. Its terms stay.</summary>
    public static bool EndRequest(this GraphWork work, int a, int b)
    {
        if (!work.Delete("follow_requests", a, b))
            return false;
        work.Say(GraphEventKind.RequestEnded, a, b);
        return true;
    }

    private static void EndEndorsement(this GraphWork work, int a, int b)
    {
        if (work.Delete("endorsements", a, b))
            work.Say(GraphEventKind.Unendorsed, a, b);
    }

    private static void ChangeTerms(this GraphWork work, int a, int b, ChangeTerms change)
    {
        var old = ReadTerms(work, a, b);
        var terms = new FollowTerms(
            change.Boosts ?? old.Boosts, change.Notify ?? old.Notify,
            change.Languages is null ? old.Languages : string.Join(',', change.Languages.Distinct().Order()));
        if (terms == old)
            return;
        work.DropTerms(a, b);
        if (terms != FollowTerms.Usual)
        {
            work.Sql.Execute(
                """
                INSERT INTO follow_terms (account, target, boosts, notify, languages)
                VALUES (@a, @b, @boosts, @notify, @languages)
                """, a, b, terms.Boosts ? 1 : 0, terms.Notify ? 1 : 0, terms.Languages);
        }
        work.Say(GraphEventKind.TermsChanged, a, b, terms);
    }

    private static FollowTerms ReadTerms(GraphWork work, int a, int b)
    {
        using var rows = work.Sql.Query(
            "SELECT boosts, notify, languages FROM follow_terms WHERE account = @a AND target = @b", a, b);
        return rows.Read()
            ? new FollowTerms(rows.GetInt32(0) != 0, rows.GetInt32(1) != 0, rows.GetString(2))
            : FollowTerms.Usual;
    }

    private static void SayTermsEnded(this GraphWork work, int a, int b)
    {
        if (work.DropTerms(a, b))
            work.Say(GraphEventKind.TermsChanged, a, b, FollowTerms.Usual);
    }

    private static bool DropTerms(this GraphWork work, int a, int b) => work.Delete("follow_terms", a, b);
}
