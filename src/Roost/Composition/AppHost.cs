using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Remote;

namespace Roost.Composition;

/// <summary>The bare web server that every process of Roost has, its port not yet open.</summary>
internal static class AppHost
{
    /// <summary>How long what has begun may take to end when the process stops.</summary>
    private static readonly TimeSpan _stopMax = TimeSpan.FromSeconds(15);

    /// <param name="admin">Is told what the process logs, and sets from which level on; or null.</param>
    /// <param name="least">From which level on is logged.</param>
    /// <param name="listen">What the port speaks, and how.</param>
    /// <param name="limit">What strangers may take of the process; null for the web server's own limits.</param>
    /// <param name="add">Adds what the endpoints need.</param>
    public static WebApplication Build(
        ClientPort port, AdminPort? admin, LogLevel least, Action<ListenOptions> listen,
        Action<KestrelServerLimits>? limit = null, Action<WebApplicationBuilder>? add = null)
    {
        var builder = NewBuilder();
        NodeTools.Log(builder.Logging, least);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _stopMax);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenHandle(port.Handle, listen);
            limit?.Invoke(kestrel.Limits);
        });
        add?.Invoke(builder);
        admin?.Watch(builder);
        var app = builder.Build();
        RequestSpans.Use(app);
        return app;
    }

    /// <summary>That of a process that other processes call.</summary>
    public static WebApplication BuildForCalls(ClientPort port, AdminPort? admin) => Build(
        port, admin, LogLevel.Warning, static on => on.Protocols = HttpProtocols.Http2,
        static limits => limits.MaxRequestBodySize = RemoteServices.MessageBytesMax,
        add: static builder =>
        {
            // Callers who have their answer from elsewhere end a call while it is being read: that is no failure.
            builder.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
            RemoteServices.Register(builder.Services);
        });

    /// <summary>Settings come from Roost's own options alone.</summary>
    /// <remarks>A builder without arguments would read the <c>appsettings.json</c> of whatever directory the process
    /// was started in, and watch all that lies below: in <c>/</c> that is every file of the machine, seconds of a
    /// processor's time at start.</remarks>
    public static WebApplicationBuilder NewBuilder() => WebApplication.CreateSlimBuilder(new WebApplicationOptions
    {
        ContentRootPath = AppContext.BaseDirectory,
        Args = ["--hostBuilder:reloadConfigOnChange=false"],
    });
}
