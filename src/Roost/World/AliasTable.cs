namespace Roost.World;

/// <summary>
/// Draws an index with a probability proportional to its weight, in constant time: Walker's alias method as arranged
/// by Vose (A linear algorithm for generating random numbers with a given distribution, IEEE TSE 17, 1991). 12 bytes
/// an index.
/// </summary>
internal sealed class AliasTable
{
    private readonly double[] _keep;
    private readonly int[] _alias;

    /// <param name="weights">None negative. When all are 0 every index is as likely as any other.</param>
    public AliasTable(double[] weights)
    {
        ArgumentOutOfRangeException.ThrowIfZero(weights.Length, nameof(weights));
        var sum = weights.Sum();
        _keep = Array.ConvertAll(weights, w => sum > 0 ? w / sum * weights.Length : 1);
        _alias = new int[weights.Length];
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var i = 0; i < _keep.Length; i++) (_keep[i] < 1 ? small : large).Push(i);
        while (small.Count > 0 && large.Count > 0)
        {
            var (low, high) = (small.Pop(), large.Pop());
            _alias[low] = high;
            _keep[high] -= 1 - _keep[low];
            (_keep[high] < 1 ? small : large).Push(high);
        }
        // What is left on either stack is 1 but for rounding.
        foreach (var i in small.Concat(large)) (_keep[i], _alias[i]) = (1, i);
    }

    public int Draw(SplitMix random)
    {
        var i = random.Next(_keep.Length);
        return random.NextUnit() < _keep[i] ? i : _alias[i];
    }
}
