using Roost.Engine.Ids;

namespace Roost.Services.Users;

/// <summary>
/// Which accounts there are, as a check found them: as ranges of ids, of which a sound directory has one. Immutable
/// once the check has ended; thread-safe from then on.
/// </summary>
public sealed class KnownAccounts
{
    private readonly List<(int First, int Last)> _ranges = [];

    /// <summary>Cost: a binary search among the ranges.</summary>
    public bool Contains(AccountId account)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].Last < account.Value) low = middle + 1;
            else high = middle;
        }
        return low < _ranges.Count && _ranges[low].First <= account.Value;
    }

    /// <param name="id">Above all that were added before.</param>
    internal void Add(int id)
    {
        if (_ranges.Count > 0 && _ranges[^1].Last + 1 == id) _ranges[^1] = (_ranges[^1].First, id);
        else _ranges.Add((id, id));
    }
}
