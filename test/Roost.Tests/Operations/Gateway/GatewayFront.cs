using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Operations.Gateway;
using Roost.Rpc.Admin;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>A real gateway on a free port.</summary>
internal sealed class GatewayFront : IAsyncDisposable
{
    private GatewayFront(GatewayServer server, FakeTime time)
    {
        (Server, Time) = (server, time);
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = server.Url,
        };
    }

    /// <summary>What takes longer has gone wrong.</summary>
    public static TimeSpan Patience => TimeSpan.FromSeconds(60);

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public GatewayServer Server { get; }

    /// <summary>Of its queues and deadlines.</summary>
    public FakeTime Time { get; }

    public HttpClient Http { get; }

    public static Task<GatewayFront> StartAsync(params (string Application, Upstream Upstream)[] to) =>
        StartAsync(options => options, to);

    public static Task<GatewayFront> StartAsync(
        Func<GatewayOptions, GatewayOptions> change, params (string Application, Upstream Upstream)[] to) =>
        StartAsync(change, options => options, to);

    public static async Task<GatewayFront> StartAsync(
        Func<GatewayOptions, GatewayOptions> change, Func<GatewayServerOptions, GatewayServerOptions> changeServer,
        params (string Application, Upstream Upstream)[] to)
    {
        var time = new FakeTime();
        var gateway = new GatewayOptions
        {
            To = to.GroupBy(one => one.Application).ToDictionary(
                group => group.Key, group => (IReadOnlyList<Uri>)[.. group.Select(one => one.Upstream.Url)]),
        };
        var options = changeServer(new GatewayServerOptions("http://127.0.0.1:0", change(gateway), []));
        return new(await GatewayServer.StartAsync(options, admin: null, Ct, time), time);
    }

    public CalledService Of(string application) =>
        Server.Gateway.Report().Single(one => one.Name == application);

    /// <summary>Waits until an application stands as it should.</summary>
    public async Task WhenAsync(string application, Func<CalledService, bool> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience);
        while (!isSo(Of(application)))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(
        string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var reply = await Http.SendAsync(request, Ct);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(Ct));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>An application behind a gateway: a real web server that does what a test says.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app, Uri url) => (_app, Url) = (app, url);

    public Uri Url { get; }

    public static Task<Upstream> SayingAsync(string text) =>
        StartAsync(http => http.Response.WriteAsync(text, GatewayFront.Ct));

    public static async Task<Upstream> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(answer);
        await app.StartAsync(GatewayFront.Ct);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new Upstream(app, new Uri(address));
    }

    /// <summary>From now on connections to it are refused.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
