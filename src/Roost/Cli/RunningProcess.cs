using Roost.Composition;

namespace Roost.Cli;

/// <summary>How commands that serve wait for their end.</summary>
internal static class RunningProcess
{
    /// <summary>Starts what may wait for others before it serves; null when it was told to end meanwhile.</summary>
    /// <param name="waits">Whether it does: of what does not, breaking it off is an error.</param>
    /// <param name="ends">Each tells it to end.</param>
    public static async Task<T?> StartAsync<T>(
        Func<CancellationToken, Task<T>> start, bool waits, params CancellationToken[] ends) where T : class
    {
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(ends);
        try
        {
            return await start(starting.Token);
        }
        catch (OperationCanceledException) when (waits && starting.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Until one of the tokens is cancelled; says so, and has who asks whether the process is ready
    /// know.</summary>
    /// <param name="lost">Fires when another process serves in the place of this one, which is of no use any more.
    /// </param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> UntilToldAsync(
        AdminPort? admin, CancellationToken lost, params CancellationToken[] ends)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource([lost, .. ends]);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        admin?.SetReady(false);
        if (lost.IsCancellationRequested)
        {
            Console.Error.WriteLine("roost: another process has taken over; this one ends.");
            return ExitCode.Environment;
        }
        Console.WriteLine("Stopping: answering what has begun.");
        return ExitCode.Done;
    }
}
