using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary><c>roost serve web</c>: the client port in a process of its own, of which there may be many.</summary>
internal static class ServeWebCommand
{
    private const string Url = "http://127.0.0.1:3000";

    /// <summary>Instead of where timelines run.</summary>
    private const string Here = "here";

    public static Command Create()
    {
        var web = new WebArguments();
        web.NeedsNoDirectory();
        var listen = UpCommand.ListenOption(Url);
        var posts = ServeCommand.PostsOption();
        var users = ServeCommand.UsersOption();
        var timelines = NodeArguments.PlaceOption(TimelinesRole.Name, "Timelines");
        timelines.HelpName = "URL|store|here";
        timelines.Description = "Where timelines have processes of their own that 'roost serve timelines' started, to "
            + "have pages from those rather than from posts: a URL (give it again for each), or the word store when "
            + "they are found through --store. With the word here pages are made by this process, which follows the "
            + "posts for that and keeps a copy of them.";
        var data = new Option<string?>("--data", "-d")
        {
            Description = "With --timelines here: a directory of its own for the copy of the posts, which is made "
                + "again when it is lost.",
            HelpName = "DIR",
        };
        var database = DataOption.Database();
        database.Description = "With --timelines here: the PostgreSQL database of the posts, as roost serve posts has "
            + "it. The directory remembers it, without its password.";
        var media = NodeArguments.PlaceOption("media", "Media");
        media.Description = "Where the Media service runs that 'roost serve media' started, to ask it directly rather "
            + "than by way of posts: its URL, or the word store when it is found through --store.";
        var notifications = NotificationsOption();
        var store = ServeCommand.StoreOption();
        store.Description += " Posts and Users are found there, and gateways find this process as web.";
        var zone = ServeCommand.ZoneOption();
        var admin = ServeCommand.AdminOption();
        var command = new Command(
            GatewayServer.WebName,
            "Run the client port (the client API, pages, streams) over services elsewhere. It keeps nothing: as many "
            + "as are wanted run beside each other.\n\n"
            + $"Example: roost serve web --posts http://127.0.0.1:4005 --listen {Url}")
        {
            listen, posts, users, timelines, data, database, notifications, media, store, zone,
        };
        web.AddTo(command);
        command.Add(admin);
        command.Run((parsed, ct) =>
        {
            var place = parsed.GetValue(store) ?? [];
            var pages = parsed.GetValue(timelines) ?? [];
            var here = HereOf(pages, parsed.GetValue(data), parsed.GetValue(database));
            return RunAsync(
                GatewayServer.WebName,
                new WebServerOptions(
                    parsed.GetRequiredValue(listen), web.Read(parsed, web.CommunityOf(parsed, directory: null)),
                    ServeCommand.PostsOf(parsed.GetValue(posts) ?? [], place))
                {
                    Users = NodeArguments.UsersOf(parsed.GetValue(users) ?? [], place),
                    Timelines = here is null ? NodeArguments.ElsewhereOf(TimelinesRole.Name, pages, place) : null,
                    TimelinesHere = here,
                    Notifications = NodeArguments.ElsewhereOf(
                        NotificationsRole.Name, parsed.GetValue(notifications) ?? [], place),
                    Media = NodeArguments.ElsewhereOf("media", parsed.GetValue(media) ?? [], place),
                    Store = ServeCommand.StoreOf(place),
                    Zone = parsed.GetValue(zone) ?? "",
                },
                parsed.GetValue(admin), ct);
        });
        return command;
    }

    public static Option<string[]> NotificationsOption()
    {
        var option = NodeArguments.PlaceOption(NotificationsRole.Name, "Notifications");
        option.Description = "Where notifications have a process of their own that 'roost serve notifications' "
            + "started, to ask it directly rather than by way of posts: its URL, or the word store when it is found "
            + "through --store.";
        return option;
    }

    private static TimelinesHere? HereOf(string[] timelines, string? data, string? database)
    {
        if (timelines is [Here])
        {
            return new TimelinesHere(
                data ?? throw new ServiceException(
                    ErrorCode.Invalid, "--timelines here keeps a copy of the posts: say where with --data DIR."),
                database);
        }
        return (data ?? database) is null
            ? null
            : throw new ServiceException(
                ErrorCode.Invalid, "--data and --database are of use with --timelines here: else web keeps nothing.");
    }

    /// <param name="name">As it was started.</param>
    public static async Task<int> RunAsync(
        string name, WebServerOptions options, string? adminListen, CancellationToken ct)
    {
        using var told = new CancellationTokenSource();
        using var telemetry = Telemetry.Start(name);
        await using var admin = await UpCommand.AdminOfAsync(
            adminListen, name, options.Zone, telemetry, told.Cancel, ct);
        var started = await RunningProcess.StartAsync(
            starting => WebServer.StartAsync(options, LogLevel.Warning, admin, starting), waits: true, ct, told.Token);
        if (started is null) return ExitCode.Done;
        await using var server = started;
        admin?.SetReady(true);
        var age = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        Console.WriteLine($"{name} is ready at {server.Url} after {age.TotalSeconds:0.00} s.");
        if (admin is not null) Console.WriteLine($"Its admin pages are at {admin.Url}admin.");

        return await RunningProcess.UntilToldAsync(admin, CancellationToken.None, ct, server.Stopping, told.Token);
    }
}
