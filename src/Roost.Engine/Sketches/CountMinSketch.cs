namespace Roost.Engine.Sketches;

/// <summary>
/// How often each of any number of keys was seen, with decay, in fixed memory: never too little, and too much only by
/// what collides with it in all rows (Cormode, Muthukrishnan 2005). With width w, an estimate is above the truth by
/// more than 2/w of everything that was added with a chance of at most 2^-depth.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class CountMinSketch
{
    private readonly double[] _sums;
    private readonly int _depth;
    private readonly int _widthBits;
    private Decay _decay;

    /// <param name="widthBits">Logarithm of a row's width, 4 to 24.</param>
    /// <param name="depth">Rows, 1 to 8.</param>
    public CountMinSketch(TimeSpan halfLife, int widthBits = 15, int depth = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(halfLife, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNotEqual(widthBits, Math.Clamp(widthBits, 4, 24));
        ArgumentOutOfRangeException.ThrowIfNotEqual(depth, Math.Clamp(depth, 1, 8));
        (_widthBits, _depth) = (widthBits, depth);
        _sums = new double[depth << widthBits];
        _decay = new Decay(halfLife);
    }

    /// <param name="key">A hash of the key: all 64 bits must count.</param>
    public void Add(ulong key, double amount, long unixMilliseconds)
    {
        if (_decay.NeedsRescale(unixMilliseconds))
        {
            var factor = _decay.Rescale(unixMilliseconds);
            foreach (ref var sum in _sums.AsSpan())
                sum *= factor;
        }
        var weight = amount * _decay.WeightAt(unixMilliseconds);
        for (var row = 0; row < _depth; row++)
            _sums[Cell(key, row)] += weight;
    }

    /// <summary>What was added for a key, as much of it as is left at a time; perhaps a little more.</summary>
    public double Estimate(ulong key, long unixMilliseconds)
    {
        var least = double.MaxValue;
        for (var row = 0; row < _depth; row++)
            least = Math.Min(least, _sums[Cell(key, row)]);
        return _decay.WorthAt(least, unixMilliseconds);
    }

    private int Cell(ulong key, int row)
    {
        var mixed = KeyHash.Of(key ^ ((ulong)(row + 1) * 0x9E37_79B9_7F4A_7C15));
        return (row << _widthBits) + (int)(mixed >> (64 - _widthBits));
    }
}
