using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Roost.Rpc.Balancing;

/// <summary>
/// One instance as a <see cref="Balancer{TTarget}"/> sees it. Changes of standing happen in the balancer's step only:
/// <code>
///            fails, or is slow                 its time is up
///   Ready ────────────────────────► Ejected ─────────────────► Probed ──► Ready, warming up
///                                      ▲                          │
///                                      └── a probe failed: twice as long
/// </code>
/// </summary>
public sealed class Instance<TTarget>
    where TTarget : class
{
    // Calls begun in the upper 40 bits, calls at work in the lower 24: both cost one atomic addition.
    private const int CallsShift = 24;
    private const long AtWorkMask = (1L << CallsShift) - 1;

    // A mean over the last 20 calls or so.
    private const double TookWeight = 0.05;

    private long _counts;

    // In the clock's ticks. For people only: of two calls that end at once one may be left out.
    private double _took;
    private double _weight;
    private int _failuresInARow;

    // 1 while a probe is under way; Interlocked.
    private int _isProbing;
    private int _goodProbes;
    private int _badProbes;

    internal Instance(InstanceInfo info, TTarget target, LoadEstimate load, long now)
    {
        (Info, Target, Load, Since) = (info, target, load, now);
        Place = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(info.Id)));
    }

    public InstanceInfo Info { get; internal set; }

    /// <summary>What a caller calls: a channel, a server of a simulation.</summary>
    public TTarget Target { get; }

    internal LoadEstimate Load { get; }

    /// <summary>Made of its id: the same in every process, for each to find the same instance of a key.</summary>
    internal ulong Place { get; }

    // The following are the step's alone, under the balancer's lock.

    internal InstanceStanding Standing { get; set; }

    /// <summary>From when on it warms up.</summary>
    internal long Since { get; set; }

    /// <summary>Ejected until then; probed, not before then.</summary>
    internal long Until { get; set; }

    /// <summary>How often it was ejected without a long good time between.</summary>
    internal int Ejections { get; set; }

    // These are anybody's.

    internal double Weight
    {
        get => Volatile.Read(ref _weight);
        set => Volatile.Write(ref _weight, value);
    }

    internal int Outstanding => (int)(Volatile.Read(ref _counts) & AtWorkMask);

    internal long Calls => Volatile.Read(ref _counts) >> CallsShift;

    /// <summary>
    /// What one more call would wait for, in usual times; smaller is better. The new call itself is not divided by the
    /// weight: draws heed it already, and a heavy instance without work answers no sooner than a light one.
    /// </summary>
    internal double Cost => Load.Peak * (Outstanding / Weight + 1);

    internal int FailuresInARow => Volatile.Read(ref _failuresInARow);

    internal int GoodProbes => Volatile.Read(ref _goodProbes);

    internal int BadProbes => Volatile.Read(ref _badProbes);

    internal void Begin() => Interlocked.Add(ref _counts, (1L << CallsShift) + 1);

    internal bool TryBeginProbe()
    {
        if (BadProbes > 0 || Interlocked.CompareExchange(ref _isProbing, 1, 0) != 0) return false;
        Begin();
        return true;
    }

    /// <param name="took">Its time, in the clock's ticks.</param>
    /// <returns>How many have failed in a row, this one included.</returns>
    internal int End(double slowness, long took, CallOutcome outcome, long now)
    {
        Interlocked.Decrement(ref _counts);
        Load.Observe(slowness, outcome, now);
        if (outcome == CallOutcome.Answered) Note(took);
        if (outcome == CallOutcome.Failed) return Interlocked.Increment(ref _failuresInARow);
        if (outcome == CallOutcome.Answered && Volatile.Read(ref _failuresInARow) != 0)
            Volatile.Write(ref _failuresInARow, 0);
        return 0;
    }

    internal void EndProbe(bool isGood)
    {
        if (isGood) Interlocked.Increment(ref _goodProbes);
        else Interlocked.Increment(ref _badProbes);
        Volatile.Write(ref _isProbing, 0);
    }

    /// <summary>Forgets what it was judged by.</summary>
    internal void Absolve(long now)
    {
        Load.Reset(now);
        Volatile.Write(ref _failuresInARow, 0);
        Volatile.Write(ref _goodProbes, 0);
        Volatile.Write(ref _badProbes, 0);
    }

    /// <param name="frequency">The clock's ticks a second.</param>
    internal InstanceReport Report(long frequency) => new(
        Info, Standing, Outstanding, Calls, Load.Mean, Load.FailedShare,
        Standing == InstanceStanding.Ready ? Weight : 0)
    {
        Latency = Volatile.Read(ref _took) / frequency,
        FailuresInARow = FailuresInARow,
        Ejections = Ejections,
    };

    private void Note(long took)
    {
        var mean = Volatile.Read(ref _took);
        Volatile.Write(ref _took, mean == 0 ? took : mean + TookWeight * (took - mean));
    }
}
