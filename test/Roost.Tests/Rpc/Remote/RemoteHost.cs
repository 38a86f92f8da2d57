using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Remote;

namespace Roost.Tests.Rpc.Remote;

/// <summary>A real gRPC server on a free port, in this process.</summary>
internal sealed class RemoteHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RemoteHost(WebApplication app) => _app = app;

    /// <summary><c>http://127.0.0.1:PORT</c>.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <param name="serve">Names what it answers.</param>
    /// <param name="again">The address of one that was here before; null for a new one.</param>
    public static Task<RemoteHost> StartAsync(Action<RemoteServices> serve, string? again = null) => StartAsync(
        services =>
        {
            serve(services);
            return Task.CompletedTask;
        }, again);

    /// <inheritdoc cref="StartAsync(Action{RemoteServices}, string?)"/>
    public static async Task<RemoteHost> StartAsync(Func<RemoteServices, Task> serve, string? again = null)
    {
        var port = again is null ? 0 : new Uri(again).Port;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        RemoteServices.Register(builder.Services);
        var app = builder.Build();
        await serve(app.Services.GetRequiredService<RemoteServices>());
        RemoteServices.Map(app);
        await app.StartAsync();
        return new RemoteHost(app);
    }

    /// <summary>Gone at once, whatever is at work.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
