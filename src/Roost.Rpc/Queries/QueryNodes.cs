namespace Roost.Rpc.Queries;

// What queries are made of. A node is asked to start in a branch; one that needs an inner query's value pushes itself
// and hands the inner one to the branch, which comes back to Resume or Recover. No node calls another, so that no
// query is too deep for the stack.

internal sealed class ReturnNode<T>(T value) : Query<T>
{
    // Boxed once, here, not at each run.
    private readonly object? _value = value;

    internal override void Start(Branch branch) => branch.Return(_value);
}

internal sealed class FailNode<T>(Exception error) : Query<T>
{
    internal override void Start(Branch branch) => branch.Fail(error);
}

internal sealed class SelectNode<TSource, T>(Query<TSource> source, Func<TSource, T> selector) : Query<T>
{
    internal override void Start(Branch branch) => branch.Push(this, inner: source);

    internal override void Resume(Branch branch, object? value)
    {
        try
        {
            branch.Return(selector((TSource)value!));
        }
        catch (ServiceException error)
        {
            branch.Fail(error);
        }
    }
}

internal sealed class BindNode<TSource, T>(Query<TSource> source, Func<TSource, Query<T>> next) : Query<T>
{
    internal override void Start(Branch branch) => branch.Push(this, inner: source);

    internal override void Resume(Branch branch, object? value)
    {
        try
        {
            branch.GoOn(next((TSource)value!));
        }
        catch (ServiceException error)
        {
            branch.Fail(error);
        }
    }
}

internal sealed class TryNode<T>(Query<T> source) : Query<Fetched<T>>
{
    internal override void Start(Branch branch) => branch.Push(this, inner: source);

    internal override void Resume(Branch branch, object? value) => branch.Return(new Fetched<T>((T)value!));

    internal override void Recover(Branch branch, Exception error) => branch.Return(new Fetched<T>(error));
}

internal sealed class RecoverNode<T>(Query<T> source, Func<Exception, Query<T>> fallback) : Query<T>
{
    internal override void Start(Branch branch) => branch.Push(this, inner: source);

    internal override void Resume(Branch branch, object? value) => branch.Return(value);

    internal override void Recover(Branch branch, Exception error)
    {
        try
        {
            branch.GoOn(fallback(error));
        }
        catch (ServiceException another)
        {
            branch.Fail(another);
        }
    }
}

/// <summary>Independent queries, each in a branch of its own, whose values are combined when all have ended.</summary>
internal sealed class JoinNode<T> : Query<T>
{
    private readonly Query[] _parts;
    private readonly Func<object?[], T> _combine;

    public JoinNode(Query[] parts, Func<object?[], T> combine)
    {
        if (Array.IndexOf(parts, null) is var index and >= 0)
            throw new ArgumentException($"Query {index} of {parts.Length} is null.", nameof(parts));
        (_parts, _combine) = (parts, combine);
    }

    internal override void Start(Branch branch)
    {
        if (_parts.Length == 0)
            branch.Return(_combine([]));
        else
            branch.Fork(this, _parts);
    }

    internal override void Resume(Branch branch, object? value) => branch.Return(_combine((object?[])value!));
}

/// <summary>One key; never fails.</summary>
internal sealed class FindNode<TKey, TValue>(Source<TKey, TValue> source, TKey key) : Query<Fetched<TValue>>
    where TKey : notnull
{
    internal override void Start(Branch branch)
    {
        if (branch.Run.KeysOf(source).TryGet(key, out var fetched))
            branch.Return(fetched);
        else
            branch.Wait(this);
    }
}

/// <summary>One key that must be there.</summary>
internal sealed class GetNode<TKey, TValue>(Source<TKey, TValue> source, TKey key) : Query<TValue>
    where TKey : notnull
{
    internal override void Start(Branch branch)
    {
        if (!branch.Run.KeysOf(source).TryGet(key, out var fetched))
            branch.Wait(this);
        else if (fetched.TryGet(out var value))
            branch.Return(value);
        else
            branch.Fail(fetched.Error ?? NotFound());
    }

    private ServiceException NotFound() =>
        new(ErrorCode.NotFound, "It does not exist.", detail: $"{source.Name} has nothing for key {key}");
}

/// <summary>Many keys; never fails.</summary>
internal sealed class GetManyNode<TKey, TValue>(Source<TKey, TValue> source, IReadOnlyList<TKey> keys)
    : Query<Fetched<TValue>[]>
    where TKey : notnull
{
    internal override void Start(Branch branch)
    {
        if (keys.Count == 0)
            branch.Return(Array.Empty<Fetched<TValue>>());
        else if (branch.Run.KeysOf(source).TryGetMany(keys) is { } fetched)
            branch.Return(fetched);
        else
            branch.Wait(this);
    }
}

/// <summary>Keys that are a batch of their own; never fails.</summary>
internal sealed class GetBatchNode<TKey, TValue>(Source<TKey, TValue> source, IReadOnlyList<TKey> keys)
    : Query<Answers<TValue>>
    where TKey : notnull
{
    internal override void Start(Branch branch)
    {
        if (keys.Count == 0)
            branch.Return(default(Answers<TValue>));
        else if (branch.Run.KeysOf(source).TryGetBatch(keys, out var answers))
            branch.Return(answers);
        else
            branch.Wait(this);
    }
}
