using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>What a process follows that another one writes: started first, it waits until there is something. In which
/// order processes start does not matter.</summary>
internal static partial class FollowedSchema
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    /// <summary>A directory of who follows what is in a database.</summary>
    /// <param name="database">A connection string; null: the one that the directory remembers.</param>
    /// <param name="service">Whose schema.</param>
    /// <param name="who">Follows it, as people call that.</param>
    /// <exception cref="OperationCanceledException">The process is to stop.</exception>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no database is told, or that is none.
    /// <see cref="ErrorCode.Conflict"/>: it is the directory of something else.</exception>
    public static async Task<DataDirectory> OpenAsync(
        string path, string? database, string service, string who, NodeTools tools, CancellationToken ct)
    {
        if (database is not null) await WaitAsync(database, service, tools, ct);
        var data = DataDirectory.Open(path, database: database, service: service);
        try
        {
            DataParts.Require(data);
            RequireServer(data, who);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private static void RequireServer(DataDirectory data, string who)
    {
        if (DataParts.HasHeld(data, PostsService.Folder))
        {
            throw new ServiceException(
                ErrorCode.Conflict,
                $"{data.Path} is the data directory of a roost up. Give this one of its own with --data; nothing was "
                + "changed.");
        }
        if (data.IsOnServer) return;
        throw new ServiceException(
            ErrorCode.Invalid,
            $"'{who}' follows the posts in a PostgreSQL database, and {data.Path} knows of none. Give --database, the "
            + "same as to who writes them, with a new directory.");
    }

    private static async Task WaitAsync(string database, string service, NodeTools tools, CancellationToken ct)
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
