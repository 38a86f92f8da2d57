namespace Roost.Rpc.Queries;

/// <summary>
/// What to fetch, apart from how it is fetched. A query is built of keys asked from a <see cref="Source{TKey,
/// TValue}"/>, of steps that need what came before (<c>from … from …</c>), and of branches that do not need each
/// other (<see cref="All{T}"/>, <see cref="Both{T1, T2}"/>). A <see cref="QueryRunner"/> runs it.
/// </summary>
/// <example><code>
/// Query&lt;Line&gt; LineOf(PostId id) =>
///     from post in posts.Get(id)
///     from author in accounts.Get(post.Author)
///     select new Line(author.Name, post.Text);
///
/// var page = await runner.RunAsync(Query.All(ids.Select(LineOf)), call);   // two batches, however many ids
/// </code></example>
/// <remarks>
/// Queries are immutable; they can be kept, shared between threads, and run many times. Making one fetches nothing. A
/// query can be of any depth and width: running it takes heap, not stack.
/// </remarks>
public abstract class Query
{
    private protected Query() { }

    /// <summary>A value that is there already.</summary>
    public static Query<T> Return<T>(T value) => new ReturnNode<T>(value);

    /// <summary>Fails whatever needs it, unless that is done in a <see cref="Query{T}.Try"/>.</summary>
    public static Query<T> Fail<T>(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new FailNode<T>(error);
    }

    /// <summary>
    /// The values of independent queries, in order. It fails when one of them does, with the error of the first that
    /// did, in this order; put <see cref="Query{T}.Try"/> on each to keep the others.
    /// </summary>
    /// <param name="queries">Read once, here and now.</param>
    public static Query<T[]> All<T>(IEnumerable<Query<T>> queries)
    {
        ArgumentNullException.ThrowIfNull(queries);
        return new JoinNode<T[]>([.. queries], values => Array.ConvertAll(values, value => (T)value!));
    }

    /// <summary>Two independent queries; fails as <see cref="All{T}"/> does.</summary>
    public static Query<(T1 First, T2 Second)> Both<T1, T2>(Query<T1> first, Query<T2> second) =>
        new JoinNode<(T1, T2)>([first, second], values => ((T1)values[0]!, (T2)values[1]!));

    /// <summary>Three independent queries; fails as <see cref="All{T}"/> does.</summary>
    public static Query<(T1 First, T2 Second, T3 Third)> Both<T1, T2, T3>(
        Query<T1> first, Query<T2> second, Query<T3> third) =>
        new JoinNode<(T1, T2, T3)>(
            [first, second, third], values => ((T1)values[0]!, (T2)values[1]!, (T3)values[2]!));

    /// <summary>Four independent queries; fails as <see cref="All{T}"/> does.</summary>
    public static Query<(T1 First, T2 Second, T3 Third, T4 Fourth)> Both<T1, T2, T3, T4>(
        Query<T1> first, Query<T2> second, Query<T3> third, Query<T4> fourth) =>
        new JoinNode<(T1, T2, T3, T4)>(
            [first, second, third, fourth],
            values => ((T1)values[0]!, (T2)values[1]!, (T3)values[2]!, (T4)values[3]!));

    /// <summary>Begins this query in a branch: tells the branch, exactly once, what comes next.</summary>
    internal abstract void Start(Branch branch);

    /// <summary>Goes on after the inner query that it pushed itself for has a value.</summary>
    internal virtual void Resume(Branch branch, object? value) =>
        throw new InvalidOperationException($"{GetType().Name} waits for no inner query.");

    /// <summary>Goes on after that inner query failed: most queries just fail with it.</summary>
    internal virtual void Recover(Branch branch, Exception error) => branch.Fail(error);
}
