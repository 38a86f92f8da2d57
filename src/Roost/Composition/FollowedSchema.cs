using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>What a process follows that another one writes: started first, it waits until there is something. In which
/// order processes start does not matter.</summary>
internal static partial class FollowedSchema
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    /// <param name="database">A connection string.</param>
    /// <param name="service">Whose schema.</param>
    /// <exception cref="OperationCanceledException">The process is to stop.</exception>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is no connection string.</exception>
    public static async Task WaitAsync(string database, string service, NodeTools tools, CancellationToken ct)
    {
        var log = tools.Loggers.CreateLogger<Role>();
        for (var isFirst = true; !IsThere(database, service, log, isFirst); isFirst = false)
            await Task.Delay(_again, tools.Time, ct);
    }

    private static bool IsThere(string database, string service, ILogger log, bool tells)
    {
        try
        {
            if (DataDirectory.IsBegun(database, service)) return true;
            if (tells) LogWaits(log, service);
        }
        catch (ServiceException away) when (away.Code == ErrorCode.Unavailable)
        {
            if (tells) LogAway(log, away, service, away.Detail);
        }
        return false;
    }

    [LoggerMessage(
        LogLevel.Warning, "The database has no {Service} yet: it is waited for until a network begins there")]
    private static partial void LogWaits(ILogger logger, string service);

    [LoggerMessage(
        LogLevel.Warning, "The database with {Service} cannot be reached; it is tried again until it can. {Detail}")]
    private static partial void LogAway(ILogger logger, Exception away, string service, string? detail);
}
