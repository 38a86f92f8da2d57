using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Network;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>
/// A node with the client port on a real port of this machine: both in one server, or, apart, the client port in one of
/// its own over the node's services by gRPC. What holds of the one holds of the other; <c>ROOST_WEB_APART=1</c> asks
/// it of the other where nobody says which.
/// </summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private const string Listen = "http://127.0.0.1:0";

    private readonly IAsyncDisposable[] _servers;

    /// <param name="servers">What is stopped at the end, in this order.</param>
    private RunningServer(IAsyncDisposable[] servers) => _servers = servers;

    public static bool IsApartUnlessTold { get; } = Environment.GetEnvironmentVariable("ROOST_WEB_APART") == "1";

    public required Node Node { get; init; }

    /// <summary>Of the client port.</summary>
    public required Uri Url { get; init; }

    /// <summary>The services as the client port has them: what is changed by way of them it knows at once.</summary>
    public required WebServices Web { get; init; }

    public required MetricsHistory History { get; init; }

    /// <summary>The client port's process, and what fails in it.</summary>
    public required NetworkView Network { get; init; }

    /// <summary>Every route of the client port.</summary>
    public required IReadOnlyList<RouteEndpoint> Routes { get; init; }

    public static Task<RunningServer> StartAsync(
        NodeOptions options, Func<Uri, WebOptions> web, bool? isApart = null)
    {
        var ct = TestContext.Current.CancellationToken;
        return isApart ?? IsApartUnlessTold ? StartApartAsync(options, web, ct) : StartWholeAsync(options, web, ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private static async Task<RunningServer> StartWholeAsync(
        NodeOptions options, Func<Uri, WebOptions> web, CancellationToken ct)
    {
        IEndpointRouteBuilder? routes = null;
        var server = await Server.StartAsync(
            options, Listen, web, LogLevel.Critical, builder => routes = builder, ct);
        return new RunningServer([server])
        {
            Node = server.Node,
            Url = server.Url,
            Web = server.Node.Web,
            History = server.History,
            Network = server.Network,
            Routes = RoutesOf(routes!),
        };
    }

    private static async Task<RunningServer> StartApartAsync(
        NodeOptions options, Func<Uri, WebOptions> web, CancellationToken ct)
    {
        var posts = await PostsServer.StartAsync(
            new PostsServerOptions(options, Listen, web, []), admin: null, ct);
        var server = await WebServer.StartAsync(
            new WebServerOptions(Listen, web, new Elsewhere([posts.Url], [])) { Push = options.Push },
            LogLevel.Critical, admin: null, ct);
        return new RunningServer([server, posts])
        {
            Node = posts.Node,
            Url = server.Url,
            Web = server.Services,
            History = server.History,
            Network = server.Network,
            Routes = RoutesOf(server.Endpoints),
        };
    }

    private static IReadOnlyList<RouteEndpoint> RoutesOf(IEndpointRouteBuilder builder) =>
        [.. builder.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];
}
