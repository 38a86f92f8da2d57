using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Roost.Rpc.Admin.Errors;

/// <summary>
/// Errors in the large: every failure that is logged, with an exception or as an error, becomes an event of a group,
/// and groups are counted minute by minute. It listens to the logs, so that services say nothing twice and pay nothing;
/// what is too frequent for the console goes to the logs of <see cref="Unserved"/>.
/// </summary>
/// <remarks>
/// Thread-safe. Kept in memory: an hour of minutes, and who was touched, for each of at most <see cref="GroupsMax"/>
/// groups, 3 KB each; beyond, the group that has been quiet the longest is forgotten. What an event costs is mostly
/// the walk over its stack; beyond <see cref="WholePerSecondMax"/> a second, events of a kind that is known are counted
/// with those that were alike before, without the walk.
/// </remarks>
/// <param name="version">Of this program: tells "new in this version" from "still there".</param>
/// <param name="role">The service that whatever belongs to no other is counted with.</param>
public sealed class ErrorBook(string version, TimeProvider time, string role = "process") : ILoggerProvider
{
    public const int GroupsMax = 1_000;

    /// <summary>Events a second that are looked at whole.</summary>
    public const int WholePerSecondMax = 100;

    private readonly ConcurrentDictionary<string, ErrorGroup> _groups = new();

    // Where events went whose stack was walked, to count those with them that are alike but for the stack.
    private readonly ConcurrentDictionary<Kind, ErrorGroup> _alike = new();

    // How many events the second has had; a race at its turn counts a few too many or too few.
    private long _second;
    private int _inSecond;
    private long _changes;
    private volatile IReadOnlyList<RememberedRun> _runs = [];

    /// <summary>All requests that ended in the last five minutes; null where that is not counted.</summary>
    public Func<long?> Requests { get; set; } = () => null;

    /// <summary>Which versions ran here, the oldest that is remembered first; empty where nothing outlives the
    /// process.</summary>
    public IReadOnlyList<RememberedRun> Runs => _runs;

    public string Version => version;

    /// <summary>Writes down what is known; null where nothing outlives the process.</summary>
    internal Func<Task>? Save { get; set; }

    /// <summary>Is greater whenever something has changed.</summary>
    internal long Changes => Interlocked.Read(ref _changes);

    /// <summary>All groups, those first that somebody should look at first.</summary>
    public IReadOnlyList<ErrorReport> Report()
    {
        var minute = ErrorEvent.MinuteOf(time.GetUtcNow());
        var requests = Requests();
        var newIn = _runs.Any(run => run.Version != version) ? version : null;
        return ErrorRank.Ranked(_groups.Values.Select(group => group.Report(minute, newIn, requests)));
    }

    /// <summary>For how many something is wrong: the greatest level of what is not resolved.</summary>
    public IncidentLevel Level()
    {
        var minute = ErrorEvent.MinuteOf(time.GetUtcNow());
        var requests = Requests();
        return _groups.Values.Select(group => group.Level(minute, requests)).DefaultIfEmpty(IncidentLevel.Nobody).Max();
    }

    /// <summary>Says that a group is dealt with, and has that written down; false when there is none. Its next event
    /// says "back".</summary>
    /// <exception cref="IOException">It holds in this process, and could not be written down.</exception>
    public async Task<bool> ResolveAsync(string fingerprint)
    {
        if (!_groups.TryGetValue(fingerprint, out var group)) return false;
        group.Resolve(time.GetUtcNow());
        Interlocked.Increment(ref _changes);
        if (Save is { } save) await save();
        return true;
    }

    public ILogger CreateLogger(string categoryName) => new Ear(this, categoryName);

    public void Dispose() { }

    internal void Note(string category, string template, string message, Exception? error, Touched? touched)
    {
        var now = time.GetUtcNow();
        var failure = error ?? touched?.Failure;
        var operation = touched?.Operation ?? category;
        var kind = new Kind(operation, template, failure?.GetType(), (failure as ServiceException)?.Code);
        if (!IsFlooded(now.ToUnixTimeSeconds()) || !_alike.TryGetValue(kind, out var group))
        {
            group = GroupOf(category, operation, template, failure, now);
            if (_alike.Count > GroupsMax) _alike.Clear();
            _alike[kind] = group;
        }
        group.Note(new(version, message, failure, touched, now, Activity.Current?.TraceId.ToString()));
        Interlocked.Increment(ref _changes);
    }

    /// <summary>Goes on from what an earlier process knew.</summary>
    internal void Recall(RememberedErrors memory)
    {
        foreach (var earlier in memory.Groups.OrderByDescending(group => group.Last).Take(GroupsMax))
        {
            _groups.GetOrAdd(
                earlier.Fingerprint,
                static (key, made) => new(
                    key, made.Service, made.Type, made.Operation, made.FirstVersion, made.First),
                earlier).Recall(earlier);
        }
        _runs = memory.Runs;
        Trim();
    }

    internal RememberedErrors Remember() => new(_runs, [.. _groups.Values.Select(group => group.Remember())]);

    private ErrorGroup GroupOf(
        string category, string operation, string template, Exception? failure, DateTimeOffset now)
    {
        var group = _groups.GetOrAdd(
            Fingerprint.Of(failure, template, operation),
            static (key, made) => new(key, made.Service, made.Type, made.Operation, made.Version, made.Now),
            (Service: ServiceOf(category), Type: failure?.GetType().FullName ?? "", Operation: operation,
                Version: version, Now: now));
        Trim(group);
        return group;
    }

    private string ServiceOf(string category)
    {
        var parts = category.Split('.', 4);
        return parts is not ["Roost", var room, ..] ? role : room switch
        {
            "Services" when parts.Length > 2 => parts[2].ToLowerInvariant(),
            "Web" => "web",
            "Operations" when parts.Length > 2 => parts[2].ToLowerInvariant(),
            _ => role,
        };
    }

    private bool IsFlooded(long second)
    {
        if (Interlocked.Exchange(ref _second, second) != second) Volatile.Write(ref _inSecond, 0);
        return Interlocked.Increment(ref _inSecond) > WholePerSecondMax;
    }

    /// <param name="but">Whose first event is about to be noted.</param>
    private void Trim(ErrorGroup? but = null)
    {
        while (_groups.Count > GroupsMax
            && _groups.Values.Where(one => one != but).MinBy(one => one.LastAt) is { } quiet)
        {
            _groups.TryRemove(quiet.Key, out _);
            _alike.Clear();
        }
    }

    /// <summary>What can be told of an event without walking its stack.</summary>
    private readonly record struct Kind(string Operation, string Template, Type? Type, ErrorCode? Code);

    private sealed class Ear(ErrorBook book, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Error && (logLevel < LogLevel.Warning || exception is null)) return;
            var template = "";
            Touched? touched = null;
            foreach (var (name, value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
            {
                if (value is Touched somebody) touched = somebody;
                else if (name == "{OriginalFormat}" && value is string format) template = format;
            }
            book.Note(category, template, formatter(state, exception), exception, touched);
        }
    }
}
