using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Roost.Rpc.Admin;

/// <summary>
/// Errors in the large: every failure that is logged, with an exception or as an error, becomes an event of a group,
/// and groups are counted minute by minute. It listens to the logs, so that services say nothing twice and pay nothing.
/// </summary>
/// <remarks>
/// Thread-safe. Kept in memory: an hour of minutes for each of at most <see cref="GroupsMax"/> groups; beyond, the
/// group that has been quiet the longest is forgotten.
/// </remarks>
/// <param name="version">Of this program: tells "new in this version" from "still there".</param>
public sealed class ErrorBook(string version, TimeProvider time) : ILoggerProvider
{
    public const int GroupsMax = 1000;

    private readonly ConcurrentDictionary<string, ErrorGroup> _groups = new();

    /// <summary>All groups; those that grow fastest first, then those with most in the last hour.</summary>
    public IReadOnlyList<ErrorReport> Report()
    {
        var minute = Minute();
        return [.. _groups.Values.Select(group => group.Report(minute))
            .OrderByDescending(report => report.Growth).ThenByDescending(report => report.LastHour)
            .ThenBy(report => report.Fingerprint, StringComparer.Ordinal)];
    }

    /// <summary>Says that a group is dealt with; false when there is none. Its next event says "back".</summary>
    public bool Resolve(string fingerprint)
    {
        if (!_groups.TryGetValue(fingerprint, out var group)) return false;
        group.Resolve();
        return true;
    }

    public ILogger CreateLogger(string categoryName) => new Ear(this, categoryName);

    public void Dispose() { }

    internal void Note(string operation, string template, string message, Exception? error)
    {
        var fingerprint = Fingerprint.Of(error, template, operation);
        var group = _groups.GetOrAdd(
            fingerprint,
            static (key, made) => new ErrorGroup(key, made.Type, made.Operation, made.Version, made.Now),
            (Type: error?.GetType().FullName ?? "", Operation: operation, Version: version, Now: time.GetUtcNow()));
        group.Note(Minute(), version, message, error, time.GetUtcNow(), Activity.Current?.TraceId.ToString());
        if (_groups.Count > GroupsMax && _groups.Values.MinBy(one => one.LastAt) is { } quiet)
            _groups.TryRemove(quiet.Key, out _);
    }

    private long Minute() => time.GetUtcNow().ToUnixTimeSeconds() / 60;

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
            var template = state is IReadOnlyList<KeyValuePair<string, object?>> fields
                && fields.FirstOrDefault(field => field.Key == "{OriginalFormat}").Value is string format
                    ? format
                    : "";
            book.Note(category, template, formatter(state, exception), exception);
        }
    }
}
