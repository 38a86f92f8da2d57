using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Discovery;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>One service alone, for other processes to call: what <c>roost serve users</c> and its likes run.</summary>
internal sealed class RoleServer : IAsyncDisposable
{
    private readonly DataDirectory _data;
    private readonly ServedRole _service;
    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly Announced? _announced;
    private readonly ErrorMemory? _memory;

    private RoleServer(
        WebApplication app, DataDirectory data, ClientPort port, Role role, ServedRole service, ServeOptions options,
        AdminPort? admin)
    {
        (_app, _data, _port, _service) = (app, data, port, service);
        var tools = NodeTools.From(app.Services);
        // What follows can be made again.
        if (role.Place is { } place) DataParts.Note(data, place.Parts);
        RemoteServices.Map(app);
        _memory = admin?.Remember(data.Path, tools);
        _announced = Announced.Start(
            options.Store, role.Name, Url, options.Zone, admin?.Network, admin?.Url, tools, service.ConfirmAsync);
    }

    /// <summary>Where other processes of this machine reach it.</summary>
    public Uri Url => _port.Url;

    /// <summary>What it waited with; null where it did not.</summary>
    private StandBy? StandBy { get; init; }

    /// <summary>Fires when the process was told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Fires when another process has taken over what this one has in a server's database.</summary>
    public CancellationToken Lost => _data.Lost;

    /// <exception cref="ServiceException">The data or the port cannot be had.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop while it stood by.</exception>
    public static async Task<RoleServer> StartAsync(
        Role role, ServeOptions options, AdminPort? admin, CancellationToken ct)
    {
        var port = ClientPort.Bind(options.Listen);
        var app = AppHost.BuildForCalls(port, admin);
        DataDirectory? data = null;
        var standBy = options.StandsBy ? StandByFor(role, options, admin, port, app) : null;
        try
        {
            if (role.Follows is { } followed)
            {
                data = await FollowedSchema.OpenAsync(
                    options.Data, options.Database, followed, $"roost serve {role.Name}", NodeTools.From(app.Services),
                    ct);
            }
            else
            {
                data = DataDirectory.Open(
                    options.Data, database: options.Database, service: role.Name, files: options.Files);
                DataParts.Require(data);
                role.Place?.RequireOwn(data);
            }
            var tools = NodeTools.From(app.Services) with { Here = options.Here };
            var stack = new ServiceStack(tools.Meters, tools.Time, new MethodLimits());
            admin?.ShowServed(stack.Report);
            var remote = app.Services.GetRequiredService<RemoteServices>();
            var service = await ServeAsync(
                role, data, options.Files is not null, tools, stack, remote, standBy, ct);
            options.Here?.Open(role.Name, remote);
            admin?.Show(service.Called);
            var server = new RoleServer(app, data, port, role, service, options, admin) { StandBy = standBy };
            await app.StartAsync(ct);
            return server;
        }
        catch
        {
            if (standBy is not null) await standBy.DisposeAsync();
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
        await _service.Owner.DisposeAsync();
        if (StandBy is not null) await StandBy.DisposeAsync();
        if (_memory is not null) await _memory.DisposeAsync();
        _data.Dispose();
    }

    private static StandBy StandByFor(
        Role role, ServeOptions options, AdminPort? admin, ClientPort port, WebApplication app)
    {
        var standBy = new StandBy(role.Name, options.Store)
        {
            Rehearse = (log, until) => Rehearsal.RunAsync(role, log, until),
        };
        standBy.At(new StandingPlace(port.Url, admin, NodeTools.From(app.Services)) { Zone = options.Zone });
        return standBy;
    }

    private static async Task<ServedRole> ServeAsync(
        Role role, DataDirectory data, bool hasFiles, NodeTools tools, ServiceStack stack, RemoteServices remote,
        StandBy? standBy, CancellationToken ct)
    {
        if (standBy is null) return await role.Serve(data, tools, stack, remote, ct);
        StandBy.Require(data);
        if (role.Place?.InFiles is not null && data.Files is null && !hasFiles) throw NotShared(role);
        data.TakeOver = standBy.TakeOver;
        ServedRole? served = null;
        await standBy.TakeAsync(
            wait =>
            {
                data.Wait = wait;
                // Hours, perhaps: a thread of its own.
                return Task.Factory.StartNew(
                    async () => served = await role.Serve(data, tools, stack, remote, ct), CancellationToken.None,
                    TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
            },
            ct);
        return served!;
    }

    private static ServiceException NotShared(Role role) => new(
        ErrorCode.Invalid,
        $"--stand-by needs --files DIR for {role.Name}: a directory for what it has in files, which all that stand by "
        + "for each other reach.");
}

/// <summary>How a service of its own is run.</summary>
/// <param name="Listen">As <see cref="ClientPort.Bind"/> takes it: where other processes call it.</param>
/// <param name="Store">As <see cref="ClusterStores.Open"/> takes it, to be told of it; none for no store.</param>
/// <param name="Zone">Where it runs; empty when that is of no concern.</param>
/// <param name="Database">As in <see cref="NodeOptions.Database"/>.</param>
internal sealed record ServeOptions(
    string Data, string Listen, IReadOnlyList<Uri> Store, string Zone = "", string? Database = null)
{
    /// <summary>Whether it waits while another process serves, rather than be refused.</summary>
    public bool StandsBy { get; init; }

    /// <summary>As in <see cref="NodeOptions.Files"/>.</summary>
    public string? Files { get; init; }

    /// <summary>What else the process serves; null: nothing.</summary>
    public LocalServices? Here { get; init; }
}
