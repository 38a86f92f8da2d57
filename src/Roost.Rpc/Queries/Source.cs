namespace Roost.Rpc.Queries;

/// <summary>How a source may be asked.</summary>
public sealed record SourceLimits
{
    /// <summary>Keys in one batch, 1 or more; more wanted keys make more batches. Default: 1,000.</summary>
    public int KeysPerBatchMax { get; init; } = 1000;

    /// <summary>Batches of one run that are under way at the same time, 1 or more. Default: 16.</summary>
    public int BatchesAtOnceMax { get; init; } = 16;
}

/// <summary>Where queries fetch from; see <see cref="Source{TKey, TValue}"/>.</summary>
public abstract class Source
{
    private protected Source(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>What it holds, in a word, as errors name it: <c>posts</c>.</summary>
    public string Name { get; }

    /// <summary>A source that answers each key with a value, nothing, or an error of its own.</summary>
    /// <param name="fetch">
    /// Answers a batch of distinct keys: as many answers, in their order. The keys are not changed or used again.
    /// When it throws, all keys of the batch have failed.
    /// </param>
    /// <param name="limits">Null for the defaults.</param>
    public static Source<TKey, TValue> Of<TKey, TValue>(
        string name, Service<IReadOnlyList<TKey>, Fetched<TValue>[]> fetch, SourceLimits? limits = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(fetch);
        return Create<TKey, Fetched<TValue>[], TValue>(
            name, fetch, static answers => new Answers<TValue>(answers), limits);
    }

    /// <summary>A source that answers with null what is not there.</summary>
    /// <inheritdoc cref="Of{TKey, TValue}"/>
    public static Source<TKey, TValue> OfNullable<TKey, TValue>(
        string name, Service<IReadOnlyList<TKey>, TValue?[]> fetch, SourceLimits? limits = null)
        where TKey : notnull
        where TValue : class
    {
        ArgumentNullException.ThrowIfNull(fetch);
        return Create<TKey, TValue?[], TValue>(
            name, fetch, static values => new Answers<TValue>(values, nullIsMissing: true), limits);
    }

    /// <summary>A source that has a value for every key: counters, settings.</summary>
    /// <inheritdoc cref="Of{TKey, TValue}"/>
    public static Source<TKey, TValue> OfEvery<TKey, TValue>(
        string name, Service<IReadOnlyList<TKey>, TValue[]> fetch, SourceLimits? limits = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(fetch);
        return Create<TKey, TValue[], TValue>(
            name, fetch, static values => new Answers<TValue>(values, nullIsMissing: false), limits);
    }

    private static Source<TKey, TValue> Create<TKey, TReply, TValue>(
        string name, Service<IReadOnlyList<TKey>, TReply> fetch, Func<TReply, Answers<TValue>> read,
        SourceLimits? limits)
        where TKey : notnull
    {
        return new Source<TKey, TValue>(name, FetchAsync, limits ?? new SourceLimits());

        // What is in memory is answered at once: then no state machine is made.
        ValueTask<Answers<TValue>> FetchAsync(IReadOnlyList<TKey> keys, Call call)
        {
            var reply = fetch(keys, call);
            return reply.IsCompletedSuccessfully ? new(read(reply.Result)) : AwaitAsync(reply);
        }

        async ValueTask<Answers<TValue>> AwaitAsync(ValueTask<TReply> reply) => read(await reply);
    }
}

/// <summary>
/// Values by key, fetched in batches: the face that a service shows to queries. Two queries share batches
/// when they ask the same instance, so make one per service, at start-up. Keys are compared by their own equality.
/// </summary>
public sealed class Source<TKey, TValue> : Source
    where TKey : notnull
{
    private readonly Service<IReadOnlyList<TKey>, Answers<TValue>> _fetch;
    private readonly SourceLimits _limits;

    // The keys of runs that have ended, emptied, for the next runs to use.
    private readonly Spares<SourceKeys<TKey, TValue>> _spares = new();

    internal Source(string name, Service<IReadOnlyList<TKey>, Answers<TValue>> fetch, SourceLimits limits)
        : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.KeysPerBatchMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.BatchesAtOnceMax, 1);
        _fetch = fetch;
        _limits = limits;
    }

    /// <summary>
    /// The value of a key that should be there; if it is not, the branch fails with <see cref="ErrorCode.NotFound"/>.
    /// </summary>
    public Query<TValue> Get(TKey key) => new GetNode<TKey, TValue>(this, key);

    /// <summary>The value of a key that may be missing. Never fails.</summary>
    public Query<Fetched<TValue>> Find(TKey key) => new FindNode<TKey, TValue>(this, key);

    /// <summary>
    /// What became of each key, in order. Never fails. One node, however many keys: the cheapest way to ask for many.
    /// </summary>
    /// <param name="keys">
    /// Repeated keys are fetched once. Not to be changed any more: the source may be given the list as it is.
    /// </param>
    public Query<Fetched<TValue>[]> GetMany(IReadOnlyList<TKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new GetManyNode<TKey, TValue>(this, keys);
    }

    /// <summary>
    /// What became of each key, in order, for keys that nothing else in the query asks for: they are a batch of their
    /// own, nobody looks for repeats, and the answers stay in the array in which they came. For pages from memory,
    /// where looking for repeats is most of the cost.
    /// </summary>
    /// <param name="keys">
    /// A key that is repeated, or asked for in other ways too, is fetched more than once. Not to be changed any more.
    /// </param>
    public Query<Answers<TValue>> GetBatch(IReadOnlyList<TKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new GetBatchNode<TKey, TValue>(this, keys);
    }

    internal SourceKeys<TKey, TValue> RentKeys() =>
        _spares.Take() ?? new SourceKeys<TKey, TValue>(this, _limits);

    internal void ReturnKeys(SourceKeys<TKey, TValue> keys) => _spares.Put(keys);

    /// <summary>Asks for one batch. Never throws: what goes wrong has gone wrong for each of the keys.</summary>
    internal ValueTask<Answers<TValue>> FetchBatchAsync(IReadOnlyList<TKey> keys, Call call)
    {
        try
        {
            var answers = _fetch(keys, call);
            return answers.IsCompletedSuccessfully ? new(Checked(keys, answers.Result)) : AwaitAsync(keys, answers);
        }
        catch (Exception error)
        {
            return new(FailAll(keys, error));
        }
    }

    private async ValueTask<Answers<TValue>> AwaitAsync(IReadOnlyList<TKey> keys, ValueTask<Answers<TValue>> answers)
    {
        try
        {
            return Checked(keys, await answers);
        }
        catch (Exception error)
        {
            return FailAll(keys, error);
        }
    }

    private Answers<TValue> Checked(IReadOnlyList<TKey> keys, Answers<TValue> answers) =>
        answers.Count == keys.Count ? answers : FailAll(keys, WrongCount(keys, answers.Count));

    private static Answers<TValue> FailAll(IReadOnlyList<TKey> keys, Exception error)
    {
        var failed = new Fetched<TValue>[keys.Count];
        Array.Fill(failed, new Fetched<TValue>(error));
        return new Answers<TValue>(failed);
    }

    private ServiceException WrongCount(IReadOnlyList<TKey> keys, int answers) => new(
        ErrorCode.Internal, "Something went wrong on our side. It has been noted; try again later.",
        detail: $"source {Name} answered {answers} values for {keys.Count} keys; " +
            "it must answer each, in order");
}
