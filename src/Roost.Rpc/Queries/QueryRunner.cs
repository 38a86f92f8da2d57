using System.Runtime.ExceptionServices;

namespace Roost.Rpc.Queries;

/// <summary>
/// Runs queries in rounds. In a round (1) every branch goes as far as it can without new values; (2) when all of them
/// wait, the keys that they want are known, and each source is asked for its own, all sources at the same time, each
/// key once; (3) the branches go on with the answers. So a query takes as many rounds as its longest chain of
/// dependent keys, however wide it is, and a key asked for in an earlier round is not fetched again.
/// </summary>
/// <remarks>
/// A key that cannot be fetched fails the branches that need it and no other. Thread-safe; one run uses one thread
/// at a time. When all sources answer at once, so does the run.
/// </remarks>
/// <param name="time">The clock of the calls' deadlines.</param>
public sealed class QueryRunner(TimeProvider time)
{
    private readonly Spares<QueryRun> _spares = new();

    /// <summary>Runs <paramref name="query"/> to its value.</summary>
    /// <param name="call">
    /// Handed on to the sources. Deadline and cancellation are looked at before each round as well.
    /// </param>
    /// <exception cref="ServiceException">
    /// A key that the query needs failed; or <see cref="ErrorCode.DeadlineExceeded"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public ValueTask<T> RunAsync<T>(Query<T> query, Call call)
    {
        ArgumentNullException.ThrowIfNull(query);
        var run = _spares.Take() ?? new QueryRun(time, _spares);
        return run.RunAsync(query, call);
    }
}

/// <summary>
/// The state of one run: its branches, and what each source has been asked. When the run has ended, the next one uses
/// it again.
/// </summary>
internal sealed class QueryRun(TimeProvider time, Spares<QueryRun> spares)
{
    // What a spare may hold on to between runs: a page needs some ten branches, a wide query thousands.
    private const int SpareBranchesMax = 1024;

    // A query names few sources, so that a list is searched faster than a dictionary.
    private readonly List<SourceKeys> _sources = [];
    private readonly Queue<Branch> _ready = new();
    private List<Branch> _waiting = [];
    private List<Branch> _waitingBefore = [];
    private Call _call;
    private bool _ended;
    private object? _value;
    private Exception? _error;

    /// <summary>Runs the query and hands this back to the spares: to be called once, and nothing after it.</summary>
    public async ValueTask<T> RunAsync<T>(Query<T> query, Call call)
    {
        _call = call;
        var root = new Branch(this, parent: null, index: 0);
        root.GoOn(query);
        AddReady(root);
        try
        {
            for (var round = 1; !AdvanceAll(); round++)
            {
                ThrowIfOver(round);
                await FetchAsync();
                call.Cancellation.ThrowIfCancellationRequested();
                WakeWaiting();
            }
        }
        finally
        {
            // Nothing is under way here: a round ends when every source has answered or failed.
            foreach (var source in _sources) source.Release();
        }
        var (value, error) = (_value, _error);
        // Only here: a run that was broken off may have branches left.
        Release();
        if (error is not null) ExceptionDispatchInfo.Throw(error);
        return (T)value!;
    }

    /// <summary>What this run knows and wants of <paramref name="source"/>.</summary>
    public SourceKeys<TKey, TValue> KeysOf<TKey, TValue>(Source<TKey, TValue> source)
        where TKey : notnull
    {
        foreach (var known in _sources)
            if (ReferenceEquals(known.Owner, source)) return (SourceKeys<TKey, TValue>)known;
        var keys = source.RentKeys();
        _sources.Add(keys);
        return keys;
    }

    public void AddReady(Branch branch) => _ready.Enqueue(branch);

    public void AddWaiting(Branch branch) => _waiting.Add(branch);

    /// <summary>The outermost branch has its outcome.</summary>
    public void End(object? value, Exception? error) => (_ended, _value, _error) = (true, value, error);

    /// <summary>Step 1. Whether the run has ended.</summary>
    private bool AdvanceAll()
    {
        while (_ready.TryDequeue(out var branch)) branch.Advance();
        return _ended;
    }

    /// <summary>Step 2: all sources are asked before the first is waited for.</summary>
    private ValueTask FetchAsync()
    {
        List<Task>? pending = null;
        foreach (var source in _sources)
        {
            var fetch = source.FetchWantedAsync(_call);
            if (!fetch.IsCompletedSuccessfully) (pending ??= []).Add(fetch.AsTask());
        }
        return pending is null ? ValueTask.CompletedTask : new ValueTask(Task.WhenAll(pending));
    }

    /// <summary>Step 3.</summary>
    private void WakeWaiting()
    {
        (_waiting, _waitingBefore) = (_waitingBefore, _waiting);
        foreach (var branch in _waitingBefore)
        {
            branch.GoOnAfterWait();
            AddReady(branch);
        }
        _waitingBefore.Clear();
    }

    private void ThrowIfOver(int round)
    {
        _call.Cancellation.ThrowIfCancellationRequested();
        if (!_call.Deadline.HasPassed(time)) return;
        var asked = string.Join(", ", _sources.Select(source => source.Owner.Name));
        throw new ServiceException(
            ErrorCode.DeadlineExceeded,
            "The deadline passed before everything was fetched. Ask for less, or allow more time.",
            detail: $"round {round} was not begun; sources asked: {asked}");
    }

    private void Release()
    {
        if (Math.Max(_ready.Capacity, Math.Max(_waiting.Capacity, _waitingBefore.Capacity)) > SpareBranchesMax) return;
        _sources.Clear();
        (_call, _ended, _value, _error) = (default, false, null, null);
        spares.Put(this);
    }
}
