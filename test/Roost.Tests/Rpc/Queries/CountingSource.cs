using Roost.Rpc;
using Roost.Rpc.Queries;

namespace Roost.Tests.Rpc.Queries;

/// <summary>A source of a function's values that remembers what it was asked, batch by batch.</summary>
internal sealed class CountingSource
{
    private readonly Func<int, Fetched<int>> _valueOf;

    // Guarded by itself: batches of one round may run at the same time.
    private readonly List<int[]> _batches = [];

    public CountingSource(string name, Func<int, Fetched<int>> valueOf, SourceLimits? limits = null)
    {
        _valueOf = valueOf;
        Source = Roost.Rpc.Queries.Source.Of<int, int>(name, FetchAsync, limits);
    }

    public Source<int, int> Source { get; }

    /// <summary>Whether answers come from another thread later, or at once.</summary>
    public bool AnswersLater { get; init; }

    public IReadOnlyList<int[]> Batches => _batches;

    public Query<int> Get(int key) => Source.Get(key);

    public static Fetched<int> Failing(string message) =>
        Fetched.Failed<int>(new ServiceException(ErrorCode.Unavailable, message));

    private async ValueTask<Fetched<int>[]> FetchAsync(IReadOnlyList<int> keys, Call call)
    {
        lock (_batches) _batches.Add([.. keys]);
        if (AnswersLater) await Task.Yield();
        call.Cancellation.ThrowIfCancellationRequested();
        return [.. keys.Select(_valueOf)];
    }
}
