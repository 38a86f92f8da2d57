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
/// The keys of one run at one source, in the order in which they were first wanted. Answers come in that order too, so
/// that the keys beyond the last answer are the ones that are wanted:
/// <code>
/// _keys     k0 k1 k2 k3 k4 k5      _places finds a key's place here, once somebody looks for one
/// _answers  a0 a1 a2 a3            k4 and k5 are wanted
/// _runs     [k0 … k3] [k4 k5]      the lists that were asked for whole: none of their keys was known or repeated
/// </code>
/// Used by one thread at a time.
/// </summary>
internal sealed class SourceKeys<TKey, TValue>(Source<TKey, TValue> source, SourceLimits limits) : SourceKeys(source)
    where TKey : notnull
{
    // What a spare may hold on to between runs: a page of posts needs some 20 keys, a thread some hundred.
    private const int SpareKeysMax = 1024;

    private readonly Dictionary<TKey, int> _places = [];
    private readonly List<TKey> _keys = [];
    private readonly List<Fetched<TValue>> _answers = [];
    // When they have been fetched, these need not be looked up again. Few: a query asks a source once or twice.
    private readonly List<(IReadOnlyList<TKey> Keys, int First)> _runs = [];
    // Keys before it are in _places.
    private int _indexed;

    /// <summary>What is known of <paramref name="key"/>. If false, it is wanted now.</summary>
    public bool TryGet(TKey key, out Fetched<TValue> fetched)
    {
        if (_indexed < _keys.Count) Index();
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, key, out var isKnown);
        if (!isKnown)
        {
            place = _keys.Count;
            _keys.Add(key);
            _indexed++;
        }
        var isAnswered = place < _answers.Count;
        fetched = isAnswered ? _answers[place] : default;
        return isAnswered;
    }

    /// <summary>The same for many: null unless all are known, and then those that are not are wanted.</summary>
    /// <param name="areDistinct">New keys are taken as they are, without a look whether one is known.</param>
    public Fetched<TValue>[]? TryGetMany(IReadOnlyList<TKey> keys, bool areDistinct)
    {
        var count = keys.Count;
        foreach (var run in _runs)
        {
            if (ReferenceEquals(run.Keys, keys))
                return run.First + count > _answers.Count
                    ? null
                    : CollectionsMarshal.AsSpan(_answers).Slice(run.First, count).ToArray();
        }
        var first = _keys.Count;
        if (areDistinct)
        {
            _keys.AddRange(keys);
            _runs.Add((keys, first));
            return null;
        }
        Fetched<TValue>[]? known = null;
        var isComplete = true;
        for (var i = 0; i < count; i++)
        {
            if (!TryGet(keys[i], out var fetched))
                isComplete = false;
            else if (isComplete)
                (known ??= new Fetched<TValue>[count])[i] = fetched;
        }
        if (_keys.Count - first == count) _runs.Add((keys, first));
        return isComplete ? known : null;
    }

    public override ValueTask FetchWantedAsync(Call call)
    {
        if (_answers.Count == _keys.Count) return ValueTask.CompletedTask;
        var wanted = Wanted();
        if (wanted.Count > limits.KeysPerBatchMax) return FetchBatchesAsync(wanted, call);

        var answers = source.FetchBatchAsync(wanted, call);
        if (!answers.IsCompletedSuccessfully) return StoreLaterAsync(answers);
        answers.Result.AddTo(_answers);
        return ValueTask.CompletedTask;
    }

    public override void Release()
    {
        if (_keys.Capacity > SpareKeysMax) return;
        _places.Clear();
        _keys.Clear();
        _answers.Clear();
        _runs.Clear();
        _indexed = 0;
        source.ReturnKeys(this);
    }

    /// <summary>
    /// The keys beyond the last answer: the list that was asked for, when it is just these; else an array of their own,
    /// since a source that was given up on may still be reading when this run has ended.
    /// </summary>
    private IReadOnlyList<TKey> Wanted()
    {
        var first = _answers.Count;
        return _runs is [.., var last] && last.First == first && first + last.Keys.Count == _keys.Count
            ? last.Keys
            : CollectionsMarshal.AsSpan(_keys)[first..].ToArray();
    }

    private void Index()
    {
        for (; _indexed < _keys.Count; _indexed++) _places.TryAdd(_keys[_indexed], _indexed);
    }

    private async ValueTask StoreLaterAsync(ValueTask<Answers<TValue>> answers) => (await answers).AddTo(_answers);

    /// <summary>Several workers take batch after batch. Answers are stored when all are there, by one thread.</summary>
    private async ValueTask FetchBatchesAsync(IReadOnlyList<TKey> wanted, Call call)
    {
        var batches = wanted.Chunk(limits.KeysPerBatchMax).ToArray();
        var answers = new Answers<TValue>[batches.Length];
        var last = -1;
        var workers = new Task[Math.Min(limits.BatchesAtOnceMax, batches.Length)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers);
        foreach (var batch in answers) batch.AddTo(_answers);

        async Task WorkAsync()
        {
            for (var i = Interlocked.Increment(ref last); i < batches.Length; i = Interlocked.Increment(ref last))
                answers[i] = await source.FetchBatchAsync(batches[i], call);
        }
    }
}
