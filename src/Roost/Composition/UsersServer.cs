using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>The Users service alone, for other processes to call: what <c>roost serve users</c> runs.</summary>
internal sealed class UsersServer : IAsyncDisposable
{
    private readonly DataDirectory _data;
    private readonly UsersService _users;
    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly Announced? _announced;
    private readonly ErrorMemory? _memory;

    private UsersServer(
        WebApplication app, DataDirectory data, ClientPort port, ServeOptions options, AdminPort? admin)
    {
        (_app, _data, _port) = (app, data, port);
        var tools = NodeTools.From(app.Services);
        _users = UsersService.Open(data, new UsersOptions(), tools.Time, tools.Loggers, tools.Meters);
        DataParts.Note(data, "users.db");
        var stack = new ServiceStack(tools.Meters, tools.Time, new MethodLimits());
        UsersRemote.Serve(
            app.Services.GetRequiredService<RemoteServices>(), _users.Api.With(stack), _users.Moderation.With(stack),
            _users.Figures.With(stack));
        RemoteServices.Map(app);
        _memory = admin is null
            ? null
            : ErrorMemory.Open(data.Path, admin.Errors, tools.Time, tools.Loggers.CreateLogger<ErrorMemory>());
        _announced = Announced.Start(
            options.Store, UsersElsewhere.Name, Url, options.Zone, admin?.Network, admin?.Url, tools);
    }

    /// <summary>Where other processes of this machine reach it.</summary>
    public Uri Url => _port.Url;

    /// <summary>Fires when the process was told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <exception cref="ServiceException">The data or the port cannot be had.</exception>
    public static async Task<UsersServer> StartAsync(ServeOptions options, AdminPort? admin, CancellationToken ct)
    {
        var port = ClientPort.Bind(options.Listen);
        var app = Build(port, admin);
        DataDirectory? data = null;
        try
        {
            data = DataDirectory.Open(options.Data, database: options.Database);
            DataParts.Require(data);
            var server = new UsersServer(app, data, port, options, admin);
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
        await _users.DisposeAsync();
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
