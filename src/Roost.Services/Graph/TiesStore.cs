using System.Data.Common;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>Reads what memory holds of relations at start, and pages and notes when they are asked for.</summary>
internal sealed class TiesStore(SqlDatabase database, TimeProvider time)
{
    private static readonly RowPages _blocks = new("blocks", "account", "target");
    private static readonly RowPages _mutes =
        new("mutes", "account", "target", "AND (expires_at IS NULL OR expires_at > @now)");
    private static readonly RowPages _requests = new("follow_requests", "target", "account");
    private static readonly RowPages _endorsements = new("endorsements", "account", "target");
    private static readonly RowPages _members = new("list_members", "list", "member");
    private static readonly RowPages _domains = new("domain_blocks", "account", "domain");
    private static readonly RowPages _tags = new("followed_tags", "account", "name");

    /// <summary>All rows as the events that would have made them, lists before their members.</summary>
    public List<GraphChange> ReadAll() => database.Read(session =>
    {
        var changes = new List<GraphChange>();
        Add("SELECT account, target FROM blocks", GraphEventKind.Blocked);
        Add("SELECT account, target FROM follow_requests", GraphEventKind.Requested);
        Add("SELECT account, target FROM endorsements", GraphEventKind.Endorsed);
        Add("SELECT account, target FROM notes", GraphEventKind.NoteChanged, _ => true);
        Add("SELECT account, target, notifications, expires_at FROM mutes", GraphEventKind.Muted,
            rows => new MuteTerms(rows.GetInt32(2) != 0, rows.IsDBNull(3) ? null : Time(rows.GetInt64(3))));
        Add("SELECT account, target, boosts, notify, languages FROM follow_terms", GraphEventKind.TermsChanged,
            rows => new FollowTerms(rows.GetInt32(2) != 0, rows.GetInt32(3) != 0, rows.GetString(4)));
        Add("SELECT account, id, title, replies, exclusive FROM lists ORDER BY id", GraphEventKind.ListMade,
            rows => new AccountList(
                rows.GetInt64(1), new AccountId(rows.GetInt32(0)), rows.GetString(2), (ListReplies)rows.GetInt32(3),
                rows.GetInt32(4) != 0, SortedIds.Empty));
        Add("SELECT list, member, lists.account FROM list_members JOIN lists ON lists.id = list",
            GraphEventKind.ListJoined, rows => rows.GetInt32(2));
        Add("SELECT account, id, tag, name FROM followed_tags ORDER BY id", GraphEventKind.TagFollowed, Tag);
        Add("SELECT account, id, tag, name FROM featured_tags ORDER BY id", GraphEventKind.TagFeatured, Tag);
        Add("SELECT account, target FROM dismissed_suggestions", GraphEventKind.SuggestionDismissed);
        return changes;

        static object Tag(DbDataReader rows) => new TagTie(rows.GetInt64(1), rows.GetString(2), rows.GetString(3));

        void Add(string sql, GraphEventKind kind, Func<DbDataReader, object>? detail = null)
        {
            using var rows = session.Query(sql);
            while (rows.Read())
                changes.Add(new GraphChange(kind, rows.GetInt64(0), rows.GetInt64(1), detail?.Invoke(rows)));
        }
    });

    public RelationPage List(ListRelations request) => database.Read(session =>
    {
        var (pages, owner) = request.Kind switch
        {
            RelationKind.Blocks => (_blocks, request.Account.Value),
            RelationKind.Mutes => (_mutes, request.Account.Value),
            RelationKind.Requests => (_requests, request.Account.Value),
            RelationKind.Endorsements => (_endorsements, request.Account.Value),
            _ => (_members, request.ListId),
        };
        var now = request.Kind == RelationKind.Mutes ? time.GetUtcNow().ToUnixTimeMilliseconds() : (long?)null;
        var (items, hasMore) = pages.Read(
            session, owner, request.Range, static rows => new AccountId(rows.GetInt32(1)), now);
        return new RelationPage(items, hasMore);
    });

    public DomainPage Domains(ListDomainBlocks request) => database.Read(session =>
    {
        var (items, hasMore) = _domains.Read(
            session, request.Account.Value, request.Range, static rows => rows.GetString(1));
        return new DomainPage(items, hasMore);
    });

    public TagPage Tags(ListFollowedTags request) => database.Read(session =>
    {
        var (items, hasMore) = _tags.Read(
            session, request.Account.Value, request.Range, static rows => rows.GetString(1));
        return new TagPage(items, hasMore);
    });

    /// <summary>The note about somebody; null for none.</summary>
    public string? Note(AccountId account, AccountId target) => database.Read(session =>
    {
        using var rows = session.Query(
            "SELECT note FROM notes WHERE account = @account AND target = @target", account.Value, target.Value);
        return rows.Read() ? rows.GetString(0) : null;
    });

    private static DateTimeOffset Time(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);
}
