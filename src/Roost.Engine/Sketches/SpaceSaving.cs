namespace Roost.Engine.Sketches;

/// <summary>
/// The keys seen most, with decay, among any number of them, in room for a fixed number (Metwally, Agrawal, El Abbadi:
/// Space-Saving, 2005). When there is no room, a new key takes the place of the least, and its count as a possible
/// error: counts are never too little, and whatever has more than 1/capacity of all that counts is there.
/// </summary>
/// <remarks>A heap, least first; an addition costs its depth. One thread at a time.</remarks>
public sealed class SpaceSaving<TKey>
    where TKey : notnull
{
    private readonly Entry[] _heap;
    private readonly Dictionary<TKey, int> _places;
    private Decay _decay;

    public SpaceSaving(int capacity, TimeSpan halfLife)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(halfLife, TimeSpan.Zero);
        _heap = new Entry[capacity];
        _places = new Dictionary<TKey, int>(capacity);
        _decay = new Decay(halfLife);
    }

    public int Count { get; private set; }

    /// <summary>Adds to a key.</summary>
    /// <param name="forgotten">The key that had to give its place up, if any.</param>
    /// <returns>Whether one had to.</returns>
    public bool Add(TKey key, double amount, long unixMilliseconds, out TKey? forgotten)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        if (_decay.NeedsRescale(unixMilliseconds))
            Rescale(unixMilliseconds);
        forgotten = default;
        var weight = amount * _decay.WeightAt(unixMilliseconds);
        if (_places.TryGetValue(key, out var place))
        {
            _heap[place].Sum += weight;
            Sink(place);
            return false;
        }
        if (Count < _heap.Length)
        {
            _heap[Count] = new Entry(key, weight, 0);
            _places[key] = Count;
            Rise(Count++);
            return false;
        }
        var least = _heap[0];
        forgotten = least.Key;
        _places.Remove(least.Key);
        _heap[0] = new Entry(key, least.Sum + weight, least.Sum);
        _places[key] = 0;
        Sink(0);
        return true;
    }

    /// <summary>Takes a key out.</summary>
    public void Remove(TKey key)
    {
        if (!_places.Remove(key, out var place))
            return;
        var last = _heap[--Count];
        _heap[Count] = default;
        if (place == Count)
            return;
        _heap[place] = last;
        _places[last.Key] = place;
        Sink(place);
        Rise(_places[last.Key]);
    }

    /// <summary>All keys that are kept, in no order.</summary>
    public IEnumerable<Heavy<TKey>> At(long unixMilliseconds)
    {
        for (var i = 0; i < Count; i++)
        {
            var entry = _heap[i];
            yield return new Heavy<TKey>(
                entry.Key, _decay.WorthAt(entry.Sum, unixMilliseconds), _decay.WorthAt(entry.Error, unixMilliseconds));
        }
    }

    private void Rescale(long unixMilliseconds)
    {
        var factor = _decay.Rescale(unixMilliseconds);
        foreach (ref var entry in _heap.AsSpan(0, Count))
        {
            entry.Sum *= factor;
            entry.Error *= factor;
        }
    }

    private void Sink(int place)
    {
        while (true)
        {
            var child = 2 * place + 1;
            if (child >= Count)
                return;
            if (child + 1 < Count && _heap[child + 1].Sum < _heap[child].Sum)
                child++;
            if (_heap[place].Sum <= _heap[child].Sum)
                return;
            Swap(place, child);
            place = child;
        }
    }

    private void Rise(int place)
    {
        while (place > 0 && _heap[place].Sum < _heap[(place - 1) / 2].Sum)
        {
            Swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    private void Swap(int one, int other)
    {
        (_heap[one], _heap[other]) = (_heap[other], _heap[one]);
        _places[_heap[one].Key] = one;
        _places[_heap[other].Key] = other;
    }

    private record struct Entry(TKey Key, double Sum, double Error);
}

/// <summary>A key that was seen much.</summary>
/// <param name="Count">What was added to it, as much as is left by decay; perhaps too much.</param>
/// <param name="Error">By so much at most.</param>
public readonly record struct Heavy<TKey>(TKey Key, double Count, double Error);
