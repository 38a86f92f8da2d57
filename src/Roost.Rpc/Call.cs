namespace Roost.Rpc;

/// <summary>
/// What travels with every call beside its request: until when the answer is of use, and whether it still is.
/// </summary>
/// <param name="Deadline">When the caller stops waiting; <see cref="Deadline.None"/> waits for ever.</param>
/// <param name="Cancellation">Fires when the caller has gone.</param>
public readonly record struct Call(Deadline Deadline, CancellationToken Cancellation)
{
    /// <summary>A call without a deadline that nobody cancels: start-up, tests, command-line tools.</summary>
    public static Call Unbounded => default;

    /// <summary>A call without a deadline that ends with <paramref name="cancellation"/>.</summary>
    public static Call Until(CancellationToken cancellation) => new(Deadline.None, cancellation);
}
