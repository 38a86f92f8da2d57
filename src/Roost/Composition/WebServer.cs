using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Discovery;
using Roost.Rpc.Remote;
using Roost.Services.Push;
using Roost.Web;

namespace Roost.Composition;

/// <summary>The client port alone, over services elsewhere: what <c>roost serve web</c> runs, and, with streams alone,
/// <c>roost serve push</c>. It keeps nothing, and as many as are wanted run beside each other.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly Recorder _recorder;
    private readonly WebElsewhere _services;
    private readonly Announced? _announced;

    private WebServer(
        WebApplication app, ClientPort port, Recorder recorder, WebElsewhere services, Announced? announced) =>
        (_app, _port, _recorder, _services, _announced) = (app, port, recorder, services, announced);

    /// <summary>What the process did in the last hour.</summary>
    internal MetricsHistory History => _recorder.History;

    /// <summary>This process and those that it knows of.</summary>
    internal NetworkView Network => _recorder.Network;

    /// <summary>What Web is made of here.</summary>
    internal WebServices Services => _services.Services;

    /// <summary>What it answers.</summary>
    internal IEndpointRouteBuilder Endpoints => _app;

    /// <summary>Where this machine reaches it.</summary>
    public Uri Url => _port.Url;

    /// <summary>Fires when the process was told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Waits until the services answer, in whatever order processes start; then opens the port.</summary>
    /// <exception cref="ServiceException">The port cannot be had, or an option is wrong.</exception>
    public static async Task<WebServer> StartAsync(
        WebServerOptions options, LogLevel logLevel, AdminPort? admin, CancellationToken ct)
    {
        var port = ClientPort.Bind(options.Listen);
        var errors = admin?.Errors ?? ThisProgram.NewErrorBook(options.Name);
        var app = WebHost.Build(port, logLevel, admin, errors);
        WebElsewhere? services = null;
        Recorder? recorder = null;
        try
        {
            var web = WebHost.Checked(options.Web(port.Url));
            var tools = NodeTools.From(app.Services) with { Here = options.Here };
            services = await WebElsewhere.ConnectAsync(options, tools, ct);
            recorder = Recorder.Of(admin, errors, app.Services);
            recorder.Network.Self.Calls(() => services.Called);
            recorder.Network.Self.Serves(() => services.Served);
            recorder.Network.Self.Address = port.Url.GetLeftPart(UriPartial.Authority);
            WebHost.Map(
                app, services.Services with { History = recorder.History, Network = recorder.Network }, web,
                options.Scope);
            await app.StartAsync(ct);
            var announced = Announced.Start(
                options.Store, options.Name, port.Url, options.Zone, recorder.Network, admin?.Url, tools);
            return new WebServer(app, port, recorder, services, announced);
        }
        catch
        {
            if (recorder is not null) await recorder.DisposeAsync();
            if (services is not null) await services.DisposeAsync();
            await app.DisposeAsync();
            port.Dispose();
            throw;
        }
    }

    /// <summary>Out of discovery, then no new connections, and what has begun is answered.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_announced is not null) await _announced.DisposeAsync();
        await _recorder.DisposeAsync();
        await _port.CloseAsync(_app);
        await _services.DisposeAsync();
    }
}

/// <summary>How the client port is run over services elsewhere.</summary>
/// <param name="Listen">As <see cref="ClientPort.Bind"/> takes it.</param>
/// <param name="Web">Made once the port is known; its public URL may come from there.</param>
/// <param name="Posts">Where <see cref="PostsServer"/> runs, which has all that is not found elsewhere.</param>
internal sealed record WebServerOptions(string Listen, Func<Uri, WebOptions> Web, Elsewhere Posts)
{
    /// <summary>What it answers.</summary>
    public WebScope Scope { get; init; } = WebScope.Whole;

    /// <summary>As gateways look for it.</summary>
    public string Name => Scope == WebScope.Streams ? GatewayServer.StreamingName : GatewayServer.WebName;

    /// <summary>Where the Users service runs; null: it is asked by way of posts. So is <see cref="Media"/>.</summary>
    public Elsewhere? Users { get; init; }

    public Elsewhere? Media { get; init; }

    /// <summary>Where notifications have a process of their own; null: they are asked for by way of posts.</summary>
    public Elsewhere? Notifications { get; init; }

    /// <summary>Where timelines have processes of their own (<see cref="TimelinesRole"/>); null: posts has
    /// them.</summary>
    public Elsewhere? Timelines { get; init; }

    /// <summary>Timelines in this process; null: they are elsewhere.</summary>
    public TimelinesHere? TimelinesHere { get; init; }

    public PushOptions Push { get; init; } = new();

    /// <summary>As <see cref="ClusterStores.Open"/> takes it, to be told of it; none for no store.</summary>
    public IReadOnlyList<Uri> Store { get; init; } = [];

    /// <summary>Where it runs; empty when that is of no concern.</summary>
    public string Zone { get; init; } = "";

    /// <summary>What else the process serves; null: nothing.</summary>
    public LocalServices? Here { get; init; }
}

/// <summary>Where a process that has the client port keeps what it makes timelines of.</summary>
/// <param name="Data">A directory of its own, which may be lost.</param>
/// <param name="Database">As in <see cref="NodeOptions.Database"/>: that of the posts.</param>
internal sealed record TimelinesHere(string Data, string? Database);
