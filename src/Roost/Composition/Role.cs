using Roost.Rpc.Admin;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>A service that can run in a process of its own: what <see cref="RoleServer"/> serves, and what nodes look
/// for that are told that it runs elsewhere.</summary>
/// <param name="Name">As it is started, announced and called.</param>
/// <param name="Place">What it has of its own; null: what it has in a directory it can make again.</param>
/// <param name="Serve">Opens it, and answers for callers elsewhere; the result is to be closed.</param>
internal sealed record Role(string Name, RolePlace? Place, ServeRole Serve)
{
    public static Role Users { get; } = new(RolePlace.Users.Role, RolePlace.Users, (data, tools, stack, remote, _) =>
    {
        var users = UsersService.Open(data, new UsersOptions(), tools.Time, tools.Loggers, tools.Meters);
        UsersRemote.Serve(remote, users.Api.With(stack), users.Moderation.With(stack), users.Figures.With(stack));
        return Task.FromResult(new ServedRole(users, users.ConfirmAsync));
    });

    public static Role Graph { get; } = new(RolePlace.Graph.Role, RolePlace.Graph, (data, tools, stack, remote, _) =>
    {
        var graph = GraphService.Open(data, tools.Time, tools.Loggers, tools.Meters);
        GraphRemote.Serve(
            remote, graph.Api.With(stack), graph.Relations.With(stack), graph.Lists.With(stack), graph.Tags.With(stack),
            graph.Suggestions.With(stack), graph.Feeds.With(stack));
        return Task.FromResult(new ServedRole(graph, graph.ConfirmAsync));
    });

    public static Role Media { get; } = new(RolePlace.Media.Role, RolePlace.Media, (data, tools, stack, remote, _) =>
    {
        var media = MediaService.Open(data, new MediaOptions(), tools.Time, tools.Loggers, tools.Meters);
        MediaRemote.Serve(remote, media.Api.With(stack));
        return Task.FromResult(new ServedRole(media, media.ConfirmAsync));
    });

    /// <summary>The service whose schema it follows, while another process writes it, instead of one of its own; null:
    /// it has its own.</summary>
    public string? Follows { get; init; }

    /// <summary>Whether it may wait for other processes before it is open.</summary>
    public bool Waits { get; init; }
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
