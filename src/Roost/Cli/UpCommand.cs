using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Roost.Cli.Control;
using Roost.Cli.Serve;
using Roost.Composition;
using Roost.Web;

namespace Roost.Cli;

/// <summary><c>roost up</c>: the whole network in one process.</summary>
internal static class UpCommand
{
    private const string DefaultListen = "http://127.0.0.1:3000";

    public static Command Create()
    {
        var node = new NodeArguments("Users is found there, and gateways find this process as web.");
        var web = new WebArguments();
        var listen = ListenOption(DefaultListen);
        var admin = PlaceOptions.AdminOption();
        var command = new Command(
            "up",
            "Start everything in one process and run until Ctrl-C or SIGTERM.\n\n"
            + "Example: roost up --data my-community --listen http://127.0.0.1:3000");
        foreach (var option in (Option[])[.. node.OfData, listen, .. web.All, .. node.All, admin]) command.Add(option);
        var place = new ServePlace([Server.Name]);
        command.Run((parsed, ct) =>
        {
            var community = web.CommunityOf(parsed, node.DataOf(parsed));
            return RunAsync(
                node.Read(parsed, community, place), parsed.GetRequiredValue(listen), web.Read(parsed, community),
                node.StandsBy(parsed)
                    ? new StandBy(GatewayServer.WebName, node.StoreOf(parsed)) { Rehearse = Rehearsal.RunAsync }
                    : null,
                node.StoreOf(parsed), parsed.GetValue(admin), ct);
        });
        return command;
    }

    /// <summary>Where people come in.</summary>
    public static Option<string> ListenOption(string usual) => new("--listen", "-l")
    {
        Description = "Where to listen: http://ADDRESS:PORT. Port 0 takes a free one.",
        HelpName = "URL",
        DefaultValueFactory = _ => usual,
    };

    private static async Task<int> RunAsync(
        NodeOptions options, string listen, Func<Uri, WebOptions> web, StandBy? standsBy, IReadOnlyList<Uri> store,
        string? adminListen, CancellationToken ct)
    {
        using var told = new CancellationTokenSource();
        using var telemetry = Telemetry.Start(Server.Name);
        await using var admin = adminListen is null
            ? null
            : await AdminPort.StartAsync(
                new AdminOptions(adminListen, Server.Name) { Telemetry = telemetry }.WithLive(), told.Cancel, ct);
        await using var standBy = standsBy;
        var started = await RunningProcess.StartAsync(
            starting => Server.StartAsync(
                options with { StandBy = standBy }, listen, web, LogLevel.Warning, _ => { }, starting, admin),
            waits: standBy is not null, ct, told.Token);
        if (started is null) return ExitCode.Done;
        await using var server = started;
        admin?.SetReady(true);

        await using var announced = Announced.Start(
            store, GatewayServer.WebName, server.Url, zone: "", server.Network, admin?.Url, server.Tools,
            server.Node.ConfirmAsync);
        await using var control = ControlServer.Start(server.Node, server.Logger<ControlServer>());
        var age = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        Console.WriteLine($"Roost is ready at {server.Url} after {age.TotalSeconds:0.00} s.");
        Console.WriteLine($"Its data is in {server.Node.DataDirectory}. Stop it with Ctrl-C.");
        if (admin is not null) Console.WriteLine($"Its admin pages are at {admin.Url}admin.");

        return await RunningProcess.UntilToldAsync(admin, server.Node.Lost, ct, server.Stopping, told.Token);
    }
}
