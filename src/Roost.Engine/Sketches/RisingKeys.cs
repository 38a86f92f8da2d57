namespace Roost.Engine.Sketches;

/// <summary>
/// Which keys (hashtags, links, posts) are used much more at the moment than they usually are. Of each key it counts
/// how many use it, each account once an hour however often it does, with a short and a long half-life; a key rises by
/// as much as the short count is above what the long one would let expect.
/// <code>
///  expected = long count × short half-life / long half-life
///  score    = (short - expected)² / (expected + 1),   0 while below it
/// </code>
/// </summary>
/// <remarks>
/// <para>Memory is fixed: the short count is kept for the most used keys only (<see cref="SpaceSaving{TKey}"/>), the
/// long one for all in a <see cref="CountMinSketch"/>. Damped against spam: an account alone lifts nothing, since a key
/// counts only when enough of them used it in two days.</para>
/// <para>It has no clock: times are those of what is counted, so that the same posts give the same trends. One thread
/// at a time.</para>
/// </remarks>
public sealed class RisingKeys<TKey>
    where TKey : notnull
{
    private const long HourMilliseconds = 3_600_000;
    private const long DayMilliseconds = 24 * HourMilliseconds;

    private readonly RisingOptions _options;
    private readonly Func<TKey, ulong> _hash;
    private readonly SpaceSaving<TKey> _short;
    private readonly CountMinSketch _long;
    private readonly FirstTimes _hourly;
    private readonly FirstTimes _daily;
    private readonly Dictionary<TKey, DayUses> _uses = [];

    /// <param name="hash">64 bits that all count; the same for equal keys.</param>
    public RisingKeys(RisingOptions options, Func<TKey, ulong> hash)
    {
        (_options, _hash) = (options, hash);
        _short = new SpaceSaving<TKey>(options.KeysMax, options.ShortHalfLife);
        _long = new CountMinSketch(options.LongHalfLife);
        _hourly = new FirstTimes();
        _daily = new FirstTimes();
    }

    /// <summary>Somebody used a key.</summary>
    public void Note(TKey key, int account, double amount, long unixMilliseconds)
    {
        var hash = _hash(key);
        if (_hourly.Note(hash, account, unixMilliseconds / HourMilliseconds))
        {
            _long.Add(hash, amount, unixMilliseconds);
            if (_short.Add(key, amount, unixMilliseconds, out var forgotten))
                _uses.Remove(forgotten!);
            _uses.TryAdd(key, new DayUses());
        }
        // What was forgotten within the hour has no place to count in.
        var day = unixMilliseconds / DayMilliseconds;
        if (_uses.TryGetValue(key, out var uses))
            uses.Note(day, _daily.Note(hash, account, day));
    }

    /// <summary>Takes a key out: its post is gone.</summary>
    public void Remove(TKey key)
    {
        _short.Remove(key);
        _uses.Remove(key);
    }

    /// <summary>The keys that rise, the most first.</summary>
    public List<Rising<TKey>> Top(int limit, long unixMilliseconds)
    {
        var day = unixMilliseconds / DayMilliseconds;
        var ratio = _options.ShortHalfLife / _options.LongHalfLife;
        var rising = new List<Rising<TKey>>();
        foreach (var heavy in _short.At(unixMilliseconds))
        {
            var count = heavy.Count - heavy.Error;
            var expected = Math.Max(0, _long.Estimate(_hash(heavy.Key), unixMilliseconds) - count) * ratio;
            var score = (count - expected) * (count - expected) / (expected + 1);
            var accounts = _uses.GetValueOrDefault(heavy.Key)?.Accounts(day) ?? 0;
            if (count > expected && score >= _options.ScoreMin && accounts >= _options.AccountsMin)
                rising.Add(new Rising<TKey>(heavy.Key, score));
        }
        rising.Sort((one, other) => other.Score.CompareTo(one.Score));
        return rising.Count <= limit ? rising : rising[..limit];
    }

    /// <summary>All keys that are kept.</summary>
    public IEnumerable<TKey> Keys => _uses.Keys;

    /// <summary>Uses on a day and the six before it, newest first; zeros where nothing is known.</summary>
    public DayUse[] HistoryOf(TKey key, long unixMilliseconds)
    {
        var today = unixMilliseconds / DayMilliseconds;
        var known = _uses.GetValueOrDefault(key);
        return [.. Enumerable.Range(0, DayUses.Days).Select(i => known?.On(today - i) ?? new DayUse(today - i, 0, 0))];
    }

    private sealed class DayUses
    {
        public const int Days = 7;
        private readonly DayUse[] _days = new DayUse[Days];

        public void Note(long day, bool isNewAccount)
        {
            ref var use = ref _days[day % Days];
            if (use.Day > day)
                return;
            if (use.Day < day)
                use = new DayUse(day, 0, 0);
            use = use with { Uses = use.Uses + 1, Accounts = use.Accounts + (isNewAccount ? 1 : 0) };
        }

        public DayUse On(long day) => _days[day % Days] is var use && use.Day == day ? use : new DayUse(day, 0, 0);

        public int Accounts(long day) => On(day).Accounts + On(day - 1).Accounts;
    }
}

/// <summary>How <see cref="RisingKeys{TKey}"/> counts.</summary>
/// <param name="ShortHalfLife">Of what counts as now.</param>
/// <param name="LongHalfLife">Of what counts as usual; longer.</param>
/// <param name="KeysMax">Keys that are kept; about 300 bytes each.</param>
/// <param name="AccountsMin">A key that fewer accounts used, today and yesterday, does not rise.</param>
/// <param name="ScoreMin">Nor does one below this score.</param>
public sealed record RisingOptions(
    TimeSpan ShortHalfLife, TimeSpan LongHalfLife, int KeysMax = 4_096, int AccountsMin = 2, double ScoreMin = 1);

public readonly record struct Rising<TKey>(TKey Key, double Score);

/// <param name="Day">Days since 1970, UTC.</param>
/// <param name="Accounts">How many different ones, more or less.</param>
public readonly record struct DayUse(long Day, int Uses, int Accounts);
