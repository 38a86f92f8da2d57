using Roost.Rpc;
using Roost.Services.AnnualReports;
using Roost.Services.Media;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.WebPush;

namespace Roost.Composition;

/// <summary>What a role has in a data directory, its own or a whole node's: a directory is for one or the other from
/// its first start on.</summary>
/// <param name="Role">As it is started.</param>
/// <param name="Part">What there is whenever it has anything.</param>
internal sealed record RolePlace(string Role, string Part)
{
    public static RolePlace Users { get; } = new("users", "users.db");

    public static RolePlace Graph { get; } = new("graph", "graph.db") { Along = ["graph.snapshot"] };

    public static RolePlace Media { get; } = new("media", "media.db")
    {
        More = [MediaService.Name],
        InFiles = MediaService.Name,
    };

    public static RolePlace Notifications { get; } =
        new(NotificationsService.Name, $"{NotificationsService.Name}.db")
        {
            More = [$"{WebPushService.Name}.db", WebPushService.KeyFile],
            InFiles = WebPushService.KeyFile,
            UsedBy = $"roost serve {PostsServer.Name}",
            Younger = $"{AnnualReportsService.Name}.db",
        };

    public static IReadOnlyList<RolePlace> All { get; } = [Users, Graph, Media, Notifications];

    /// <summary>What it has in a data directory besides <see cref="Part"/>.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>What it keeps there that can be made again.</summary>
    public string[] Along { get; init; } = [];

    /// <summary>What of it is in files also where a server has the databases; null: nothing.</summary>
    public string? InFiles { get; init; }

    /// <summary>All that it has in a data directory.</summary>
    public string[] Parts => [Part, .. More];

    /// <summary>How the node is started that asks it.</summary>
    public string UsedBy { get; init; } = "roost up";

    /// <summary>What nodes have had since later than <see cref="Part"/>: those that never held this may be older than
    /// both. Null: there is none older.</summary>
    public string? Younger { get; init; }

    /// <summary>Whether a node was used with the directory that had another process's.</summary>
    public bool IsElsewhere(DataDirectory data) =>
        DataParts.HasHeld(data, PostsService.Folder) && (Younger is null || DataParts.HasHeld(data, Younger))
        && !DataParts.HasHeld(data, Part);

    /// <summary>Before a directory's own part is opened: one whose posts were written with another process's must not
    /// get an empty one beside them.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: it is such a directory.</exception>
    public void RequireOwn(DataDirectory data)
    {
        if (!IsElsewhere(data)) return;
        throw new ServiceException(
            ErrorCode.Conflict,
            $"{data.Path} has no {Part} of its own: it was used with 'roost serve {Role}'. Start it with {UsedBy} "
            + $"and --{Role} URL, or --store; nothing was changed.");
    }

    /// <summary>Before another process's is used.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: the directory has one of its own.
    /// </exception>
    public void RequireNone(DataDirectory data)
    {
        if (!DataParts.HasHeld(data, Part)) return;
        throw new ServiceException(
            ErrorCode.Conflict,
            $"{data.Path} has a {Part} of its own, which another process's cannot stand in for. Start it without "
            + $"--{Role} and --store, or give another directory; nothing was changed.");
    }
}
