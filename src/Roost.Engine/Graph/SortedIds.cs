using Roost.Engine.Ids;

namespace Roost.Engine.Graph;

/// <summary>An immutable ascending set of account ids without duplicates: one side of one account's adjacency as it was when asked.</summary>
public readonly struct SortedIds
{
    private readonly int[]? _ids;

    internal SortedIds(int[] ids) => _ids = ids;

    public static SortedIds Empty => default;

    public int Count => _ids?.Length ?? 0;

    public bool Contains(AccountId id) => _ids is not null && Array.BinarySearch(_ids, id.Value) >= 0;
}
