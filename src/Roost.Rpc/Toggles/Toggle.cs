using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Toggles;

/// <summary>
/// What is on for a fraction of all there is: new code reaches first a hundredth of the calls, or of the accounts, and
/// then more. Changed while the process runs.
/// </summary>
/// <remarks>
/// <para>With a key the answer for one account is always the same, in every process, and whoever has it on keeps it
/// when the fraction grows; two toggles choose independently of each other.</para>
/// <para>It goes back by itself: while it is on for some and off for others, whoever uses it tells how that ended
/// (<see cref="Note"/>). When what is on fails clearly more often than what is off, by a test of two shares at
/// <see cref="Sureness"/> standard deviations, the fraction becomes 0, and that is logged as an error. What is
/// older than some <see cref="NotesMax"/> uses counts for less and less.</para>
/// <para>Thread-safe. Asking costs nothing at 0 and 1, and a hash between.</para>
/// </remarks>
public sealed class Toggle
{
    /// <summary>After so many uses all that was noted counts half.</summary>
    public const int NotesMax = 20_000;

    /// <summary>How sure it has to be that it does harm: by chance that happens in one of 30,000 looks.</summary>
    public const double Sureness = 4;

    private const ulong FnvBasis = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    // Fewer failures tell nothing.
    private const int FailuresMin = 10;

    private readonly Action<Toggle, string> _wentBack;
    private readonly AtomicRandom _draws;
    private readonly ulong _seed;
    private readonly Lock _lock = new();

    // All written under _lock.
    private double _fraction;
    private bool _hasGoneBack;
    private Notes _on;
    private Notes _off;

    internal Toggle(string name, string about, double usual, Action<Toggle, string> wentBack)
    {
        (Name, About, Usual, _fraction, _wentBack) = (name, about, usual, usual, wentBack);
        _seed = Hash(name, FnvBasis);
        _draws = new AtomicRandom(_seed);
    }

    /// <summary>Lower case with dots: <c>rpc.hedging</c>.</summary>
    public string Name { get; }

    /// <summary>What is on, for people.</summary>
    public string About { get; }

    /// <summary>Its fraction unless somebody changes it.</summary>
    public double Usual { get; }

    /// <summary>For how much it is on, 0 to 1.</summary>
    public double Fraction => Volatile.Read(ref _fraction);

    /// <summary>Whether it is on for this one.</summary>
    public bool IsOn(ReadOnlySpan<char> key)
    {
        var fraction = Fraction;
        return fraction >= 1
            || (fraction > 0 && IsBelow(AtomicRandom.Mix(Hash(key, _seed)), fraction));
    }

    /// <summary>Whether it is on this time: for what has nobody to be the same for.</summary>
    public bool IsOn()
    {
        var fraction = Fraction;
        return fraction >= 1 || (fraction > 0 && IsBelow(_draws.Next(), fraction));
    }

    /// <summary>A use has ended. Does nothing while it is on for all or for nobody.</summary>
    public void Note(bool wasOn, bool hasFailed)
    {
        if (Fraction is <= 0 or >= 1) return;
        string? why = null;
        lock (_lock)
        {
            ref var notes = ref wasOn ? ref _on : ref _off;
            notes = new(notes.Uses + 1, notes.Failures + (hasFailed ? 1 : 0));
            if (wasOn && hasFailed && DoesHarm_NeedsLock())
            {
                why = FormattableString.Invariant(
                    $"{_on.Failures:0} of {_on.Uses:0} failed with it, {_off.Failures:0} of {_off.Uses:0} without");
                Set_NeedsLock(0);
                _hasGoneBack = true;
            }
            else if (_on.Uses + _off.Uses > NotesMax)
            {
                (_on, _off) = (_on.Half, _off.Half);
            }
        }
        if (why is not null) _wentBack(this, why);
    }

    /// <summary>Has it be on for another fraction.</summary>
    /// <param name="fraction">0 to 1.</param>
    public void Set(double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        lock (_lock) Set_NeedsLock(fraction);
    }

    /// <summary>How it stands.</summary>
    public ToggleReport Report()
    {
        lock (_lock)
        {
            return new ToggleReport(
                Name, About, _fraction, Usual, _hasGoneBack, (long)_on.Uses, (long)_on.Failures, (long)_off.Uses,
                (long)_off.Failures);
        }
    }

    /// <summary>A service that is one of two, call by call, with outcomes noted: what only the caller's side did wrong
    /// is no failure.</summary>
    /// <param name="off">What there was before.</param>
    /// <param name="on">What is to take its place.</param>
    public Service<TRequest, TReply> Between<TRequest, TReply>(
        Service<TRequest, TReply> off, Service<TRequest, TReply> on)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call) => Fraction switch
        {
            >= 1 => on(request, call),
            <= 0 => off(request, call),
            _ => ChooseAsync(request, call),
        };

        async ValueTask<TReply> ChooseAsync(TRequest request, Call call)
        {
            var isOn = IsOn();
            try
            {
                var reply = await (isOn ? on : off)(request, call);
                Note(isOn, hasFailed: false);
                return reply;
            }
            catch (Exception error)
            {
                Note(isOn, IsFailure(error, call));
                throw;
            }
        }
    }

    private static bool IsFailure(Exception error, Call call) => error switch
    {
        ServiceException { Code: var code } => Unserved.IsFailure(code),
        OperationCanceledException => !call.Cancellation.IsCancellationRequested,
        _ => true,
    };

    /// <summary>FNV-1a over 16-bit letters: the same in every process of any version.</summary>
    private static ulong Hash(ReadOnlySpan<char> text, ulong basis)
    {
        foreach (var letter in text) basis = (basis ^ letter) * FnvPrime;
        return basis;
    }

    private static bool IsBelow(ulong draw, double fraction) => (draw >> 11) * (1.0 / (1L << 53)) < fraction;

    private void Set_NeedsLock(double fraction)
    {
        Volatile.Write(ref _fraction, fraction);
        (_on, _off, _hasGoneBack) = (default, default, false);
    }

    /// <summary>The usual test of two shares (pooled, one-sided).</summary>
    private bool DoesHarm_NeedsLock()
    {
        if (_on.Failures < FailuresMin || _off.Uses == 0) return false;
        var pooled = (_on.Failures + _off.Failures) / (_on.Uses + _off.Uses);
        var deviation = Math.Sqrt(pooled * (1 - pooled) * (1 / _on.Uses + 1 / _off.Uses));
        return _on.Failures / _on.Uses - _off.Failures / _off.Uses > Sureness * deviation;
    }

    private readonly record struct Notes(double Uses, double Failures)
    {
        public Notes Half => new(Uses / 2, Failures / 2);
    }
}

/// <summary>How a toggle stands.</summary>
/// <param name="HasGoneBack">It did harm, and is off since.</param>
/// <param name="OnUses">Lately noted, since the fraction was changed; so are the next three.</param>
public sealed record ToggleReport(
    string Name, string About, double Fraction, double Usual, bool HasGoneBack, long OnUses, long OnFailures,
    long OffUses, long OffFailures);
