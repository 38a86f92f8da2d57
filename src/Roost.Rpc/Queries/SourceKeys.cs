using System.Runtime.InteropServices;

namespace Roost.Rpc.Queries;

/// <summary>What one run knows and wants of one source, apart from the types of key and value.</summary>
internal abstract class SourceKeys(Source owner)
{
    public Source Owner { get; } = owner;

    /// <summary>Fetches all that is wanted; nothing is wanted then. Never throws.</summary>
    public abstract ValueTask FetchWantedAsync(Call call);

    /// <summary>The run has ended.</summary>
    public abstract void Release();
}

/// <summary>
/// The keys of one run at one source: each is wanted, then answered, and stays so until the run ends. Used by one
/// thread at a time.
/// </summary>
internal sealed class SourceKeys<TKey, TValue>(Source<TKey, TValue> source, SourceLimits limits) : SourceKeys(source)
    where TKey : notnull
{
    // What a spare may hold on to between runs: a page of posts needs some 20 keys, a thread some hundred.
    private const int SpareCapacityMax = 1024;

    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly List<TKey> _wanted = [];

    /// <summary>What is known of <paramref name="key"/>. If false, it is wanted now.</summary>
    public bool TryGet(TKey key, out Fetched<TValue> fetched)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, key, out var isKnown);
        if (!isKnown) _wanted.Add(key);
        fetched = entry.Fetched;
        return entry.IsAnswered;
    }

    /// <summary>The same for many: null unless all are known, and then those that are not are wanted.</summary>
    public Fetched<TValue>[]? TryGetMany(IReadOnlyList<TKey> keys)
    {
        var count = keys.Count;
        if (count == 0) return [];
        Fetched<TValue>[]? known = null;
        var isComplete = true;
        for (var i = 0; i < count; i++)
        {
            if (!TryGet(keys[i], out var fetched))
                isComplete = false;
            else if (isComplete)
                (known ??= new Fetched<TValue>[count])[i] = fetched;
        }
        return isComplete ? known : null;
    }

    public override ValueTask FetchWantedAsync(Call call)
    {
        if (_wanted.Count == 0) return ValueTask.CompletedTask;
        if (_wanted.Count > limits.KeysPerBatchMax) return FetchBatchesAsync(call);

        var keys = _wanted.ToArray();
        _wanted.Clear();
        var answers = source.FetchBatchAsync(keys, call);
        if (!answers.IsCompletedSuccessfully) return StoreLaterAsync(keys, answers);
        Store(keys, answers.Result);
        return ValueTask.CompletedTask;
    }

    public override void Release()
    {
        if (_entries.EnsureCapacity(0) > SpareCapacityMax) return;
        _entries.Clear();
        _wanted.Clear();
        source.ReturnKeys(this);
    }

    private async ValueTask StoreLaterAsync(TKey[] keys, ValueTask<Fetched<TValue>[]> answers) => Store(keys, await answers);

    /// <summary>
    /// Several workers take batch after batch. Answers are stored when all are there, by one thread.
    /// </summary>
    private async ValueTask FetchBatchesAsync(Call call)
    {
        var batches = _wanted.Chunk(limits.KeysPerBatchMax).ToArray();
        _wanted.Clear();
        var answers = new Fetched<TValue>[batches.Length][];
        var last = -1;
        var workers = new Task[Math.Min(limits.BatchesAtOnceMax, batches.Length)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers);
        for (var i = 0; i < batches.Length; i++) Store(batches[i], answers[i]);

        async Task WorkAsync()
        {
            for (var i = Interlocked.Increment(ref last); i < batches.Length; i = Interlocked.Increment(ref last))
                answers[i] = await source.FetchBatchAsync(batches[i], call);
        }
    }

    private void Store(TKey[] keys, Fetched<TValue>[] answers)
    {
        for (var i = 0; i < keys.Length; i++) _entries[keys[i]] = new Entry(answers[i], IsAnswered: true);
    }

    private readonly record struct Entry(Fetched<TValue> Fetched, bool IsAnswered);
}
