using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Replays all events but those of follows against the tables that they made, and tells where these differ: a row
/// without the event of its number, one that was ended, one that is missing. Then it looks for what cannot be beside
/// each other: a follow across a block, a member of a list whom its owner does not follow.
/// </summary>
/// <remarks>What rows hold beyond their pair (a title, an end) is in no event, so nothing is repaired here. Memory:
/// some 50 bytes an event that still holds. To be used once, by one thread.</remarks>
internal sealed class RelationReplay(Predicate<AccountId>? accountExists, CancellationToken ct)
{
    private static readonly Family[] _families =
    [
        new("blocks", "account, target", GraphEventKind.Blocked, GraphEventKind.Unblocked),
        new("mutes", "account, target", GraphEventKind.Muted, GraphEventKind.Unmuted),
        new("follow_requests", "account, target", GraphEventKind.Requested, GraphEventKind.RequestEnded),
        new("endorsements", "account, target", GraphEventKind.Endorsed, GraphEventKind.Unendorsed),
        new("domain_blocks", "account, id", GraphEventKind.DomainBlocked, GraphEventKind.DomainUnblocked),
        new("lists", "account, id", GraphEventKind.ListMade, GraphEventKind.ListEnded),
        new("list_members", "list, member", GraphEventKind.ListJoined, GraphEventKind.ListLeft),
        new("followed_tags", "account, id", GraphEventKind.TagFollowed, GraphEventKind.TagUnfollowed),
        new("featured_tags", "account, id", GraphEventKind.TagFeatured, GraphEventKind.TagUnfeatured),
        new("dismissed_suggestions", "account, target", GraphEventKind.SuggestionDismissed, null),
    ];

    /// <summary>What must not be, each with a sentence for a row of two numbers.</summary>
    private static readonly (string Table, string Sql, string What)[] _contradictions =
    [
        ("blocks", "SELECT account, target FROM blocks JOIN follows ON follower = account AND followee = target",
            "Account {0} blocks {1} and follows it."),
        ("blocks", "SELECT account, target FROM blocks JOIN follows ON follower = target AND followee = account",
            "Account {0} blocks {1}, who follows it."),
        ("follow_requests",
            "SELECT account, target FROM follow_requests JOIN follows ON follower = account AND followee = target",
            "Account {0} asks to follow {1} and follows it."),
        ("endorsements",
            """
            SELECT account, target FROM endorsements
            WHERE NOT EXISTS (SELECT 1 FROM follows WHERE follower = account AND followee = target)
            """, "Account {0} endorses {1} and does not follow it."),
        ("follow_terms",
            """
            SELECT account, target FROM follow_terms AS terms
            WHERE NOT EXISTS (SELECT 1 FROM follows WHERE follower = terms.account AND followee = terms.target)
              AND NOT EXISTS (SELECT 1 FROM follow_requests AS asked
                WHERE asked.account = terms.account AND asked.target = terms.target)
            """, "Account {0} has terms for following {1} and neither follows it nor asks to."),
        ("list_members",
            """
            SELECT list, member FROM list_members JOIN lists ON lists.id = list
            WHERE NOT EXISTS (SELECT 1 FROM follows WHERE follower = account AND followee = member)
            """, "The list {0} has the member {1}, whom its owner does not follow."),
    ];

    private readonly Findings _findings = new();

    public IReadOnlyList<Finding> Findings => _findings.All;

    /// <summary>Rows of all tables.</summary>
    public long Rows { get; private set; }

    public void Run(SqlSession session)
    {
        foreach (var family in _families)
            Compare(session, family, Replay(session, family));
        foreach (var (table, sql, what) in _contradictions)
        {
            using var rows = session.Query(sql);
            while (rows.Read())
                Find(table, string.Format(null, what, rows.GetValue(0), rows.GetValue(1)));
        }
        LookAtAccounts(session);
    }

    /// <summary>The pairs that hold after all events, each with the seq of the one that made it.</summary>
    private Dictionary<(long, long), long> Replay(SqlSession session, Family family)
    {
        var held = new Dictionary<(long, long), long>();
        using var events = session.Query(
            "SELECT seq, kind, follower, followee FROM graph_events WHERE kind IN (@made, @ended) ORDER BY seq",
            (int)family.Made, (int?)family.Ended);
        while (events.Read())
        {
            ct.ThrowIfCancellationRequested();
            var (seq, pair) = (events.GetInt64(0), (events.GetInt64(2), events.GetInt64(3)));
            if (events.GetInt64(1) == (long)family.Made)
                held.TryAdd(pair, seq);
            else if (!held.Remove(pair))
                Find("graph_events", $"The event {seq} ended in {family.Table} what was not there.");
        }
        return held;
    }

    private void Compare(SqlSession session, Family family, Dictionary<(long, long), long> held)
    {
        using var rows = session.Query(family.Rows);
        while (rows.Read())
        {
            Rows++;
            var (id, pair) = (rows.GetInt64(0), (rows.GetInt64(1), rows.GetInt64(2)));
            if (!held.Remove(pair, out var seq))
                Find(family.Table, $"No event upholds the row {id}, {pair.Item1} and {pair.Item2}.");
            else if (seq != id)
                Find(family.Table, $"The row {id} was made by the event {seq}, whose number it should have.");
        }
        foreach (var (pair, seq) in held)
            Find(family.Table, $"The row {seq}, {pair.Item1} and {pair.Item2}, is missing: no event ended it.");
    }

    private void LookAtAccounts(SqlSession session)
    {
        foreach (var sql in (string[])
            [
                "SELECT account, target FROM blocks", "SELECT account, target FROM mutes",
                "SELECT account, target FROM follow_requests", "SELECT account, target FROM notes",
                "SELECT account, account FROM domain_blocks", "SELECT account, account FROM lists",
                "SELECT account, account FROM followed_tags", "SELECT account, account FROM featured_tags",
                "SELECT account, target FROM dismissed_suggestions",
            ])
        {
            var unknown = new UnknownAccounts(accountExists);
            using var rows = session.Query(sql);
            while (rows.Read())
            {
                unknown.Look(new AccountId((int)rows.GetInt64(0)));
                unknown.Look(new AccountId((int)rows.GetInt64(1)));
            }
            var table = sql[(sql.LastIndexOf(' ') + 1)..];
            unknown.AddTo(_findings, Place(table), table);
        }
    }

    private void Find(string table, string what) =>
        _findings.AddAlike(FindingKind.Damage, Place(table), Place(table), what);

    private static string Place(string table) => $"{GraphService.Name}.db, {table}";

    /// <param name="Pair">The columns that its events name.</param>
    /// <param name="Ended">Null where nothing ends them.</param>
    private sealed record Family(string Table, string Pair, GraphEventKind Made, GraphEventKind? Ended)
    {
        public string Rows { get; } = $"SELECT id, {Pair} FROM {Table}";
    }
}
