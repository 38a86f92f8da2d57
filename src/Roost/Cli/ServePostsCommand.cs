using System.CommandLine;
using Microsoft.Extensions.Logging;
using Roost.Cli.Control;
using Roost.Composition;

namespace Roost.Cli;

/// <summary><c>roost serve posts</c>: all but the client port, which processes of its own have.</summary>
internal static class ServePostsCommand
{
    private const string Url = "http://127.0.0.1:4005";

    public static Command Create()
    {
        var node = new NodeArguments("Users is found there, and web processes find this one as posts.");
        var web = new WebArguments();
        var listen = ServeCommand.ListenOption(Url);
        var zone = ServeCommand.ZoneOption();
        var admin = ServeCommand.AdminOption();
        var command = new Command(
            PostsServer.Name,
            "Run posts and what is made of them (timelines, notifications, search, filters, conversations and the "
            + "like), which web processes call.\n\n"
            + $"Example: roost serve posts --data posts --listen {Url}, and then\nroost serve web --posts {Url}");
        node.AddDataTo(command);
        command.Add(listen);
        web.AddNameTo(command);
        node.AddTo(command);
        node.AddApartTo(command);
        command.Add(zone);
        command.Add(admin);
        command.Run((parsed, ct) =>
        {
            var community = web.CommunityOf(parsed, node.DataOf(parsed));
            var store = node.StoreOf(parsed);
            return RunAsync(
                new PostsServerOptions(
                    node.Read(parsed, community), parsed.GetRequiredValue(listen), web.Read(parsed, community), store)
                {
                    Zone = parsed.GetValue(zone) ?? "",
                },
                node.StandsBy(parsed)
                    ? new StandBy(PostsServer.Name, store) { Rehearse = Rehearsal.RunApartAsync }
                    : null,
                parsed.GetValue(admin), ct);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        PostsServerOptions options, StandBy? standsBy, string? adminListen, CancellationToken ct)
    {
        using var told = new CancellationTokenSource();
        using var telemetry = Telemetry.Start(PostsServer.Name);
        await using var admin = await UpCommand.AdminOfAsync(
            adminListen, PostsServer.Name, options.Zone, telemetry, told.Cancel, ct);
        await using var standBy = standsBy;
        var started = await RunningProcess.StartAsync(
            starting => PostsServer.StartAsync(
                options with { Node = options.Node with { StandBy = standBy } }, admin, starting),
            waits: standBy is not null, ct, told.Token);
        if (started is null) return ExitCode.Done;
        await using var server = started;
        admin?.SetReady(true);
        await using var control = ControlServer.Start(server.Node, server.Tools.Loggers.CreateLogger<ControlServer>());
        Console.WriteLine($"{PostsServer.Name} is ready at {server.Url}.");
        if (admin is not null) Console.WriteLine($"Its admin pages are at {admin.Url}admin.");

        return await RunningProcess.UntilToldAsync(admin, server.Node.Lost, ct, server.Stopping, told.Token);
    }
}
