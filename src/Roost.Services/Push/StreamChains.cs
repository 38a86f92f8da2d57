namespace Roost.Services.Push;

/// <summary>
/// Streams by what they wait for: a key has a chain of them, linked through the streams themselves, so that one more
/// costs an entry of a dictionary at most, and one less is taken out without looking. One thread.
/// </summary>
internal sealed class StreamChains<TKey> where TKey : notnull
{
    private readonly Dictionary<TKey, PushStream> _first;

    public StreamChains(IEqualityComparer<TKey>? comparer = null) => _first = new(comparer);

    public bool IsEmpty => _first.Count == 0;

    public IReadOnlyCollection<TKey> Keys => _first.Keys;

    /// <summary>The first of the chain; <see cref="PushStream.Next"/> leads on.</summary>
    public PushStream? First(TKey key) => _first.GetValueOrDefault(key);

    /// <returns>Whether the key had none before.</returns>
    public bool Add(TKey key, PushStream stream)
    {
        var next = First(key);
        stream.Next = next;
        if (next is not null)
            next.Previous = stream;
        _first[key] = stream;
        return next is null;
    }

    /// <returns>Whether the key has none any more.</returns>
    public bool Remove(TKey key, PushStream stream)
    {
        if (stream.Next is { } next)
            next.Previous = stream.Previous;
        if (stream.Previous is { } previous)
            previous.Next = stream.Next;
        else if (stream.Next is { } second)
            _first[key] = second;
        else
            _first.Remove(key);
        var isLast = stream.Previous is null && stream.Next is null;
        (stream.Next, stream.Previous) = (null, null);
        return isLast;
    }

    /// <summary>All streams of the key.</summary>
    public void AddTo(List<PushStream> found, TKey key)
    {
        for (var stream = First(key); stream is not null; stream = stream.Next)
            found.Add(stream);
    }

    /// <summary>All streams there are.</summary>
    public void AddAllTo(List<PushStream> found)
    {
        foreach (var key in _first.Keys)
            AddTo(found, key);
    }
}
