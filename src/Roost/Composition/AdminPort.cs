using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Roost.Rpc.Admin;

namespace Roost.Composition;

/// <summary>
/// A process's second port, for those who run it. It is open before the first one and closed after it, so that start
/// and stop can be watched; <c>/ready</c> says what lies between.
/// </summary>
internal sealed class AdminPort : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AdminSources _sources;
    private readonly ClientPort _port;
    private volatile bool _isReady;

    private AdminPort(string listen, string role, string version, Action stop, IReadOnlyList<Figure> figures)
    {
        _port = ClientPort.Bind(listen);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenHandle(_port.Handle);
        });
        _app = builder.Build();
        var metrics = new MetricsCollector();
        _sources = new(
            version, [role], metrics, new ErrorBook(version, TimeProvider.System), new LogLevels(),
            () => _isReady, stop, TimeProvider.System)
        {
            History = new MetricsHistory(
                metrics, figures, TimeProvider.System, _app.Services.GetRequiredService<ILogger<MetricsHistory>>()),
        };
        AdminPages.Map(_app, _sources);
    }

    public Uri Url => _port.Url;

    /// <summary>What the process did in the last hour.</summary>
    public MetricsHistory History => _sources.History;

    /// <param name="listen">As <see cref="ClientPort.Bind"/> takes it.</param>
    /// <param name="role">What the process does: <c>up</c>, or the service that it runs.</param>
    /// <param name="stop">Begins a graceful stop of the process.</param>
    /// <param name="figures">What is recorded beside the figures of every process.</param>
    public static async Task<AdminPort> StartAsync(
        string listen, string role, Action stop, CancellationToken ct, IReadOnlyList<Figure>? figures = null)
    {
        var version = typeof(AdminPort).Assembly.GetName().Version?.ToString(3) ?? "";
        var admin = new AdminPort(
            listen, role, version, stop, [.. ProcessFigures.All.Union(figures ?? [])]);
        await admin._app.StartAsync(ct);
        admin.History.Start();
        return admin;
    }

    /// <summary>Listens to the logs of a server that is about to be built.</summary>
    public void Watch(WebApplicationBuilder server)
    {
        server.Logging.AddProvider(_sources.Errors);
        server.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(_sources.Levels);
        server.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(_sources.Levels);
    }

    /// <summary>Has the pages tell of the services that this process calls.</summary>
    public void Show(Func<IReadOnlyList<CalledService>> called) => _sources.Called = called;

    public void SetReady(bool isReady) => _isReady = isReady;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _port.Dispose();
        await _sources.History.DisposeAsync();
        _sources.Metrics.Dispose();
    }
}
