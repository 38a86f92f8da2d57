using Roost.Rpc.Balancing;

namespace Roost.Rpc.Admission;

/// <summary>
/// How many calls a service should have at work, found from how long they take: more than its workers, so that none of
/// them is idle, and few enough that they do not wait within it, where nobody can put one before another.
/// </summary>
/// <remarks>
/// <para>Little's law: while a service has free workers a call takes its usual time, however many there are; beyond,
/// all take longer in proportion. So once a window (100 ms and 16 calls at least) the limit is multiplied by
/// <c>tolerance / slowness</c>, not below a half and not above 1, and grows by half its square root if it was used.
/// Slowness is the time of all calls of the window over the time that they usually take, each by its kind, so that a
/// change of the mixture is no change of slowness. Nothing happens while calls at work do not reach half of the
/// limit.</para>
/// <para>What is usual is what windows show in which few are at work, or the lowest of the others; a service that is
/// always busy never shows it. So now and then, while the limit is used, it is lowered for one window to half of what
/// the service is thought to work on at once (<c>limit / slowness</c>): without a queue of its own. What calls take
/// then is usual from now on, be it less or, when the service has become slower by itself, more: that is told apart
/// from a queue by nothing else. BBR (Cardwell and others, 2016) measures the round trip of a connection in the same
/// way.</para>
/// <para>Beside the limit it follows how many calls the service works on when all its workers are busy
/// (<see cref="Knee"/>): by Little's law as many as come through in a time, times what they usually take. Shares are
/// parts of that, so that one alone never makes a queue within the service, in which the others would wait.</para>
/// <para>Not thread-safe: its gate's lock is held.</para>
/// </remarks>
internal sealed class LatencyGradient
{
    private const int SamplesMin = 16;

    // A single call counts at most this many times as long as usual: one that hangs is not a queue.
    private const double SlownessMax = 20;

    private const double ProbeDepth = 0.5;

    // What a probe finds within these is noise.
    private const double SameMin = 0.95;
    private const double SameMax = 1.2;

    private const double DropTimes = 0.9;

    // Slower than this over some windows, and all workers are busy: what comes through then is all that they can do.
    private const double BusySlowness = 1.2;
    private const double SlownessWeight = 0.3;

    private const double KneeWeight = 0.3;
    private const double KneeGrowth = 1.03;

    // How far the usual time goes towards a window's. Downwards is more certain, and upwards only where there is no
    // queue.
    private const double UsualDown = 0.3;
    private const double UsualUp = 0.05;
    private const double CalmPart = 0.75;

    private readonly AdmissionOptions _options;
    private readonly long _window;
    private readonly long _windowMax;
    private readonly long _probeEvery;
    private readonly long _probeAgain;

    private readonly Kind[] _kinds;
    private double _limit;
    private double _knee;
    private double _smoothSlowness = 1;

    // Of the window, which began at _from.
    private long _from;
    private double _took;
    private double _usual;
    private int _samples;
    private int _peak;
    private bool _hasOwn;
    private bool _hasDrop;
    private bool _isPartUsed;

    private Stage _stage;
    private int _probeLimit;
    private long _nextProbe;

    private enum Stage
    {
        Following,
        /// <summary>A probe waits until as few are at work as it allows.</summary>
        Draining,
        /// <summary>Only calls that began in the probe count.</summary>
        Probing,
    }

    /// <param name="kinds">How many kinds of calls there are; each is usually as long as others of its kind.</param>
    public LatencyGradient(AdmissionOptions options, int kinds, TimeProvider time)
    {
        options.Validate();
        _options = options;
        _kinds = new Kind[kinds];
        _limit = Math.Clamp(options.LimitFirst, options.LimitMin, options.LimitMax);
        _knee = _limit;
        _from = time.GetTimestamp();
        var second = time.TimestampFrequency;
        (_window, _windowMax, _probeEvery, _probeAgain) = (second / 10, second, 20 * second, second);
    }

    /// <summary>How many may be at work now.</summary>
    public int Limit => _stage == Stage.Following ? (int)_limit : Math.Min(_probeLimit, (int)_limit);

    /// <summary>How many may be at work while nothing is probed.</summary>
    public int SettledLimit => (int)_limit;

    /// <summary>How many calls it works on at once without a queue of its own, as far as is known.</summary>
    public double Knee => _knee;

    /// <summary>A share was not let in because its part of <see cref="Knee"/> is used.</summary>
    public void NotePartUsed() => _isPartUsed = true;

    /// <summary>A call ended.</summary>
    /// <param name="atWork">How many were at work just before, this one included.</param>
    public void Observe(int kind, long start, long now, CallOutcome outcome, int atWork)
    {
        if (_options.LimitMin == _options.LimitMax) return;
        _peak = Math.Max(_peak, atWork);
        _hasDrop |= outcome == CallOutcome.Overloaded;
        if (outcome == CallOutcome.Answered && (_stage != Stage.Probing || start >= _from)) Add(kind, start, now);
        if (_stage == Stage.Draining)
        {
            if (atWork - 1 > _probeLimit && now - _from < _windowMax) return;
            _stage = Stage.Probing;
            Restart(now);
        }
        else if (now - _from >= _window && _hasOwn && (_samples >= SamplesMin || now - _from >= _windowMax))
        {
            Close(now);
        }
    }

    private void Add(int kind, long start, long now)
    {
        ref var one = ref _kinds[kind];
        double took = Math.Max(1, now - start);
        if (one.Usual > 0)
        {
            took = Math.Min(took, SlownessMax * one.Usual);
            _took += took;
            _usual += one.Usual;
        }
        one.Took += took;
        one.Calls++;
        _samples++;
        _hasOwn |= start >= _from;
    }

    private void Close(long now)
    {
        var slowness = _usual > 0 ? _took / _usual : 1;
        var wasProbing = _stage == Stage.Probing;
        _stage = Stage.Following;
        if (wasProbing) Learn(slowness, now);
        var isFull = _peak * 2 >= _limit;
        LearnUsual(mayRise: !wasProbing && _peak <= CalmPart * _knee);
        if (!wasProbing)
        {
            FollowKnee(slowness, now);
            if (isFull) Follow(slowness, now);
        }
        Restart(now);
    }

    private void Follow(double slowness, long now)
    {
        var isDue = now >= _nextProbe;
        // Of calls that take much too long it is to be known soon whether they wait, or the service is slow.
        var isSudden = slowness > 2 * _options.Tolerance && now >= _nextProbe - _probeEvery + _probeAgain;
        if (isDue || isSudden)
        {
            _probeLimit = Math.Max(1, (int)(ProbeDepth * _limit / Math.Max(1, slowness)));
            _stage = Stage.Draining;
        }
        var limit = _limit * Math.Clamp(_options.Tolerance / slowness, 0.5, 1);
        // Where shares keep below it, nobody needs a higher one.
        if (_peak >= (int)_limit) limit += Math.Sqrt(_limit) / 2;
        if (_hasDrop) limit = Math.Min(limit, _limit * DropTimes);
        _limit = Math.Clamp(limit, _options.LimitMin, _options.LimitMax);
    }

    private void FollowKnee(double slowness, long now)
    {
        _smoothSlowness += SlownessWeight * (slowness - _smoothSlowness);
        if (_smoothSlowness > BusySlowness) _knee += KneeWeight * (_usual / (now - _from) - _knee);
        else if (_isPartUsed) _knee *= KneeGrowth;
        _knee = Math.Clamp(_knee, _options.LimitMin, _limit);
    }

    /// <summary>Of a probe: all kinds are as much slower or quicker as those seen were.</summary>
    private void Learn(double slowness, long now)
    {
        var isSame = slowness is > SameMin and < SameMax;
        // What is found once is looked at again soon: it may have been a pause of the process.
        _nextProbe = now + (isSame ? _probeEvery : _probeAgain);
        if (isSame) return;
        for (var i = 0; i < _kinds.Length; i++) _kinds[i].Usual *= slowness;
    }

    private void LearnUsual(bool mayRise)
    {
        for (var i = 0; i < _kinds.Length; i++)
        {
            ref var one = ref _kinds[i];
            if (one.Calls < SamplesMin) continue;
            var mean = one.Took / one.Calls;
            if (one.Usual == 0) one.Usual = mean;
            else if (mean < one.Usual) one.Usual += UsualDown * (mean - one.Usual);
            else if (mayRise) one.Usual += UsualUp * (mean - one.Usual);
            (one.Took, one.Calls) = (0, 0);
        }
    }

    private void Restart(long now)
    {
        (_from, _took, _usual, _samples, _peak) = (now, 0, 0, 0, 0);
        (_hasOwn, _hasDrop, _isPartUsed) = (false, false, false);
        // What is left of a few calls is from before the probe.
        if (_stage != Stage.Probing) return;
        for (var i = 0; i < _kinds.Length; i++) (_kinds[i].Took, _kinds[i].Calls) = (0, 0);
    }

    private struct Kind
    {
        /// <summary>What a call takes where none waits, in the clock's ticks; 0 while that is not known.</summary>
        public double Usual;

        // Of calls since the last mean.
        public double Took;
        public int Calls;
    }
}
