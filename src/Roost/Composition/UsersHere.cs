using Roost.Rpc.Filters;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>The Users service as a node has it: its own, called directly, or another process's.</summary>
/// <param name="Owner">What is closed with the node.</param>
internal sealed record UsersHere(IAsyncDisposable Owner, UsersApi Users, ModerationApi Moderation, FiguresApi Figures)
{
    public static async Task<UsersHere> OpenAsync(
        DataDirectory data, NodeOptions options, NodeTools tools, CancellationToken ct)
    {
        if (options.UsersElsewhere is { } where)
        {
            var remote = await UsersElsewhere.ConnectAsync(where, tools, ct);
            return new UsersHere(remote, remote.Users, remote.Moderation, remote.Figures);
        }
        var own = UsersService.Open(data, options.Users, tools.Time, tools.Loggers, tools.Meters);
        DataParts.Note(data, "users.db");
        return new UsersHere(own, own.Api, own.Moderation, own.Figures);
    }

    /// <summary>A service of this process gets this process's filters; those of another have the client's around
    /// them already.</summary>
    public (UsersApi Users, ModerationApi Moderation, FiguresApi Figures) Behind(ServiceStack stack) =>
        Owner is UsersService
            ? (Users.With(stack), Moderation.With(stack), Figures.With(stack))
            : (Users, Moderation, Figures);
}
