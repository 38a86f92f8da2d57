namespace Roost.Rpc.Admin;

/// <summary>A group of errors, for people and machines.</summary>
/// <param name="Fingerprint">What its events have in common; begins with the rule's version.</param>
/// <param name="Type">The exception's; empty for an error without one.</param>
/// <param name="Operation">What was being done: the logger's category.</param>
/// <param name="Sample">The newest event's message.</param>
/// <param name="Trace">The trace that it was part of, or null.</param>
/// <param name="Minutes">Events in each of the last 60 minutes, the newest last.</param>
/// <param name="Growth">How many times as many there were in the last 5 minutes as the 55 before would let
/// expect.</param>
/// <param name="Versions">Events by version of the program.</param>
/// <param name="IsBack">Seen again after somebody called it resolved.</param>
public sealed record ErrorReport(
    string Fingerprint, string Type, string Operation, string Sample, string? Trace, IReadOnlyList<string> Frames,
    DateTimeOffset First, DateTimeOffset Last, long Total, long LastHour, double Growth,
    IReadOnlyList<int> Minutes, IReadOnlyDictionary<string, long> Versions, bool IsResolved, bool IsBack);

/// <summary>The events of one fingerprint. All under its lock.</summary>
internal sealed class ErrorGroup(string key, string type, string operation, string version, DateTimeOffset first)
{
    private const int MinutesKept = 60;
    private const int RecentMinutes = 5;
    private const int SampleCharactersMax = 2000;

    private readonly Lock _lock = new();
    private readonly int[] _minutes = new int[MinutesKept];
    private readonly Dictionary<string, long> _versions = new() { [version] = 0 };
    private long _newest;
    private long _total;
    private string _sample = "";
    private string? _trace;
    private string[] _frames = [];
    private DateTimeOffset _last;
    private bool _isResolved;
    private bool _isBack;

    public string Key => key;

    public DateTimeOffset LastAt
    {
        get
        {
            lock (_lock) return _last;
        }
    }

    public void Note(
        long minute, string inVersion, string message, Exception? error, DateTimeOffset at, string? trace)
    {
        lock (_lock)
        {
            Advance_NeedsLock(minute);
            _minutes[minute % MinutesKept]++;
            _total++;
            _versions[inVersion] = _versions.GetValueOrDefault(inVersion) + 1;
            _sample = message.Length > SampleCharactersMax ? message[..SampleCharactersMax] : message;
            (_trace, _last) = (trace, at);
            if (_frames.Length == 0 && error is not null) _frames = [.. Fingerprint.OurFrames(error)];
            _isBack |= _isResolved;
            _isResolved = false;
        }
    }

    public void Resolve()
    {
        lock (_lock) (_isResolved, _isBack) = (true, false);
    }

    public ErrorReport Report(long minute)
    {
        lock (_lock)
        {
            Advance_NeedsLock(minute);
            var minutes = new int[MinutesKept];
            for (var i = 0; i < MinutesKept; i++) minutes[i] = _minutes[(minute + 1 + i) % MinutesKept];
            var recent = minutes[^RecentMinutes..].Sum();
            var before = minutes[..^RecentMinutes].Sum();
            // One event is always expected: a single one does not grow without bounds.
            var expected = Math.Max(1, (double)before * RecentMinutes / (MinutesKept - RecentMinutes));
            return new(
                key, type, operation, _sample, _trace, _frames, first, _last, _total, recent + before,
                recent / expected, minutes, new Dictionary<string, long>(_versions), _isResolved, _isBack);
        }
    }

    private void Advance_NeedsLock(long minute)
    {
        var from = Math.Max(_newest + 1, minute - MinutesKept + 1);
        for (var i = from; i <= minute; i++) _minutes[i % MinutesKept] = 0;
        _newest = Math.Max(_newest, minute);
    }
}
