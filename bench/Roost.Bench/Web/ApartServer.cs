using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc.Remote;
using Roost.Web;

namespace Roost.Bench.Web;

/// <summary>The client port in a server of its own, over the services of a node that is there, by gRPC.</summary>
internal sealed class ApartServer : IAsyncDisposable
{
    private const string Listen = "http://127.0.0.1:0";

    private readonly WebApplication _services;
    private readonly ClientPort _port;
    private readonly WebServer _web;

    private ApartServer(WebApplication services, ClientPort port, WebServer web) =>
        (_services, _port, _web) = (services, port, web);

    public Uri Url => _web.Url;

    public static async Task<ApartServer> StartAsync(Node node, CancellationToken ct)
    {
        var port = ClientPort.Bind(Listen);
        var services = AppHost.BuildForCalls(port, admin: null);
        NodeContracts.Serve(services.Services.GetRequiredService<RemoteServices>(), node);
        RemoteServices.Map(services);
        await services.StartAsync(ct);
        var web = await WebServer.StartAsync(
            new WebServerOptions(Listen, url => new WebOptions { PublicUrl = url }, new Elsewhere([port.Url], [])),
            LogLevel.Warning, admin: null, ct);
        return new ApartServer(services, port, web);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _port.CloseAsync(_services);
    }
}
