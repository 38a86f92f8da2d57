using System.Collections.Concurrent;

namespace Roost.Services;

/// <summary>
/// A bounded map from keys to values that are kept elsewhere, in two generations: new entries go to the young one;
/// when it holds half the bound it becomes the old one, and what was old is forgotten. An old entry that is asked for
/// becomes young again. So what is used stays, without a list to keep in order on every hit.
/// </summary>
/// <remarks>
/// Thread-safe; a hit takes no lock. Whoever fills it from a slower store could be overtaken by a change: it read the
/// old value, the change removed the key here, and then the old value would be put in for ever. Hence <see
/// cref="Version"/>: note it before reading the store and hand it to <see cref="TryFill"/>, which declines when
/// anything was changed since.
/// </remarks>
internal sealed class BoundedCache<TKey, TValue>(int entriesMax, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
    where TValue : notnull
{
    private readonly int _youngMax = Math.Max(entriesMax / 2, 1);
    private readonly IEqualityComparer<TKey>? _comparer = comparer;

    // Guards all changes; reads of the two maps go without.
    private readonly Lock _lock = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new(comparer);
    private volatile ConcurrentDictionary<TKey, TValue> _old = new(comparer);

    // Entries of _young, for ConcurrentDictionary.Count takes all of its locks. Guarded by _lock.
    private int _youngCount;
    private long _version;

    /// <summary>Grows with every change of what is true (not with mere filling in).</summary>
    public long Version => Volatile.Read(ref _version);

    public bool TryGet(TKey key, out TValue value)
    {
        if (_young.TryGetValue(key, out value!)) return true;
        var version = Version;
        if (!_old.TryGetValue(key, out value!)) return false;
        TryFill(key, value, version);
        return true;
    }

    /// <summary>Keeps what was read from the store, unless something changed since <paramref
    /// name="version"/>.</summary>
    public void TryFill(TKey key, TValue value, long version)
    {
        lock (_lock)
        {
            if (_version == version) Add_NeedsLock(key, value);
        }
    }

    /// <summary>Keeps a value that has just been stored.</summary>
    public void Set(TKey key, TValue value)
    {
        lock (_lock)
        {
            Volatile.Write(ref _version, _version + 1);
            Add_NeedsLock(key, value);
        }
    }

    public void Remove(TKey key)
    {
        lock (_lock)
        {
            Volatile.Write(ref _version, _version + 1);
            if (_young.TryRemove(key, out _)) _youngCount--;
            _old.TryRemove(key, out _);
        }
    }

    private void Add_NeedsLock(TKey key, TValue value)
    {
        if (!_young.TryAdd(key, value))
        {
            _young[key] = value;
            return;
        }
        if (++_youngCount < _youngMax) return;
        _old = _young;
        _young = new ConcurrentDictionary<TKey, TValue>(_comparer);
        _youngCount = 0;
    }
}
