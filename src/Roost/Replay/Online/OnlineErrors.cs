using System.Collections.Concurrent;

namespace Roost.Replay.Online;

/// <summary>Counts what went wrong, by kind. Thread-safe.</summary>
internal sealed class OnlineErrors
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public void Count(string kind) => _counts.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    public IReadOnlyDictionary<string, int> Snapshot() =>
        new SortedDictionary<string, int>(_counts, StringComparer.Ordinal);
}
