using System.Globalization;

namespace Roost.Web.Limits;

/// <summary>
/// One limit, with the words in which its headers tell it: made once and kept, so that telling costs no allocation.
/// Thread-safe.
/// </summary>
internal sealed class LimitRule
{
    /// <summary>Of how many numbers the words are kept. Beyond (limits are raised) they are made anew.</summary>
    private const int KeptMax = 65_536;

    private readonly uint _seconds;
    private readonly CountedLease?[] _leases;
    private volatile Reset _reset = new(0, "");

    public LimitRule(LimitKind kind, RateLimit limit, int times)
    {
        Kind = kind;
        Permits = (int)Math.Min((long)limit.Requests * times, int.MaxValue - 1);
        PermitsInWords = Permits.ToString(CultureInfo.InvariantCulture);
        _seconds = (uint)limit.Minutes * 60;
        _leases = new CountedLease?[Math.Min(Permits, KeptMax)];
    }

    public LimitKind Kind { get; }

    /// <summary>Requests in a window.</summary>
    public int Permits { get; }

    public string PermitsInWords { get; }

    /// <summary>The end of the window that a time is in, both in seconds since 1970.</summary>
    public uint EndOf(uint now) => (now / _seconds + 1) * _seconds;

    /// <summary>What somebody gets who may ask so often still.</summary>
    /// <param name="remaining">Negative for whom it is too much.</param>
    public CountedLease LeaseOf(int remaining)
    {
        if (remaining < 0) return new CountedLease(this, 0, isAcquired: false);
        if (remaining >= _leases.Length) return new CountedLease(this, remaining, isAcquired: true);
        return _leases[remaining] ??= new CountedLease(this, remaining, isAcquired: true);
    }

    /// <summary>The end of the window in words, as a time with microseconds, as clients know it.</summary>
    public string EndInWords(uint end)
    {
        var reset = _reset;
        if (reset.End == end) return reset.Words;
        var at = DateTimeOffset.FromUnixTimeSeconds(end);
        reset = new Reset(end, at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        _reset = reset;
        return reset.Words;
    }

    private sealed record Reset(uint End, string Words);
}
