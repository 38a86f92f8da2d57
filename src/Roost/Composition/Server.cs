using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Services.Storage;
using Roost.Web;

namespace Roost.Composition;

/// <summary>The node and the client port in front of it: what <c>roost up</c> runs, and what tests and benchmarks
/// start.</summary>
public sealed class Server : IAsyncDisposable
{
    /// <summary>As it is named on the admin pages.</summary>
    public const string Name = "up";

    private readonly WebApplication _app;
    private readonly ClientPort _port;
    private readonly Recorder _recorder;
    private readonly ErrorMemory _memory;

    private Server(WebApplication app, Node node, ClientPort port, Recorder recorder, ErrorMemory memory) =>
        (_app, Node, _port, _recorder, _memory) = (app, node, port, recorder, memory);

    public Node Node { get; }

    /// <summary>What the process did in the last hour.</summary>
    internal MetricsHistory History => _recorder.History;

    /// <summary>This process and those that it knows of.</summary>
    internal NetworkView Network => _recorder.Network;

    /// <summary>Where this machine reaches it.</summary>
    public Uri Url => _port.Url;

    /// <summary>Fires when the process was told to stop (Ctrl-C, SIGTERM).</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>What the server itself was handed.</summary>
    internal NodeTools Tools => NodeTools.From(_app.Services);

    public ILogger<T> Logger<T>() => _app.Services.GetRequiredService<ILogger<T>>();

    /// <summary>Opens the data, then the port: who can connect is served.</summary>
    /// <param name="listen">As <see cref="ClientPort.Bind"/> takes it.</param>
    /// <param name="web">Made once the port is known; its public URL may come from there.</param>
    /// <exception cref="ServiceException">The data or the port cannot be had, or an option is wrong.</exception>
    public static Task<Server> StartAsync(
        NodeOptions options, string listen, Func<Uri, WebOptions> web, LogLevel logLevel, CancellationToken ct) =>
        StartAsync(options, listen, web, logLevel, _ => { }, ct);

    /// <param name="extend">Adds endpoints: benchmarks put a ceiling beside what they measure.</param>
    /// <param name="admin">Is told what the server logs, and sets from which level on; or null.</param>
    internal static async Task<Server> StartAsync(
        NodeOptions options, string listen, Func<Uri, WebOptions> web, LogLevel logLevel,
        Action<IEndpointRouteBuilder> extend, CancellationToken ct, AdminPort? admin = null)
    {
        var port = Bind(listen, options.DataDirectory);
        var errors = admin?.Errors ?? ThisProgram.NewErrorBook(Name);
        var app = WebHost.Build(port, logLevel, admin, errors);
        Node? node = null;
        Recorder? recorder = null;
        ErrorMemory? memory = null;
        try
        {
            // First, for a wrong option must leave no directory behind.
            var webOptions = WebHost.Checked(web(port.Url));
            var tools = NodeTools.From(app.Services);
            options.StandBy?.At(new StandingPlace(port.Url, admin, tools));
            node = await Node.OpenAsync(options, tools, ct);
            recorder = Recorder.Of(admin, errors, app.Services);
            recorder.Network.Self.Calls(() => node.Called);
            recorder.Network.Self.Serves(() => node.Served);
            recorder.Network.Self.Address = port.Url.GetLeftPart(UriPartial.Authority);
            memory = ErrorMemory.Open(
                node.DataDirectory, errors, TimeProvider.System,
                app.Services.GetRequiredService<ILogger<ErrorMemory>>());
            WebHost.Map(app, node.Web with { History = recorder.History, Network = recorder.Network }, webOptions);
            extend(app);
            await app.StartAsync(ct);
            return new Server(app, node, port, recorder, memory);
        }
        catch
        {
            if (recorder is not null)
                await recorder.DisposeAsync();
            if (memory is not null)
                await memory.DisposeAsync();
            if (node is not null)
                await node.DisposeAsync();
            await app.DisposeAsync();
            port.Dispose();
            throw;
        }
    }

    /// <summary>Takes no new connection, answers what has begun, then closes the data.</summary>
    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        await _port.CloseAsync(_app);
        // While the directory is ours.
        await _memory.DisposeAsync();
        await Node.DisposeAsync();
    }

    /// <summary>Who starts the same directory twice is told that, rather than that the port is taken.</summary>
    private static ClientPort Bind(string listen, string directory)
    {
        try
        {
            return ClientPort.Bind(listen);
        }
        catch (ServiceException taken) when (taken.Code == ErrorCode.Unavailable)
        {
            DataDirectory.ThrowIfHeld(directory);
            throw;
        }
    }
}
