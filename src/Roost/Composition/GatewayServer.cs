using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Operations.Gateway;
using Roost.Rpc.Discovery;

namespace Roost.Composition;

/// <summary>The gateway behind its port: what <c>roost serve gateway</c> runs.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    /// <summary>As it is named in <c>roost serve</c> and on the admin pages.</summary>
    public const string Name = "gateway";

    /// <summary>What the gateway looks for in a store to send to whatever has no instances of its own.</summary>
    public const string WebName = "web";

    /// <summary>What it looks for to send streams to.</summary>
    public const string StreamingName = "streaming";

    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly IClusterStore? _store;
    private readonly AccessLog? _accessLog;
    private readonly GatewayApp _gateway;
    private readonly Announced? _announced;

    private GatewayServer(
        WebApplication app, ClientPort port, GatewayServerOptions options, AdminPort? admin, TimeProvider time)
    {
        (_app, _port) = (app, port);
        var tools = NodeTools.From(app.Services);
        var gatewayTools = new GatewayTools(time, tools.Loggers, tools.Meters);
        // First, for a wrong option must leave no file behind.
        options.Gateway.Validate(options.Store.Count > 0);
        _accessLog = options.AccessLog is { } path ? AccessLog.Open(path, gatewayTools) : null;
        _store = options.Store.Count > 0 ? ClusterStores.Open(options.Store, tools.Time) : null;
        _gateway = new GatewayApp(options.Gateway, _store, _accessLog, app, gatewayTools);
        // Nobody calls it; it is told of for those who look after the network.
        _announced = Announced.Start(options.Store, Name, Url, zone: "", admin?.Network, admin?.Url, tools);
    }

    /// <summary>Where this machine reaches it.</summary>
    public Uri Url => _port.Url;

    /// <summary>How it stands.</summary>
    public GatewayApp Gateway => _gateway;

    /// <summary>Fires when the process was told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <param name="time">The clock of queues and deadlines; the system's unless told.</param>
    /// <exception cref="Rpc.ServiceException">An option is wrong, or the port or the log cannot be had.</exception>
    public static async Task<GatewayServer> StartAsync(
        GatewayServerOptions options, AdminPort? admin, CancellationToken ct, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var port = ClientPort.Bind(options.Listen, options.Certificate is null ? "http" : "https");
        WebApplication? app = null;
        GatewayServer server;
        try
        {
            app = Build(port, options, admin, time);
            server = new GatewayServer(app, port, options, admin, time);
        }
        catch
        {
            if (app is not null) await app.DisposeAsync();
            port.Dispose();
            throw;
        }
        try
        {
            await server._gateway.KnownAsync(ct);
            await app.StartAsync(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>No new connections, what has begun is answered, streams are ended, then all is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_announced is not null) await _announced.DisposeAsync();
        await _port.CloseAsync(_app);
        await _gateway.DisposeAsync();
        if (_accessLog is not null) await _accessLog.DisposeAsync();
        _store?.Dispose();
    }

    private static WebApplication Build(
        ClientPort port, GatewayServerOptions options, AdminPort? admin, TimeProvider time) => AppHost.Build(
        port, admin, LogLevel.Warning, on => Speak(on, options, time), limits => Limit(limits, options), builder =>
        {
            // The forwarder's own lines, one a failed request; the gateway tells what it makes of them.
            builder.Logging.AddFilter("Yarp", LogLevel.None);
            if (options.Certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.AddSingleton<DistributedContextPropagator>(new OwnTraces());
            GatewayApp.Register(builder.Services);
        });

    private static void Speak(ListenOptions on, GatewayServerOptions options, TimeProvider time)
    {
        if (options.Certificate is not { } files) return;
        var log = on.ApplicationServices.GetRequiredService<ILogger<Certificate>>();
        new Certificate(files.Chain, files.Key, time, log).Use(on);
    }

    /// <summary>What strangers may take of this process before anybody looks at what they want.</summary>
    private static void Limit(KestrelServerLimits limits, GatewayServerOptions options)
    {
        limits.MaxConcurrentConnections = options.ConnectionsMax;
        limits.MaxConcurrentUpgradedConnections = options.Gateway.StreamsMax;
        limits.MaxRequestLineSize = 8 << 10;
        limits.MaxRequestHeadersTotalSize = 32 << 10;
        limits.MaxRequestHeaderCount = 100;
        limits.RequestHeadersTimeout = options.HeadMax;
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
        // Bytes a second, after a grace of five: who sends or reads more slowly is cut off.
        limits.MinRequestBodyDataRate = new(bytesPerSecond: 1_000, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new(bytesPerSecond: 1_000, gracePeriod: TimeSpan.FromSeconds(5));
        // Applications say how much; no request without one comes this far.
        limits.MaxRequestBodySize = 1 << 20;
    }
}

/// <summary>How a gateway is run.</summary>
/// <param name="Listen">As <see cref="ClientPort.Bind"/> takes it: where clients come in.</param>
/// <param name="Store">As <see cref="ClusterStores.Open"/> takes it: where applications are found; none for no store.
/// </param>
internal sealed record GatewayServerOptions(string Listen, GatewayOptions Gateway, IReadOnlyList<Uri> Store)
{
    /// <summary>The files of the certificate that clients are shown; null for a port without TLS.</summary>
    public (string Chain, string Key)? Certificate { get; init; }

    /// <summary>A file for a line about each request; null for none.</summary>
    public string? AccessLog { get; init; }

    /// <summary>Connections of clients at a time. 1 or more.</summary>
    /// <remarks>With 4,000 streams, which take two sockets each, the default stays below the 20,000 files that systems
    /// often allow a process.</remarks>
    public long ConnectionsMax { get; init; } = 10_000;

    /// <summary>How long a client may take for a request's head. 1 s or more.</summary>
    public TimeSpan HeadMax { get; init; } = TimeSpan.FromSeconds(10);
}
