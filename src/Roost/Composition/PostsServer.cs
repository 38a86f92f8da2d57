using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Discovery;
using Roost.Rpc.Remote;
using Roost.Web;

namespace Roost.Composition;

/// <summary>A node without the client port: posts and all that is made of them, for web processes to call. What
/// <c>roost serve posts</c> runs.</summary>
internal sealed class PostsServer : IAsyncDisposable
{
    /// <summary>As it is started, announced and called.</summary>
    public const string Name = "posts";

    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly Announced? _announced;
    private readonly ErrorMemory? _memory;

    private PostsServer(
        WebApplication app, Node node, ClientPort port, PostsServerOptions options, AdminPort? admin)
    {
        (_app, Node, _port) = (app, node, port);
        Tools = NodeTools.From(app.Services);
        _memory = admin?.Remember(node.DataDirectory, Tools);
        _announced = Announced.Start(
            options.Store, Name, Url, options.Zone, admin?.Network, admin?.Url, Tools, node.ConfirmAsync);
    }

    public Node Node { get; }

    /// <summary>What the server itself was handed.</summary>
    internal NodeTools Tools { get; }

    /// <summary>Where other processes of this machine reach it.</summary>
    public Uri Url => _port.Url;

    /// <summary>Fires when the process was told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <exception cref="ServiceException">The data or the port cannot be had, or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop while it stood by.</exception>
    public static async Task<PostsServer> StartAsync(
        PostsServerOptions options, AdminPort? admin, CancellationToken ct)
    {
        var port = ClientPort.Bind(options.Listen);
        var app = AppHost.BuildForCalls(port, admin);
        Node? node = null;
        try
        {
            // First, for a wrong option must leave no directory behind.
            var web = WebHost.Checked(options.Web(port.Url));
            var tools = NodeTools.From(app.Services) with { Here = options.Here };
            options.Node.StandBy?.At(new StandingPlace(port.Url, admin, tools) { Zone = options.Zone });
            node = await Node.OpenAsync(options.Node with { HasStreams = false }, tools, ct);
            admin?.ShowServed(() => node.Served);
            admin?.Show(() => node.Called);
            WebApp.PresentAlerts(node.WebPush, web);
            var remote = app.Services.GetRequiredService<RemoteServices>();
            NodeContracts.Serve(remote, node);
            options.Here?.Open(Name, remote);
            RemoteServices.Map(app);
            await app.StartAsync(ct);
            return new PostsServer(app, node, port, options, admin);
        }
        catch
        {
            if (node is not null) await node.DisposeAsync();
            await app.DisposeAsync();
            port.Dispose();
            throw;
        }
    }

    /// <summary>Out of discovery, then no new calls, then what has begun is answered, then the data is
    /// closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_announced is not null) await _announced.DisposeAsync();
        await _port.CloseAsync(_app);
        // While the directory is ours.
        if (_memory is not null) await _memory.DisposeAsync();
        await Node.DisposeAsync();
    }
}

/// <summary>How posts are served.</summary>
/// <param name="Listen">As <see cref="ClientPort.Bind"/> takes it: where other processes call it.</param>
/// <param name="Web">What push messages say of the community.</param>
/// <param name="Store">As <see cref="ClusterStores.Open"/> takes it, to be told of it; none for no store.</param>
internal sealed record PostsServerOptions(
    NodeOptions Node, string Listen, Func<Uri, WebOptions> Web, IReadOnlyList<Uri> Store)
{
    /// <summary>Where it runs; empty when that is of no concern.</summary>
    public string Zone { get; init; } = "";

    /// <summary>What else the process serves; null: nothing.</summary>
    public LocalServices? Here { get; init; }
}
