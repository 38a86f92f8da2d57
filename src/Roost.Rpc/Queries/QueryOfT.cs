namespace Roost.Rpc.Queries;

/// <summary>A <see cref="Query"/> for one <typeparamref name="T"/>.</summary>
/// <remarks>
/// Functions given to its methods run on the thread that runs the query, one at a time. When one throws a
/// <see cref="ServiceException"/>, its branch fails, as it would from a key that could not be fetched; any other
/// exception is a bug, ends the run and reaches its caller, past every <see cref="Try"/>.
/// </remarks>
public abstract class Query<T> : Query
{
    private protected Query() { }

    /// <summary>Computes something of the value: <c>select</c>.</summary>
    public Query<TResult> Select<TResult>(Func<T, TResult> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return new SelectNode<T, TResult>(this, selector);
    }

    /// <summary>Goes on with a query that needs this one's value.</summary>
    public Query<TResult> SelectMany<TResult>(Func<T, Query<TResult>> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new BindNode<T, TResult>(this, next);
    }

    /// <summary>What the compiler makes of a second <c>from</c>.</summary>
    public Query<TResult> SelectMany<TNext, TResult>(Func<T, Query<TNext>> next, Func<T, TNext, TResult> selector)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(selector);
        // A null from `next` is passed on: the branch refuses it with an explanation.
        return SelectMany(value => next(value)?.Select(second => selector(value, second))!);
    }

    /// <summary>Combines two queries that do not need each other, and so share batches.</summary>
    public Query<TResult> Zip<TOther, TResult>(Query<TOther> other, Func<T, TOther, TResult> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Both(this, other).Select(pair => selector(pair.First, pair.Second));
    }

    /// <summary>The value or the error, as a value: what fails here fails nothing else.</summary>
    public Query<Fetched<T>> Try() => new TryNode<T>(this);

    /// <summary>
    /// Goes on with another query if this one fails. Throw again what you cannot act on:
    /// <c>Query.Fail&lt;T&gt;(error)</c>.
    /// </summary>
    public Query<T> Recover(Func<Exception, Query<T>> fallback)
    {
        ArgumentNullException.ThrowIfNull(fallback);
        return new RecoverNode<T>(this, fallback);
    }
}
