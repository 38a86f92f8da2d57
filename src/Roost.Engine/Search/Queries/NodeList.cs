using System.Collections;
using System.Runtime.CompilerServices;

namespace Roost.Engine.Search.Queries;

/// <summary>A short list that never changes, compared by its items, so that records holding one are too.</summary>
[CollectionBuilder(typeof(NodeLists), nameof(NodeLists.Create))]
public sealed class NodeList<T> : IReadOnlyList<T>, IEquatable<NodeList<T>>
{
    private readonly T[] _items;

    internal NodeList(T[] items) => _items = items;

    public int Count => _items.Length;

    public T this[int index] => _items[index];

    public ReadOnlySpan<T> Span => _items;

    public bool Equals(NodeList<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as NodeList<T>);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }

    public override string ToString() => $"[{string.Join(", ", _items)}]";

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}

/// <summary>Makes <see cref="NodeList{T}"/>s: the compiler calls it for <c>[a, b]</c>.</summary>
public static class NodeLists
{
    public static NodeList<T> Create<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}
