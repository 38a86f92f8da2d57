using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Filters;
using Roost.Rpc.Toggles;
using Roost.Rpc.Tracing;

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

    // Of what is the process's and not the port's: errors there are among the process's errors.
    private readonly ILoggerFactory _loggers;
    private volatile bool _isReady;
    private bool _remembers;
    private readonly ConcurrentDictionary<object, bool> _standingBy = [];

    private AdminPort(AdminOptions options, Action stop)
    {
        _port = ClientPort.Bind(options.Listen);
        var builder = AppHost.NewBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenHandle(_port.Handle);
        });
        _app = builder.Build();
        var metrics = new MetricsCollector();
        var errors = ThisProgram.NewErrorBook(options.Role);
        _loggers = LoggerFactory.Create(logging =>
        {
            NodeTools.Log(logging, LogLevel.Warning);
            logging.AddProvider(errors);
        });
        var history = new MetricsHistory(
            metrics, [.. ProcessFigures.All.Union(options.Figures)], TimeProvider.System,
            _app.Services.GetRequiredService<ILogger<MetricsHistory>>());
        ThisProgram.CountRequests(errors, history, options.Requests);
        var self = new ProcessSelf(options.Role.Split('+'), options.Zone, errors, history, TimeProvider.System)
        {
            Id = options.Telemetry?.Instance ?? Guid.NewGuid().ToString("N"),
            IsReady = () => _isReady,
            StandsBy = () => !_standingBy.IsEmpty,
            Work = options.Work,
        };
        // Without a collector nothing is traced unless somebody wants to see it.
        var sampling = options.Telemetry?.Sampling ?? new TraceSampling(0);
        _sources = new(
            new NetworkView(
                self, TimeProvider.System, _app.Services.GetRequiredService<ILogger<NetworkView>>()),
            metrics, new LogLevels(), stop, TimeProvider.System)
        {
            Toggles = new ToggleBook(_loggers.CreateLogger<ToggleBook>()),
            Sampling = sampling,
            Spans = new SpanLog(sampling),
        };
        _app.Use(static (http, next) =>
        {
            // Whoever looks at the process, or polls it, is none of its traces.
            if (Activity.Current is { } span)
                (span.ActivityTraceFlags, span.IsAllDataRequested) = (ActivityTraceFlags.None, false);
            return next(http);
        });
        AdminPages.Map(_app, _sources);
    }

    public Uri Url => _port.Url;

    /// <summary>What the process did in the last hour.</summary>
    public MetricsHistory History => _sources.History;

    /// <summary>What failed in the process.</summary>
    public ErrorBook Errors => _sources.Errors;

    /// <summary>This process and those that it knows of.</summary>
    public NetworkView Network => _sources.Network;

    /// <param name="stop">Begins a graceful stop of the process.</param>
    public static async Task<AdminPort> StartAsync(AdminOptions options, Action stop, CancellationToken ct)
    {
        var admin = new AdminPort(options, stop);
        await admin._app.StartAsync(ct);
        admin.History.Start();
        return admin;
    }

    /// <summary>Listens to the logs of a server that is about to be built.</summary>
    public void Watch(WebApplicationBuilder server)
    {
        server.Logging.AddProvider(_sources.Errors);
        server.Services.AddSingleton(_sources.Toggles);
        server.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(_sources.Levels);
        server.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(_sources.Levels);
    }

    /// <summary>Has the pages tell of the services that a role of this process calls.</summary>
    public void Show(Func<IReadOnlyList<CalledService>> called) => _sources.Self.Calls(called);

    /// <summary>Has the pages tell of the functions of a role's own services.</summary>
    public void ShowServed(Func<IReadOnlyList<FunctionReport>> served) => _sources.Self.Serves(served);

    /// <summary>Keeps what failed in a role's directory, until the result is disposed, while that is ours: in the first
    /// one's that asks; null for the others.</summary>
    public ErrorMemory? Remember(string directory, NodeTools tools) => Interlocked.Exchange(ref _remembers, true)
        ? null
        : ErrorMemory.Open(directory, Errors, tools.Time, tools.Loggers.CreateLogger<ErrorMemory>());

    public void SetReady(bool isReady) => _isReady = isReady;

    /// <summary>Whether one of its roles waits for another process's end, to serve then.</summary>
    public void SetStandsBy(object role, bool standsBy)
    {
        if (standsBy) _standingBy[role] = true;
        else _standingBy.TryRemove(role, out _);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _port.Dispose();
        await _sources.Network.DisposeAsync();
        await _sources.History.DisposeAsync();
        _sources.Metrics.Dispose();
        _sources.Spans.Dispose();
        _loggers.Dispose();
    }
}

/// <summary>How an admin port is run.</summary>
/// <param name="Listen">As <see cref="ClientPort.Bind"/> takes it.</param>
/// <param name="Role">What the process does: <c>up</c>, or the roles that it runs, with <c>+</c> between.</param>
internal sealed record AdminOptions(string Listen, string Role)
{
    /// <summary>Where it runs; empty when that is of no concern.</summary>
    public string Zone { get; init; } = "";

    /// <summary>What else tells of the process; null for nothing.</summary>
    public Telemetry? Telemetry { get; init; }

    /// <summary>What is recorded beside the figures of every process.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>What is told as the process's work.</summary>
    public WorkFigures Work { get; init; } = ProcessFigures.Work;

    /// <summary>Those figures that together are all that the process is asked for.</summary>
    public IReadOnlyList<Figure> Requests { get; init; } = [ProcessFigures.Calls];
}
