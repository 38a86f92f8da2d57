using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Roost.Tests.Services.Cards;

/// <summary>A web server of the test's own, on this machine.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PageServer(WebApplication app, string url) => (_app, Url) = (app, url);

    /// <summary>Without a slash at its end.</summary>
    public string Url { get; }

    /// <summary>What it answers, by path; all else is 404.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Pages { get; } = new();

    /// <summary>Paths that were asked for, and with which user agent.</summary>
    public ConcurrentQueue<(string Path, string UserAgent)> Asked { get; } = new();

    /// <param name="host">An address of this machine, such as 127.0.0.2.</param>
    public static async Task<PageServer> StartAsync(string host = "127.0.0.1")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{host}:0");
        var app = builder.Build();
        PageServer? server = null;
        app.Run(async http =>
        {
            server!.Asked.Enqueue((http.Request.Path.Value!, http.Request.Headers.UserAgent.ToString()));
            if (server.Pages.TryGetValue(http.Request.Path.Value!, out var page)) await page(http);
            else http.Response.StatusCode = StatusCodes.Status404NotFound;
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server = new PageServer(app, address);
    }

    public void Html(string path, string html, string type = "text/html; charset=utf-8") => Pages[path] = async http =>
    {
        http.Response.ContentType = type;
        await http.Response.WriteAsync(html);
    };

    public void Redirect(string path, string to) => Pages[path] = http =>
    {
        http.Response.Redirect(to);
        return Task.CompletedTask;
    };

    public void Bytes(string path, byte[] bytes, string type) => Pages[path] = async http =>
    {
        http.Response.ContentType = type;
        await http.Response.Body.WriteAsync(bytes);
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
