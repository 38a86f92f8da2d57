namespace Roost.Rpc.Admin.Errors;

/// <summary>What is marked on charts.</summary>
public enum MarkKind
{
    /// <summary>Another version of the program began to run.</summary>
    Deploy,
    /// <summary>For how many something is wrong has changed.</summary>
    Incident,
}

/// <summary>A moment after which figures may look different.</summary>
/// <param name="Where">The process, by what it does.</param>
/// <param name="Text">The version, or the level: <c>everyone</c>, <c>some</c>, <c>nobody</c>.</param>
public sealed record Mark(DateTimeOffset At, MarkKind Kind, string Where, string Text);

/// <summary>Remembers when a process's errors began, or ceased, to be an incident, and when its version changed, for
/// the last hour. Thread-safe.</summary>
/// <param name="where">The process, by what it does.</param>
internal sealed class IncidentLog(Func<string> where, ErrorBook errors, TimeProvider time)
{
    // More changes within an hour than these would hide the charts.
    private const int MarksMax = 60;

    private static readonly TimeSpan _kept = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();

    // Both under _lock.
    private readonly Queue<Mark> _marks = new();
    private IncidentLevel _level;

    /// <summary>The newest last.</summary>
    public IReadOnlyList<Mark> Marks
    {
        get
        {
            var since = time.GetUtcNow() - _kept;
            lock (_lock)
            {
                return
                [
                    .. errors.Runs.Skip(1).Select(run => new Mark(run.Since, MarkKind.Deploy, where(), run.Version))
                        .Concat(_marks).Where(mark => mark.At >= since).OrderBy(mark => mark.At),
                ];
            }
        }
    }

    /// <summary>Looks whether the level has changed; to be called every few seconds.</summary>
    public void Look()
    {
        var level = errors.Level();
        lock (_lock)
        {
            if (level == _level) return;
            _level = level;
            if (_marks.Count == MarksMax) _marks.Dequeue();
            _marks.Enqueue(new(time.GetUtcNow(), MarkKind.Incident, where(), level.ToString().ToLowerInvariant()));
        }
    }
}
