using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary>
/// What a command on a data directory works with: the services of the server that runs on it, or services that are
/// opened for the command alone, each when it is first asked for. For one thread.
/// </summary>
internal sealed class CommandData : IAsyncDisposable
{
    private readonly DataDirectory? _directory;
    private readonly NodeTools? _tools;
    private readonly Stack<IAsyncDisposable> _opened = [];
    private Node? _node;
    private UsersService? _users;
    private GraphService? _graph;
    private CommunityService? _community;
    private MediaService? _media;

    private CommandData(string path, Node? node, DataDirectory? directory, NodeTools? tools) =>
        (Path, _node, _directory, _tools) = (path, node, directory, tools);

    /// <summary>The directory's full path.</summary>
    public string Path { get; }

    /// <summary>Whether a server runs on it, so that what it does by the way it does by itself.</summary>
    public bool IsServed => _directory is null;

    public UsersApi Users => _node?.Users ?? UsersOwn.Api;

    public ModerationApi Moderation => _node?.Moderation ?? UsersOwn.Moderation;

    public GraphApi Graph => _node?.Graph ?? GraphOwn.Api;

    public CommunityApi Community => _node?.Community
        ?? (_community ??= Opened(
            CommunityService.Open(_directory!, _tools!.Time, _tools.Loggers, _tools.Meters))).Api;

    public MediaApi Media => _node?.Media
        ?? (_media ??= OpenOwn(RolePlace.Media, directory => MediaService.Open(
            directory, new MediaOptions(), _tools!.Time, _tools.Loggers, _tools.Meters))).Api;

    private UsersService UsersOwn => _users ??= OpenOwn(RolePlace.Users, directory => UsersService.Open(
        directory, new UsersOptions(), _tools!.Time, _tools.Loggers, _tools.Meters));

    private GraphService GraphOwn => _graph ??= OpenOwn(RolePlace.Graph, directory => GraphService.Open(
        directory, _tools!.Time, _tools.Loggers, _tools.Meters));

    /// <param name="create">Whether to make the directory when it is not there.</param>
    /// <exception cref="ServiceException">It is in use, damaged or not there.</exception>
    public static CommandData Open(string directory, bool create = false)
    {
        var data = DataDirectory.Open(directory, create);
        try
        {
            DataParts.Require(data);
            return new CommandData(data.Path, null, data, NodeTools.ForCommand());
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>That of a server, which stays the node's: nothing of it is closed with this.</summary>
    public static CommandData Of(Node node) => new(node.DataDirectory, node, null, null);

    /// <summary>All services: the server's, or such as are opened now instead of what the command had of
    /// them.</summary>
    /// <exception cref="ServiceException">The directory is damaged.</exception>
    public async ValueTask<Node> WholeAsync(CancellationToken ct)
    {
        if (_node is not null) return _node;
        await CloseAsync();
        _node = await Node.OpenAsync(new NodeOptions(Path), NodeTools.ForCommand(), ct);
        _opened.Push(_node);
        return _node;
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: there is none of that name.</exception>
    public async ValueTask<AccountRecord> FindAccountAsync(string name, CancellationToken ct) =>
        await Moderation.LookUp(new LookUpAccount(name), Call.Until(ct)) ?? throw new ServiceException(
            ErrorCode.Invalid, $"There is no account '{name}' in {Path}. Give a username, without @.");

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask CloseAsync()
    {
        while (_opened.TryPop(out var opened)) await opened.DisposeAsync();
        _directory?.Dispose();
    }

    private T OpenOwn<T>(RolePlace place, Func<DataDirectory, T> open)
        where T : IAsyncDisposable
    {
        place.RequireOwn(_directory!);
        return Opened(open(_directory!));
    }

    private T Opened<T>(T service)
        where T : IAsyncDisposable
    {
        _opened.Push(service);
        return service;
    }
}
