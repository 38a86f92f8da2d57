using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// One change of the graph under way, within the writer's transaction: its statements, and its events, of which each is
/// both a row and what memory is changed by after the commit. So memory, tables and events cannot tell three stories.
/// </summary>
internal sealed class GraphWork(SqlSession session, DateTimeOffset at)
{
    private const string InsertEvent =
        "INSERT INTO graph_events (seq, at, kind, follower, followee) VALUES (@seq, @at, @kind, @follower, @followee)";

    private readonly List<GraphChange> _changes = [];
    private long _lastSeq = LastSeq(session);

    public SqlSession Sql => session;

    /// <summary>When the change happens, in milliseconds.</summary>
    public long At { get; } = at.ToUnixTimeMilliseconds();

    /// <summary>What is said so far, in order.</summary>
    public IReadOnlyList<GraphChange> Changes => _changes;

    /// <summary>The seq of the next event, which is the id of the row that it makes.</summary>
    public long NextSeq => _lastSeq + 1;

    /// <summary>Says an event: writes its row, and has memory changed when all is committed.</summary>
    public void Say(GraphEventKind kind, long a, long b, object? detail = null)
    {
        session.Execute(InsertEvent, ++_lastSeq, At, (int)kind, a, b);
        _changes.Add(new GraphChange(kind, a, b, detail));
    }

    /// <summary>The first column of all rows, read to the end so that other statements may follow.</summary>
    public List<long> Numbers(string sql, params ReadOnlySpan<object?> values)
    {
        var numbers = new List<long>();
        using var rows = session.Query(sql, values);
        while (rows.Read())
            numbers.Add(rows.GetInt64(0));
        return numbers;
    }

    /// <summary>The seq of the newest event; 0 when there is none.</summary>
    public static long LastSeq(SqlSession session) => session.Number("SELECT max(seq) FROM graph_events") ?? 0;
}
