namespace Roost.Engine.Sketches;

/// <summary>
/// Exponential decay, forward: what is added later weighs more, instead of what is there becoming less (Cormode,
/// Shkapenyuk, Srivastava, Xu: Forward Decay, 2009). A counter of decayed sums is one number, and one weight turns all
/// of them into what they are worth at a moment.
/// </summary>
/// <remarks>
/// Times are Unix milliseconds. They may step back; what is late counts as old as it is. Weights grow with time; before
/// they outgrow a double, <see cref="NeedsRescale"/> says so, and the owner multiplies everything by
/// <see cref="Rescale"/>.
/// </remarks>
internal struct Decay(TimeSpan halfLife)
{
    private const double WeightMax = 1e100;
    private readonly double _perMillisecond = 1 / halfLife.TotalMilliseconds;
    private long _landmark;

    /// <summary>What something that is added at a time weighs.</summary>
    public readonly double WeightAt(long unixMilliseconds) =>
        double.Exp2((unixMilliseconds - _landmark) * _perMillisecond);

    /// <summary>What a sum of weights is worth at a time.</summary>
    public readonly double WorthAt(double sum, long unixMilliseconds) => sum / WeightAt(unixMilliseconds);

    public readonly bool NeedsRescale(long unixMilliseconds) => WeightAt(unixMilliseconds) > WeightMax;

    /// <summary>Moves the landmark; every sum has to be multiplied by the result.</summary>
    public double Rescale(long unixMilliseconds)
    {
        var factor = 1 / WeightAt(unixMilliseconds);
        _landmark = unixMilliseconds;
        return factor;
    }
}
