namespace Roost.Rpc.Balancing;

/// <summary>
/// Instances to choose from, each as often as its weight says: Walker's alias method, a look-up a draw however many
/// there are. Immutable.
/// </summary>
internal sealed class Choices<TTarget>
    where TTarget : class
{
    // How many times better the second has to be. First draws are as the weights say, seconds are not: they are never
    // the first. With equal chances light instances would get too much.
    private const double ClearlyBetter = 1.5;

    // Weighted second draws before the next place is taken instead.
    private const int SecondDraws = 3;

    private readonly Instance<TTarget>[] _instances;

    // Place i is taken with the probability _kept[i] / 2^32, else _other[i] is.
    private readonly uint[] _kept;
    private readonly int[] _other;

    public Choices(Instance<TTarget>[] instances)
    {
        _instances = instances;
        _kept = new uint[instances.Length];
        _other = new int[instances.Length];
        Fill();
    }

    public int Count => _instances.Length;

    public IReadOnlyList<Instance<TTarget>> All => _instances;

    /// <summary>The better of two, or <paramref name="avoided"/> when there is no other.</summary>
    public Instance<TTarget> Better(AtomicRandom random, Instance<TTarget>? avoided)
    {
        if (_instances.Length == 1) return _instances[0];
        var first = Draw(random.Next());
        var second = first;
        for (var i = 0; i < SecondDraws && second == first; i++) second = Draw(random.Next());
        if (second == first) second = Next(first);
        if (avoided is not null)
        {
            if (_instances[first] == avoided) first = Next(Math.Max(first, second));
            if (_instances[first] == avoided) first = Next(first);
            if (_instances[second] == avoided) second = first;
        }
        var (a, b) = (_instances[first], _instances[second]);
        return b.Cost * ClearlyBetter < a.Cost ? b : a;
    }

    /// <summary>
    /// The one that a key belongs to: by weighted rendezvous (Thaler and Ravishankar, 1998; Schindelhauer and
    /// Schomaker, 2005), so that each has as many keys as its weight says, whoever chooses comes to the same result,
    /// and only the keys of one that comes or goes move. In time linear in the number of instances.
    /// </summary>
    /// <returns><paramref name="avoided"/> when there is no other; null when there is none.</returns>
    public Instance<TTarget>? Favourite(ulong key, Instance<TTarget>? avoided)
    {
        var (best, most) = (default(Instance<TTarget>), double.NegativeInfinity);
        foreach (var instance in _instances)
        {
            if (instance == avoided) continue;
            // Above 0 and below 1.
            var drawn = ((AtomicRandom.Mix(key ^ instance.Place) >> 11) + 0.5) / (1UL << 53);
            var score = instance.Weight / -Math.Log(drawn);
            if (score <= most) continue;
            (best, most) = (instance, score);
        }
        return best ?? (_instances.Contains(avoided) ? avoided : null);
    }

    private int Next(int place) => place + 1 == _instances.Length ? 0 : place + 1;

    // The upper half chooses the place, the lower whether it is kept.
    private int Draw(ulong bits)
    {
        var place = (int)(((bits >> 32) * (ulong)_instances.Length) >> 32);
        return (uint)bits <= _kept[place] ? place : _other[place];
    }

    private void Fill()
    {
        var total = _instances.Sum(instance => instance.Weight);
        var left = Array.ConvertAll(_instances, instance => instance.Weight * _instances.Length / total);
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var i = 0; i < left.Length; i++) (left[i] < 1 ? small : large).Push(i);
        while (small.Count > 0 && large.Count > 0)
        {
            var (under, over) = (small.Pop(), large.Pop());
            _kept[under] = (uint)(left[under] * uint.MaxValue);
            _other[under] = over;
            left[over] -= 1 - left[under];
            (left[over] < 1 ? small : large).Push(over);
        }
        foreach (var full in small.Concat(large)) _kept[full] = uint.MaxValue;
    }
}
