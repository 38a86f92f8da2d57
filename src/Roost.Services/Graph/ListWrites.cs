using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>How lists and their members come and go. Within a transaction; each says its events.</summary>
internal static class ListWrites
{
    /// <summary>As Mastodon has it.</summary>
    private const int ListsMax = 50;

    public static AccountList MakeList(this GraphWork work, MakeList request)
    {
        var owner = request.Owner.Value;
        var count = work.Sql.Number("SELECT count(*) FROM lists WHERE account = @account", owner);
        if (count >= ListsMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Validation failed: You have reached the maximum number of lists, {ListsMax}");
        }
        var list = new AccountList(
            work.NextSeq, request.Owner, request.Title, request.Replies, request.IsExclusive, SortedIds.Empty);
        work.Sql.Execute(
            """
            INSERT INTO lists (id, account, title, replies, exclusive, created_at)
            VALUES (@id, @account, @title, @replies, @exclusive, @at)
            """, list.Id, owner, list.Title, (int)list.Replies, list.IsExclusive ? 1 : 0, work.At);
        work.Say(GraphEventKind.ListMade, owner, list.Id, list);
        return list;
    }

    public static bool ChangeList(this GraphWork work, ChangeList request)
    {
        if (work.FindList(request.Owner, request.Id) is not { } list)
            return false;
        var changed = list with
        {
            Title = request.Title ?? list.Title,
            Replies = request.Replies ?? list.Replies,
            IsExclusive = request.IsExclusive ?? list.IsExclusive,
        };
        if (changed == list)
            return true;
        work.Sql.Execute(
            "UPDATE lists SET title = @title, replies = @replies, exclusive = @exclusive WHERE id = @id",
            changed.Title, (int)changed.Replies, changed.IsExclusive ? 1 : 0, list.Id);
        work.Say(GraphEventKind.ListChanged, list.Owner.Value, list.Id, changed);
        return true;
    }

    public static bool EndList(this GraphWork work, EndList request)
    {
        if (work.FindList(request.Owner, request.Id) is not { } list)
            return false;
        foreach (var member in work.Numbers("SELECT member FROM list_members WHERE list = @list", list.Id))
            work.Leave(list.Id, list.Owner.Value, (int)member);
        work.Sql.Execute("DELETE FROM lists WHERE id = @id", list.Id);
        work.Say(GraphEventKind.ListEnded, list.Owner.Value, list.Id);
        return true;
    }

    public static bool ChangeMembers(this GraphWork work, ChangeMembers request)
    {
        if (work.FindList(request.Owner, request.Id) is not { } list)
            return false;
        foreach (var member in request.Members.Distinct())
        {
            if (request.IsAdded)
                work.Join(list, member);
            else
                work.Leave(list.Id, list.Owner.Value, member.Value);
        }
        return true;
    }

    private static void Join(this GraphWork work, AccountList list, AccountId member)
    {
        var owner = list.Owner.Value;
        if (!work.Exists("follows", owner, member.Value))
            throw new ServiceException(ErrorCode.NotFound, "Record not found");
        var made = work.Sql.Execute(
            """
            INSERT INTO list_members (id, list, member) VALUES (@id, @list, @member)
            ON CONFLICT (list, member) DO NOTHING
            """, work.NextSeq, list.Id, member.Value);
        if (made == 0)
            throw new ServiceException(ErrorCode.Invalid, "Validation failed: Account has already been taken");
        work.Say(GraphEventKind.ListJoined, list.Id, member.Value, owner);
    }

    /// <summary>Takes somebody off all of an account's lists.</summary>
    public static void LeaveListsOf(this GraphWork work, int owner, int member)
    {
        var on = work.Numbers(
            """
            SELECT lists.id FROM lists JOIN list_members ON list_members.list = lists.id
            WHERE lists.account = @owner AND list_members.member = @member
            """, owner, member);
        foreach (var list in on)
            work.Leave(list, owner, member);
    }

    /// <summary>The list as it is within the transaction, without its members.</summary>
    private static AccountList? FindList(this GraphWork work, AccountId owner, long id)
    {
        using var rows = work.Sql.Query(
            "SELECT title, replies, exclusive FROM lists WHERE id = @id AND account = @account", id, owner.Value);
        return rows.Read()
            ? new AccountList(
                id, owner, rows.GetString(0), (ListReplies)rows.GetInt32(1), rows.GetInt32(2) != 0, SortedIds.Empty)
            : null;
    }

    private static void Leave(this GraphWork work, long list, int owner, int member)
    {
        if (work.Sql.Execute("DELETE FROM list_members WHERE list = @list AND member = @member", list, member) > 0)
            work.Say(GraphEventKind.ListLeft, list, member, owner);
    }
}
