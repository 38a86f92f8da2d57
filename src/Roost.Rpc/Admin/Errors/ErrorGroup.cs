namespace Roost.Rpc.Admin.Errors;

/// <summary>One failure, as a log told of it.</summary>
internal readonly record struct ErrorEvent(
    string Version, string Message, Exception? Error, Touched? Touched, DateTimeOffset At, string? Trace)
{
    public long Minute => MinuteOf(At);

    public static long MinuteOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 60;
}

/// <summary>The events of one fingerprint. All under its lock.</summary>
internal sealed class ErrorGroup(
    string key, string service, string type, string operation, string firstVersion, DateTimeOffset first)
{
    private const int SampleCharactersMax = 2_000;
    private const int VersionsMax = 10;

    private readonly Lock _lock = new();
    private readonly int[] _minutes = new int[ErrorRank.MinutesKept];

    // Of these, those that somebody met.
    private readonly int[] _met = new int[ErrorRank.MinutesKept];
    private readonly RecentPeople _people = new();
    private readonly Dictionary<string, long> _versions = [];
    private string _firstVersion = firstVersion;
    private DateTimeOffset _first = first;
    private long _newest;
    private long _total;
    private string _sample = "";
    private string? _trace;
    private string[] _frames = [];
    private DateTimeOffset _last;
    private DateTimeOffset? _resolved;
    private bool _isBack;

    public string Key => key;

    public DateTimeOffset LastAt
    {
        get
        {
            lock (_lock) return _last;
        }
    }

    public void Note(in ErrorEvent one)
    {
        lock (_lock)
        {
            Advance_NeedsLock(one.Minute);
            _minutes[one.Minute % ErrorRank.MinutesKept]++;
            _total++;
            Count_NeedsLock(one.Version, 1);
            if (one.Touched is { } touched)
            {
                _met[one.Minute % ErrorRank.MinutesKept]++;
                if (touched.Who != 0) _people.Add(touched.Who, one.Minute);
            }
            _sample = one.Message.Length > SampleCharactersMax ? one.Message[..SampleCharactersMax] : one.Message;
            (_trace, _last) = (one.Trace, one.At);
            if (_frames.Length == 0 && one.Error is not null) _frames = [.. Fingerprint.OurFrames(one.Error)];
            _isBack |= _resolved is not null;
            _resolved = null;
        }
    }

    public void Resolve(DateTimeOffset at)
    {
        lock (_lock) (_resolved, _isBack) = (at, false);
    }

    /// <summary>Adds what an earlier process knew of it.</summary>
    public void Recall(RememberedError earlier)
    {
        lock (_lock)
        {
            // What has been seen since this process began has come back.
            _isBack = earlier.IsBack || (earlier.ResolvedAt is not null && _total > 0);
            _resolved = _isBack ? null : earlier.ResolvedAt;
            if (_total == 0)
                (_sample, _frames, _last) = (earlier.Sample, [.. earlier.Frames], earlier.Last);
            (_first, _firstVersion) = (earlier.First, earlier.FirstVersion);
            _total += earlier.Total;
            foreach (var (version, count) in earlier.Versions) Count_NeedsLock(version, count);
        }
    }

    public RememberedError Remember()
    {
        lock (_lock)
        {
            return new(
                key, service, type, operation, _sample, _frames, _first, _firstVersion, _last, _total,
                new Dictionary<string, long>(_versions), _resolved, _isBack);
        }
    }

    /// <summary>For how many it is an incident; for nobody when it is resolved.</summary>
    public IncidentLevel Level(long minute, long? requests)
    {
        lock (_lock)
        {
            Advance_NeedsLock(minute);
            return _resolved is null ? ErrorRank.LevelOf(Met_NeedsLock(minute), requests) : IncidentLevel.Nobody;
        }
    }

    /// <param name="version">That runs; null while no earlier one is remembered.</param>
    /// <param name="requests">As <see cref="ErrorRank.LevelOf"/> takes it.</param>
    public ErrorReport Report(long minute, string? version, long? requests)
    {
        lock (_lock)
        {
            Advance_NeedsLock(minute);
            var people = _people.Read(minute);
            var recently = Met_NeedsLock(minute);
            return new()
            {
                Fingerprint = key,
                Service = service,
                Type = type,
                Operation = operation,
                Sample = _sample,
                Trace = _trace,
                Frames = _frames,
                First = _first,
                FirstVersion = _firstVersion,
                Last = _last,
                Total = _total,
                Minutes = InOrder(_minutes, minute),
                Versions = new Dictionary<string, long>(_versions),
                Met = recently,
                Users = Math.Max(people.Estimate, Array.Exists(_met, count => count > 0) ? 1 : 0),
                People = people.Estimate > 0 ? people.ToArray() : null,
                Level = ErrorRank.LevelOf(recently, requests),
                IsNew = _firstVersion == version,
                IsBack = _isBack,
                ResolvedAt = _resolved,
            };
        }
    }

    private static int[] InOrder(int[] ring, long minute)
    {
        var minutes = new int[ring.Length];
        for (var i = 0; i < minutes.Length; i++) minutes[i] = ring[(minute + 1 + i) % ring.Length];
        return minutes;
    }

    /// <summary>Requests of the recent minutes that met it.</summary>
    private long Met_NeedsLock(long minute)
    {
        var met = 0L;
        for (var i = 0; i < ErrorRank.RecentMinutes; i++) met += _met[(minute - i) % ErrorRank.MinutesKept];
        return met;
    }

    private void Count_NeedsLock(string version, long count)
    {
        _versions[version] = _versions.GetValueOrDefault(version) + count;
        if (_versions.Count > VersionsMax) _versions.Remove(_versions.MinBy(one => one.Value).Key);
    }

    private void Advance_NeedsLock(long minute)
    {
        var from = Math.Max(_newest + 1, minute - ErrorRank.MinutesKept + 1);
        for (var i = from; i <= minute; i++)
            (_minutes[i % ErrorRank.MinutesKept], _met[i % ErrorRank.MinutesKept]) = (0, 0);
        _newest = Math.Max(_newest, minute);
    }
}
