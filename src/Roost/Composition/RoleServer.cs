using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>One service alone, for other processes to call: what <c>roost serve users</c> and <c>roost serve graph</c>
/// run.</summary>
internal sealed class RoleServer : IAsyncDisposable
{
    private readonly DataDirectory _data;
    private readonly IAsyncDisposable _service;
    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly Announced? _announced;
    private readonly ErrorMemory? _memory;

    private RoleServer(
        WebApplication app, DataDirectory data, ClientPort port, Role role, ServeOptions options, AdminPort? admin)
    {
        (_app, _data, _port) = (app, data, port);
        var tools = NodeTools.From(app.Services);
        var stack = new ServiceStack(tools.Meters, tools.Time, new MethodLimits());
        _service = role.Serve(data, tools, stack, app.Services.GetRequiredService<RemoteServices>());
        DataParts.Note(data, role.Part);
        RemoteServices.Map(app);
        _memory = admin is null
            ? null
            : ErrorMemory.Open(data.Path, admin.Errors, tools.Time, tools.Loggers.CreateLogger<ErrorMemory>());
        _announced = Announced.Start(
            options.Store, role.Name, Url, options.Zone, admin?.Network, admin?.Url, tools);
    }

    /// <summary>Where other processes of this machine reach it.</summary>
    public Uri Url => _port.Url;

    /// <summary>Fires when the process was told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <exception cref="ServiceException">The data or the port cannot be had.</exception>
    public static async Task<RoleServer> StartAsync(
        Role role, ServeOptions options, AdminPort? admin, CancellationToken ct)
    {
        var port = ClientPort.Bind(options.Listen);
        var app = Build(port, admin);
        DataDirectory? data = null;
        try
        {
            data = DataDirectory.Open(options.Data, database: options.Database, service: role.Name);
            DataParts.Require(data);
            role.RequireOwn(data);
            var server = new RoleServer(app, data, port, role, options, admin);
            await app.StartAsync(ct);
            return server;
        }
        catch
        {
            await app.DisposeAsync();
            data?.Dispose();
            port.Dispose();
            throw;
        }
    }

    /// <summary>Out of discovery, then no new calls, then what has begun is answered, then the data is
    /// closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_announced is not null) await _announced.DisposeAsync();
        await _port.CloseAsync(_app);
        await _service.DisposeAsync();
        if (_memory is not null) await _memory.DisposeAsync();
        _data.Dispose();
    }

    private static WebApplication Build(ClientPort port, AdminPort? admin) => AppHost.Build(
        port, admin, LogLevel.Warning, static on => on.Protocols = HttpProtocols.Http2,
        add: static builder => RemoteServices.Register(builder.Services));
}

/// <summary>How a service of its own is run.</summary>
/// <param name="Listen">As <see cref="ClientPort.Bind"/> takes it: where other processes call it.</param>
/// <param name="Store">Of etcd's members, to be told of it; none for no store.</param>
/// <param name="Zone">Where it runs; empty when that is of no concern.</param>
/// <param name="Database">As in <see cref="NodeOptions.Database"/>.</param>
internal sealed record ServeOptions(
    string Data, string Listen, IReadOnlyList<Uri> Store, string Zone = "", string? Database = null);
