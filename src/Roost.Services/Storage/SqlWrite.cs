namespace Roost.Services.Storage;

/// <summary>A piece of work that waits for the writer, with what is to happen after its commit.</summary>
internal abstract class SqlWrite(CancellationToken cancellation)
{
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Whether the work ran to its end within the open transaction.</summary>
    public bool HasRun { get; private set; }

    /// <summary>Does the work within the transaction; its exceptions pass through and mean that it is to be
    /// undone.</summary>
    public void Run(SqlSession session)
    {
        RunCore(session);
        HasRun = true;
    }

    /// <summary>Brings memory up to date with what is now on disk.</summary>
    public abstract void Apply();

    /// <summary>Answers the caller, whose code runs elsewhere.</summary>
    public abstract void Answer();

    public abstract void Fail(Exception exception);

    public abstract void Cancel();

    protected abstract void RunCore(SqlSession session);
}

internal sealed class SqlWrite<T>(Func<SqlSession, T> work, Action<T>? committed, CancellationToken cancellation)
    : SqlWrite(cancellation)
{
    // The writer must never run the callers' code, which could take long or write again.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _answer.Task;

    public override void Apply() => committed?.Invoke(_result);

    // Who was told that nobody knows is not told again.
    public override void Answer() => _answer.TrySetResult(_result);

    public override void Fail(Exception exception) => _answer.TrySetException(exception);

    public override void Cancel() => _answer.TrySetCanceled(Cancellation);

    protected override void RunCore(SqlSession session) => _result = work(session);
}
