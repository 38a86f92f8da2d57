using Roost.Composition;

namespace Roost.Cli;

/// <summary>How commands that serve wait for their end.</summary>
internal static class RunningProcess
{
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
