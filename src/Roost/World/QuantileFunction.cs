namespace Roost.World;

/// <summary>
/// A distribution of counts given by measured quantiles. Between two of them ln(1 + value) runs linearly over -ln(1 -
/// q), so that a heavy tail stays a straight line on paper with two logarithmic axes, as measured tails nearly are.
/// </summary>
internal sealed class QuantileFunction
{
    private readonly double[] _depths;
    private readonly double[] _logs;

    /// <param name="points">Ascending in both; the first at 0, the last below 1.</param>
    public QuantileFunction(params ReadOnlySpan<(double Quantile, double Value)> points)
    {
        _depths = new double[points.Length];
        _logs = new double[points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            _depths[i] = Depth(points[i].Quantile);
            _logs[i] = Math.Log(1 + points[i].Value);
        }
    }

    /// <summary>The value that a share of <paramref name="quantile"/> of all accounts does not exceed.</summary>
    /// <param name="quantile">0 to below 1; beyond the last measured one the last value is given.</param>
    public double At(double quantile)
    {
        var depth = Depth(quantile);
        var above = Array.BinarySearch(_depths, depth);
        if (above >= 0) return Math.Exp(_logs[above]) - 1;
        above = ~above;
        if (above == _depths.Length) return Math.Exp(_logs[^1]) - 1;
        var share = (depth - _depths[above - 1]) / (_depths[above] - _depths[above - 1]);
        return Math.Exp(_logs[above - 1] + (share * (_logs[above] - _logs[above - 1]))) - 1;
    }

    private static double Depth(double quantile) => -Math.Log(1 - quantile);
}
