using Microsoft.Extensions.Logging;

namespace Roost.Services;

/// <summary>Runs a service's background loop: one that fails is logged and started again a second later, until it is
/// stopped.</summary>
internal static partial class Background
{
    private static readonly TimeSpan _restartAfter = TimeSpan.FromSeconds(1);

    public static Task RunAsync(
        string name, Func<CancellationToken, Task> loop, TimeProvider time, ILogger logger,
        CancellationToken stopping) =>
        Task.Run(() => SuperviseAsync(name, loop, time, logger, stopping), CancellationToken.None);

    private static async Task SuperviseAsync(
        string name, Func<CancellationToken, Task> loop, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await loop(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Stopping is how these loops end.
                return;
            }
            catch (Exception failure)
            {
                LoopFailed(logger, failure, name);
                await Task.Delay(_restartAfter, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "The background loop '{Name}' failed; it starts again in a second.")]
    private static partial void LoopFailed(ILogger logger, Exception failure, string name);
}
