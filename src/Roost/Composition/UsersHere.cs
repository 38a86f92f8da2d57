using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>The Users service as a node has it: its own, called directly, or another process's.</summary>
/// <param name="Owner">What is closed with the node.</param>
internal sealed record UsersHere(IAsyncDisposable Owner, UsersApi Users, ModerationApi Moderation, FiguresApi Figures)
{
    public static Task<UsersHere> OpenAsync(
        DataDirectory data, NodeOptions options, NodeTools tools, CancellationToken ct)
    {
        if (options.UsersElsewhere is { } where)
        {
            RolePlace.Users.RequireNone(data);
            return ConnectAsync(where, tools, ct);
        }
        RolePlace.Users.RequireOwn(data);
        var own = UsersService.Open(data, options.Users, tools.Time, tools.Loggers, tools.Meters);
        DataParts.Note(data, RolePlace.Users.Part);
        return Task.FromResult(new UsersHere(own, own.Api, own.Moderation, own.Figures));
    }

    /// <summary>A service of this process gets this process's filters; those of another have the client's around
    /// them already.</summary>
    public (UsersApi Users, ModerationApi Moderation, FiguresApi Figures) Behind(ServiceStack stack) =>
        Owner is UsersService
            ? (Users.With(stack), Moderation.With(stack), Figures.With(stack))
            : (Users, Moderation, Figures);

    /// <summary>Waits until it answers: in which order processes start does not matter.</summary>
    /// <param name="way">To who has it: the owner of the result.</param>
    public static async Task<UsersHere> ConnectAsync(RoleElsewhere way, NodeTools tools, CancellationToken ct)
    {
        var client = way.Connect(Role.Users.Name);
        var users = AccountsElsewhere.Over(UsersRemote.ConnectUsers(client));
        await users.Count.AskUntilAnsweredAsync(new CountAccounts(), tools.Time, ct);
        return new UsersHere(way, users, UsersRemote.ConnectModeration(client), UsersRemote.ConnectFigures(client));
    }

    private static async Task<UsersHere> ConnectAsync(Elsewhere where, NodeTools tools, CancellationToken ct)
    {
        var way = new RoleElsewhere(Role.Users.Name, where, tools);
        try
        {
            return await ConnectAsync(way, tools, ct);
        }
        catch
        {
            await way.DisposeAsync();
            throw;
        }
    }
}
