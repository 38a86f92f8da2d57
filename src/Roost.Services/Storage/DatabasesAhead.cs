using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Roost.Services.Storage;

/// <summary>
/// Databases that are opened all at the same time, before their services ask for them one after the other. On a server
/// opening one is some dozen round trips, and a process that takes another one's place has ten to open while everybody
/// waits.
/// </summary>
/// <remarks>Disposing closes those that nobody has asked for.</remarks>
public sealed class DatabasesAhead : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<SqlDatabase>> _opening = new();

    private DatabasesAhead()
    {
    }

    /// <summary>Begins to open them, where a server has them.</summary>
    /// <param name="names">Of services, in lower case; each service opens its database once afterwards.</param>
    public static DatabasesAhead Begin(
        DataDirectory data, IReadOnlyList<string> names, TimeProvider time, ILoggerFactory loggers,
        IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(names);
        var ahead = new DatabasesAhead();
        if (!data.IsOnServer) return ahead;
        var logger = loggers.CreateLogger<SqlDatabase>();
        foreach (var name in names)
        {
            // They wait for the server most of the time: threads of their own.
            ahead._opening[name] = Task.Factory.StartNew(
                () => SqlDatabase.OpenNow(data, name, time, logger, meters), CancellationToken.None,
                TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        data.Ahead = ahead;
        return ahead;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _opening.Keys)
        {
            if (!_opening.TryRemove(name, out var opening)) continue;
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Why one could not be opened its service would have been told, had it come so far.
            if (opening.IsCompletedSuccessfully) await (await opening).DisposeAsync();
        }
    }

    /// <summary>Waits for the one that is being opened; null where none is.</summary>
    internal SqlDatabase? Take(string name) =>
        _opening.TryRemove(name, out var opening) ? opening.GetAwaiter().GetResult() : null;
}
