using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>A service that can run in a process of its own: what <see cref="RoleServer"/> serves, and what nodes look
/// for that are told that it runs elsewhere.</summary>
/// <param name="Name">As it is started, announced and called.</param>
/// <param name="Part">Of the data directory of who runs it.</param>
/// <param name="Serve">Opens it, and answers for callers elsewhere; the result is to be closed.</param>
internal sealed record Role(string Name, string Part, ServeRole Serve)
{
    public static Role Users { get; } = new("users", "users.db", (data, tools, stack, remote, _) =>
    {
        var users = UsersService.Open(data, new UsersOptions(), tools.Time, tools.Loggers, tools.Meters);
        UsersRemote.Serve(remote, users.Api.With(stack), users.Moderation.With(stack), users.Figures.With(stack));
        return Task.FromResult(new ServedRole(users, users.ConfirmAsync));
    });

    public static Role Graph { get; } = new("graph", "graph.db", (data, tools, stack, remote, _) =>
    {
        var graph = GraphService.Open(data, tools.Time, tools.Loggers, tools.Meters);
        GraphRemote.Serve(
            remote, graph.Api.With(stack), graph.Relations.With(stack), graph.Lists.With(stack), graph.Tags.With(stack),
            graph.Suggestions.With(stack), graph.Feeds.With(stack));
        return Task.FromResult(new ServedRole(graph, graph.ConfirmAsync));
    });

    public static Role Media { get; } = new("media", "media.db", (data, tools, stack, remote, _) =>
    {
        var media = MediaService.Open(data, new MediaOptions(), tools.Time, tools.Loggers, tools.Meters);
        MediaRemote.Serve(remote, media.Api.With(stack));
        return Task.FromResult(new ServedRole(media, media.ConfirmAsync));
    })
    {
        More = [MediaService.Name],
        InFiles = MediaService.Name,
    };

    /// <summary>What it has in a data directory besides <see cref="Part"/>.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>What of it is in files also where a server has the databases; null: nothing.</summary>
    public string? InFiles { get; init; }

    /// <summary>All that it has in a data directory.</summary>
    public string[] Parts => [Part, .. More];

    /// <summary>How the node is started that asks it.</summary>
    public string UsedBy { get; init; } = "roost up";

    /// <summary>What nodes have had since later than <see cref="Part"/>: those that never held this may be older than
    /// both. Null: there is none older.</summary>
    public string? Younger { get; init; }

    /// <summary>The service whose schema it follows, while another process writes it, instead of one of its own; null:
    /// it has its own.</summary>
    public string? Follows { get; init; }

    /// <summary>Whether it may wait for other processes before it is open.</summary>
    public bool Waits { get; init; }

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
            $"{data.Path} has no {Part} of its own: it was used with 'roost serve {Name}'. Start it with {UsedBy} "
            + $"and --{Name} URL, or --store; nothing was changed.");
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
            + $"--{Name} and --store, or give another directory; nothing was changed.");
    }
}

/// <summary>Opens a service over its data, and answers for callers elsewhere.</summary>
/// <param name="ct">Ends what takes long.</param>
internal delegate Task<ServedRole> ServeRole(
    DataDirectory data, NodeTools tools, ServiceStack stack, RemoteServices remote, CancellationToken ct);

/// <summary>A service that is open.</summary>
/// <param name="Owner">To be disposed.</param>
/// <param name="ConfirmAsync">Completes when it is certain that it is still this process that may write; fails else.
/// </param>
internal sealed record ServedRole(IAsyncDisposable Owner, Func<Task> ConfirmAsync)
{
    /// <summary>Which services elsewhere it calls, and how they stand.</summary>
    public Func<IReadOnlyList<CalledService>> Called { get; init; } = static () => [];
}
