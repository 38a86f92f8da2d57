using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>Ends a cluster from outside.</summary>
internal static class ClusterEnd
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    /// <summary>Tells the process that started the others to stop; when it is gone, tells these themselves, the last
    /// first.</summary>
    /// <returns>How many processes ended, itself included.</returns>
    /// <exception cref="ServiceException">Some have not ended after <paramref name="patience"/>.</exception>
    public static async Task<int> EndAsync(
        ClusterRecord cluster, TimeSpan patience, TimeProvider time, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        var ended = 0;
        if (cluster.Runs)
        {
            ended = 1 + cluster.Parts.Count(part => part.Alive is not null);
            Signals.Send(cluster.Supervisor, Signal.Terminate);
            await UntilAsync(() => !cluster.Runs, $"process {cluster.Supervisor}");
        }
        foreach (var part in cluster.Parts.Reverse())
        {
            if (part.Alive is not { } process) continue;
            ended++;
            // To etcd it is as good as any; to PostgreSQL it means not to wait for those who are connected.
            Signals.Send(process, part.Role == "postgres" ? Signal.Interrupt : Signal.Terminate);
            await UntilAsync(() => part.Alive is null, $"{part.Name} (process {process})");
        }
        return ended;

        async Task UntilAsync(Func<bool> isSo, string what)
        {
            while (!isSo())
            {
                if (time.GetElapsedTime(start) > patience)
                    throw new ServiceException(ErrorCode.DeadlineExceeded, $"{what} has not ended after {patience}.");
                await Task.Delay(_look, time, ct);
            }
        }
    }
}
