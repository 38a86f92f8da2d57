using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Filters;

/// <summary>The Filters service's SQL. Changes run within the writer's transaction.</summary>
internal static class FilterStore
{
    /// <summary>An account's filters, or everybody's, oldest first.</summary>
    public static List<Filter> Read(SqlSession session, AccountId account = default)
    {
        var keywords = new Dictionary<long, List<FilterKeyword>>();
        using (var rows = session.Query(
            """
            SELECT filter, filter_keywords.id, keyword, whole_word FROM filter_keywords
            JOIN filters ON filters.id = filter WHERE @account = 0 OR account = @account ORDER BY filter_keywords.id
            """, account.Value))
        {
            while (rows.Read())
            {
                Add(keywords, rows.GetInt64(0), new FilterKeyword(
                    rows.GetInt64(1), rows.GetString(2), rows.GetInt32(3) != 0));
            }
        }
        var posts = new Dictionary<long, List<FilteredPost>>();
        using (var rows = session.Query(
            """
            SELECT filter, filter_posts.id, post FROM filter_posts
            JOIN filters ON filters.id = filter WHERE @account = 0 OR account = @account ORDER BY filter_posts.id
            """, account.Value))
        {
            while (rows.Read())
                Add(posts, rows.GetInt64(0), new FilteredPost(rows.GetInt64(1), new PostId(rows.GetInt64(2))));
        }
        var filters = new List<Filter>();
        using (var rows = session.Query(
            """
            SELECT id, account, title, contexts, action, expires_at FROM filters
            WHERE @account = 0 OR account = @account ORDER BY id
            """, account.Value))
        {
            while (rows.Read())
            {
                filters.Add(new Filter(
                    rows.GetInt64(0), new AccountId(rows.GetInt32(1)), rows.GetString(2),
                    (FilterContexts)rows.GetInt32(3), (FilterAction)rows.GetInt32(4),
                    rows.IsDBNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(5)),
                    keywords.GetValueOrDefault(rows.GetInt64(0)) ?? [],
                    posts.GetValueOrDefault(rows.GetInt64(0)) ?? []));
            }
        }
        return filters;
    }

    public static long Make(SqlSession session, MakeFilter request, DateTimeOffset now)
    {
        Require(session, "SELECT count(*) FROM filters WHERE account = @account", request.Account.Value,
            FilterLimits.FiltersMax, "base", "filters");
        var id = NextId(session, "filters");
        session.Execute(
            """
            INSERT INTO filters (id, account, title, contexts, action, expires_at)
            VALUES (@id, @account, @title, @contexts, @action, @expires)
            """, id, request.Account.Value, request.Title, (int)request.Contexts, (int)request.Action,
            Milliseconds(now + request.For));
        foreach (var keyword in request.Keywords)
            Edit(session, request.Account, id, keyword);
        return id;
    }

    public static bool Change(SqlSession session, ChangeFilter request, DateTimeOffset now)
    {
        if (!Owns(session, request.Account, request.Id))
            return false;
        session.Execute(
            """
            UPDATE filters SET title = coalesce(@title, title), contexts = coalesce(@contexts, contexts),
              action = coalesce(@action, action),
              expires_at = CASE WHEN @expiry = 1 THEN @expires ELSE expires_at END
            WHERE id = @id
            """, request.Title, (int?)request.Contexts, (int?)request.Action, request.Expiry is null ? 0 : 1,
            Milliseconds(now + request.Expiry?.For), request.Id);
        foreach (var keyword in request.Keywords)
            Edit(session, request.Account, request.Id, keyword);
        return true;
    }

    public static bool End(SqlSession session, AccountId account, long id)
    {
        if (!Owns(session, account, id))
            return false;
        session.Execute("DELETE FROM filter_keywords WHERE filter = @id", id);
        session.Execute("DELETE FROM filter_posts WHERE filter = @id", id);
        session.Execute("DELETE FROM filters WHERE id = @id", id);
        return true;
    }

    public static long? AddKeyword(SqlSession session, AddKeyword request)
    {
        if (!Owns(session, request.Account, request.FilterId))
            return null;
        return Insert(session, request.Account, request.FilterId, request.Text, request.WholeWord);
    }

    /// <summary>Which filter of the account's a keyword is in; null when the account has no such keyword.</summary>
    public static long? FilterOfKeyword(SqlSession session, AccountId account, long id) => session.Number(
        """
        SELECT filter FROM filter_keywords JOIN filters ON filters.id = filter
        WHERE filter_keywords.id = @id AND account = @account
        """, id, account.Value);

    public static bool EndKeyword(SqlSession session, EndKeyword request)
    {
        if (FilterOfKeyword(session, request.Account, request.Id) is not { } filter)
            return false;
        session.Execute("DELETE FROM filter_keywords WHERE id = @id", request.Id);
        var isLast = request.WithFilter
            && session.Number("SELECT 1 FROM filter_keywords WHERE filter = @id LIMIT 1", filter) is null
            && session.Number("SELECT 1 FROM filter_posts WHERE filter = @id LIMIT 1", filter) is null;
        if (isLast)
            End(session, request.Account, filter);
        return true;
    }

    public static long? AddPost(SqlSession session, AddFilteredPost request)
    {
        if (!Owns(session, request.Account, request.FilterId))
            return null;
        var known = session.Number(
            "SELECT id FROM filter_posts WHERE filter = @filter AND post = @post", request.FilterId,
            request.Post.Value);
        if (known is not null)
            return known;
        Require(
            session,
            "SELECT count(*) FROM filter_posts JOIN filters ON filters.id = filter WHERE account = @account",
            request.Account.Value, FilterLimits.PostsMax, "status_id", "filtered posts");
        var id = NextId(session, "filter_posts");
        session.Execute(
            "INSERT INTO filter_posts (id, filter, post) VALUES (@id, @filter, @post)", id, request.FilterId,
            request.Post.Value);
        return id;
    }

    public static FilteredPost? EndPost(SqlSession session, EndFilteredPost request)
    {
        var post = session.Number(
            """
            SELECT post FROM filter_posts JOIN filters ON filters.id = filter
            WHERE filter_posts.id = @id AND account = @account
            """, request.Id, request.Account.Value);
        if (post is null)
            return null;
        session.Execute("DELETE FROM filter_posts WHERE id = @id", request.Id);
        return new FilteredPost(request.Id, new PostId(post.Value));
    }

    /// <summary>Adds, changes or takes away a keyword of a filter. One that the filter does not have is an
    /// error.</summary>
    public static void Edit(SqlSession session, AccountId account, long filter, KeywordEdit edit)
    {
        if (edit.Id == 0)
        {
            if (!edit.IsEnded)
                Insert(session, account, filter, edit.Text ?? "", edit.WholeWord ?? false);
            return;
        }
        if (FilterOfKeyword(session, account, edit.Id) != filter)
            throw new ServiceException(ErrorCode.NotFound, "Record not found");
        if (edit.IsEnded)
        {
            session.Execute("DELETE FROM filter_keywords WHERE id = @id", edit.Id);
            return;
        }
        session.Execute(
            """
            UPDATE filter_keywords SET keyword = coalesce(@text, keyword), whole_word = coalesce(@whole, whole_word)
            WHERE id = @id
            """, edit.Text, edit.WholeWord is { } whole ? whole ? 1 : 0 : null, edit.Id);
    }

    private static long Insert(SqlSession session, AccountId account, long filter, string text, bool wholeWord)
    {
        Require(
            session,
            "SELECT count(*) FROM filter_keywords JOIN filters ON filters.id = filter WHERE account = @account",
            account.Value, FilterLimits.KeywordsMax, "keyword", "keywords");
        var id = NextId(session, "filter_keywords");
        session.Execute(
            "INSERT INTO filter_keywords (id, filter, keyword, whole_word) VALUES (@id, @filter, @text, @whole)", id,
            filter, text, wholeWord ? 1 : 0);
        return id;
    }

    private static bool Owns(SqlSession session, AccountId account, long id) => session.Number(
        "SELECT 1 FROM filters WHERE id = @id AND account = @account", id, account.Value) is not null;

    private static void Require(SqlSession session, string count, int account, int max, string field, string nouns)
    {
        if (session.Number(count, account) >= max)
        {
            throw FieldRules.Invalid(field, "ERR_TOO_MANY", $"You have {max} {nouns} already; remove one first");
        }
    }

    private static long NextId(SqlSession session, string table)
    {
        session.Execute("UPDATE numbers SET last = last + 1 WHERE name = @table", table);
        return session.Number("SELECT last FROM numbers WHERE name = @table", table)!.Value;
    }

    private static long? Milliseconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    private static void Add<T>(Dictionary<long, List<T>> to, long key, T item)
    {
        if (!to.TryGetValue(key, out var list))
            to.Add(key, list = []);
        list.Add(item);
    }
}
