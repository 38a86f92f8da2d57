namespace Roost.Rpc.Balancing;

/// <summary>
/// A quantile of a stream of positive numbers in one number of memory: each value above the estimate lifts it a little,
/// each below lowers it a little, in the ratio that balances at the quantile (the "frugal" estimators of Ma,
/// Muthukrishnan and Sandler, 2014, with steps in proportion to the estimate). Unlike a mean it does not care how far
/// away the outliers are.
/// </summary>
/// <remarks>Thread-safe; two values at the same instant may count as one, which an estimate can bear.</remarks>
/// <param name="quantile">Between 0 and 1: 0.5 for the median.</param>
public sealed class QuantileEstimate(double quantile)
{
    // The usual step, 2 %, follows a doubling within some 70 values. First steps are larger: the first value may be
    // far off, as calls before the JIT are.
    private const double StepMin = 0.02;

    private double _value;
    private int _count;

    /// <summary>The estimate; 0 before the first value.</summary>
    public double Value => Volatile.Read(ref _value);

    public void Add(double value)
    {
        var estimate = Volatile.Read(ref _value);
        var count = ++_count;
        if (estimate <= 0)
        {
            Volatile.Write(ref _value, value);
            return;
        }
        var step = count is > 0 and < (int)(1 / StepMin) ? 1.0 / count : StepMin;
        Volatile.Write(
            ref _value,
            value > estimate ? estimate * (1 + step * quantile) : estimate / (1 + step * (1 - quantile)));
    }
}
