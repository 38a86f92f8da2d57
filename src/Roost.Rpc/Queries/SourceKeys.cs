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
/// _keys     k0 k1 k2 k3 k4 k5      _places finds a key's place here
/// _answers  a0 a1 a2 a3            k4 and k5 are wanted
/// </code>
/// Used by one thread at a time.
/// </summary>
internal sealed class SourceKeys<TKey, TValue>(Source<TKey, TValue> source, SourceLimits limits) : SourceKeys(source)
    where TKey : notnull
{
    // What a spare may hold on to between runs: a page of posts needs some 20 keys, a thread some hundred.
    private const int SpareKeysMax = 1024;

    // In place of a batch's index: the keys that are shared by all who ask.
    private const int SharedKeys = -1;

    private readonly Dictionary<TKey, int> _places = [];
    private readonly List<TKey> _keys = [];
    private readonly List<Fetched<TValue>> _answers = [];

    // The list last asked for whole, when none of its keys was known and none was repeated: they lie side by side from
    // here on, and when they have been fetched need not be looked up again.
    private IReadOnlyList<TKey>? _asked;
    private int _askedFirst;

    // Lists that were asked for as batches of their own.
    private readonly List<Batch> _batches = [];

    /// <summary>What is known of <paramref name="key"/>. If false, it is wanted now.</summary>
    public bool TryGet(TKey key, out Fetched<TValue> fetched)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, key, out var isKnown);
        if (!isKnown)
        {
            place = _keys.Count;
            _keys.Add(key);
        }
        var isAnswered = place < _answers.Count;
        fetched = isAnswered ? _answers[place] : default;
        return isAnswered;
    }

    /// <summary>The same for many: null unless all are known, and then those that are not are wanted.</summary>
    public Fetched<TValue>[]? TryGetMany(IReadOnlyList<TKey> keys)
    {
        var count = keys.Count;
        if (ReferenceEquals(keys, _asked) && _askedFirst + count <= _answers.Count)
            return CollectionsMarshal.AsSpan(_answers).Slice(_askedFirst, count).ToArray();
        var first = _keys.Count;
        Fetched<TValue>[]? known = null;
        var isComplete = true;
        for (var i = 0; i < count; i++)
        {
            if (!TryGet(keys[i], out var fetched))
                isComplete = false;
            else if (isComplete)
                (known ??= new Fetched<TValue>[count])[i] = fetched;
        }
        if (_keys.Count - first == count) (_asked, _askedFirst) = (keys, first);
        return isComplete ? known : null;
    }

    /// <summary>What was answered to a list that is a batch of its own. If false, it is wanted now.</summary>
    public bool TryGetBatch(IReadOnlyList<TKey> keys, out Answers<TValue> answers)
    {
        foreach (var batch in _batches)
        {
            if (!ReferenceEquals(batch.Keys, keys)) continue;
            answers = batch.Answers;
            return batch.IsAnswered;
        }
        _batches.Add(new Batch(keys, default, IsAnswered: false));
        answers = default;
        return false;
    }

    public override ValueTask FetchWantedAsync(Call call)
    {
        List<(int Batch, Task<Answers<TValue>> Answers)>? pending = null;
        for (var i = 0; i < _batches.Count; i++)
        {
            if (!_batches[i].IsAnswered) Take(i, FetchAsync(_batches[i].Keys, call), ref pending);
        }
        if (_answers.Count < _keys.Count) Take(SharedKeys, FetchAsync(Wanted(), call), ref pending);
        return pending is null ? ValueTask.CompletedTask : TakeLaterAsync(pending);
    }

    public override void Release()
    {
        if (_keys.Capacity > SpareKeysMax) return;
        _places.Clear();
        _keys.Clear();
        _answers.Clear();
        _asked = null;
        _batches.Clear();
        source.ReturnKeys(this);
    }

    /// <summary>
    /// The keys beyond the last answer: the list that was asked for, when it is just these; else an array of their own,
    /// since a source that was given up on may still be reading when this run has ended.
    /// </summary>
    private IReadOnlyList<TKey> Wanted()
    {
        var first = _answers.Count;
        return _asked is { } asked && _askedFirst == first && first + asked.Count == _keys.Count
            ? asked
            : CollectionsMarshal.AsSpan(_keys)[first..].ToArray();
    }

    private void Take(
        int batch, ValueTask<Answers<TValue>> answers, ref List<(int Batch, Task<Answers<TValue>> Answers)>? pending)
    {
        if (answers.IsCompletedSuccessfully) Store(batch, answers.Result);
        else (pending ??= []).Add((batch, answers.AsTask()));
    }

    /// <summary>All are under way; they are stored in turn, as this belongs to one thread at a time.</summary>
    private async ValueTask TakeLaterAsync(List<(int Batch, Task<Answers<TValue>> Answers)> pending)
    {
        foreach (var (batch, answers) in pending) Store(batch, await answers);
    }

    private void Store(int batch, Answers<TValue> answers)
    {
        if (batch == SharedKeys) answers.AddTo(_answers);
        else _batches[batch] = _batches[batch] with { Answers = answers, IsAnswered = true };
    }

    private ValueTask<Answers<TValue>> FetchAsync(IReadOnlyList<TKey> keys, Call call) =>
        keys.Count > limits.KeysPerBatchMax ? FetchInPartsAsync(keys, call) : source.FetchBatchAsync(keys, call);

    /// <summary>Several workers take part after part.</summary>
    private async ValueTask<Answers<TValue>> FetchInPartsAsync(IReadOnlyList<TKey> keys, Call call)
    {
        var parts = keys.Chunk(limits.KeysPerBatchMax).ToArray();
        var answers = new Answers<TValue>[parts.Length];
        var last = -1;
        var workers = new Task[Math.Min(limits.BatchesAtOnceMax, parts.Length)];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync();
        await Task.WhenAll(workers);
        var all = new List<Fetched<TValue>>(keys.Count);
        foreach (var part in answers) part.AddTo(all);
        return new Answers<TValue>([.. all]);

        async Task WorkAsync()
        {
            for (var i = Interlocked.Increment(ref last); i < parts.Length; i = Interlocked.Increment(ref last))
                answers[i] = await source.FetchBatchAsync(parts[i], call);
        }
    }

    private readonly record struct Batch(IReadOnlyList<TKey> Keys, Answers<TValue> Answers, bool IsAnswered);
}
