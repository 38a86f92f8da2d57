using Roost.Composition;

namespace Roost.Cli;

/// <summary>How commands that serve wait for their end.</summary>
internal static class RunningProcess
{
    /// <summary>Until one of the tokens is cancelled; says so, and has who asks whether the process is ready
    /// know.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> UntilToldAsync(AdminPort? admin, params CancellationToken[] ends)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ends);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        admin?.SetReady(false);
        Console.WriteLine("Stopping: answering what has begun.");
        return ExitCode.Done;
    }
}
