using System.CommandLine;
using Roost.Composition;
using Roost.Services.WebPush;

namespace Roost.Cli;

/// <summary><c>roost serve notifications</c>: what people are told, on pages and on their devices, in a process of its
/// own.</summary>
internal static class ServeNotificationsCommand
{
    private const string Url = "http://127.0.0.1:4007";

    public static Command Create()
    {
        var web = new WebArguments();
        var data = DataOption.Create();
        var database = DataOption.Database();
        var listen = ServeCommand.ListenOption(Url);
        var posts = ServeCommand.PostsOption();
        var users = ServeCommand.UsersOption();
        var graph = NodeArguments.PlaceOption("graph", "Graph");
        graph.Description = "Where the Graph service runs that 'roost serve graph' started, to follow it directly "
            + "rather than by way of posts: its URL, or the word store when it is found through --store.";
        var pushTo = AddressOptions.PushServices();
        var store = ServeCommand.StoreOption();
        store.Description += $" Posts and Users are found there, and others find this one as {NotificationsRole.Name}.";
        var zone = ServeCommand.ZoneOption();
        var standBy = ServeCommand.StandByOption();
        var files = ServeCommand.FilesOption();
        var admin = ServeCommand.AdminOption();
        var command = new Command(
            NotificationsRole.Name,
            "Run notifications, and the messages to devices that tell of them, of what happens at the process that "
            + "has the posts.\n\n"
            + $"Example: roost serve notifications --data notifications --posts http://127.0.0.1:4005 --listen {Url}, "
            + $"and then\nroost serve posts --data posts --notifications {Url}; either may start first")
        {
            data, database, listen,
        };
        web.AddNameTo(command);
        foreach (var option in (Option[])[posts, users, graph, pushTo, store, zone, standBy, files, admin])
            command.Add(option);
        command.Run((parsed, ct) =>
        {
            var place = parsed.GetValue(store) ?? [];
            var at = parsed.GetRequiredValue(listen);
            var community = web.CommunityOf(parsed, parsed.GetRequiredValue(data));
            return ServeCommand.RunAsync(
                NotificationsRole.Of(
                    new NotificationsRoleOptions(
                        ServeCommand.PostsOf(parsed.GetValue(posts) ?? [], place),
                        WebHost.Checked(web.Read(parsed, community)(ServeCommand.UrlOf("--listen", at))))
                    {
                        Users = NodeArguments.UsersOf(parsed.GetValue(users) ?? [], place),
                        Graph = NodeArguments.ElsewhereOf("graph", parsed.GetValue(graph) ?? [], place),
                        WebPush = new WebPushOptions().WithServicesIn(AddressOptions.Read(parsed, pushTo)),
                    }),
                new ServeOptions(
                    parsed.GetRequiredValue(data), at, ServeCommand.StoreOf(place), parsed.GetValue(zone) ?? "",
                    parsed.GetValue(database))
                {
                    StandsBy = parsed.GetValue(standBy),
                    Files = parsed.GetValue(files),
                },
                parsed.GetValue(admin), ct);
        });
        return command;
    }
}
