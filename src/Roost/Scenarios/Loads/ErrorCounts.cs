using Roost.Rpc;

namespace Roost.Scenarios.Loads;

/// <summary>Counts refusals by their code. Thread-safe.</summary>
internal sealed class ErrorCounts
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _counts = [];

    /// <summary>Of all so far; nobody may be adding any more.</summary>
    public IReadOnlyDictionary<string, int> All => _counts;

    public void Add(ServiceException refusal)
    {
        var code = refusal.Code.ToString();
        lock (_lock) _counts[code] = _counts.GetValueOrDefault(code) + 1;
    }
}
