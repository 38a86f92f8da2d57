using System.CommandLine;
using Roost.Composition;

namespace Roost.Cli;

/// <summary><c>roost serve timelines</c>: home timelines and other pages of posts in a process of its own.</summary>
internal static class ServeTimelinesCommand
{
    private const string Url = "http://127.0.0.1:4006";

    public static Command Create()
    {
        var data = DataOption.Create();
        data.Description = "A directory of its own: for a copy of the posts, which is made again when it is lost.";
        var database = DataOption.Database();
        database.Description = "The PostgreSQL database of the network whose posts it follows, as roost serve posts "
            + "has it. It is remembered, without its password.";
        var listen = ServeCommand.ListenOption(Url);
        var posts = ServeCommand.PostsOption();
        var users = ServeCommand.UsersOption();
        var graph = NodeArguments.PlaceOption("graph", "Graph");
        graph.Description = "Where the Graph service runs that 'roost serve graph' started, to follow it directly "
            + "rather than by way of posts: its URL, or the word store when it is found through --store.";
        var store = ServeCommand.StoreOption();
        store.Description += " Posts and Users are found there, and web processes find this one as timelines.";
        var zone = ServeCommand.ZoneOption();
        var admin = ServeCommand.AdminOption();
        var command = new Command(
            TimelinesRole.Name,
            "Run timelines over the posts that another process writes: pages are made from this process's memory. As "
            + "many as are wanted run beside each other.\n\n"
            + $"Example: roost serve timelines --data timelines --database '…' --posts http://127.0.0.1:4005 --listen "
            + $"{Url}, and then\nroost serve web --posts http://127.0.0.1:4005 --timelines {Url}")
        {
            data, database, listen, posts, users, graph, store, zone, admin,
        };
        command.Run((parsed, ct) =>
        {
            var place = parsed.GetValue(store) ?? [];
            return ServeCommand.RunAsync(
                TimelinesRole.Of(new TimelinesRoleOptions(ServeCommand.PostsOf(parsed.GetValue(posts) ?? [], place))
                {
                    Users = NodeArguments.UsersOf(parsed.GetValue(users) ?? [], place),
                    Graph = NodeArguments.ElsewhereOf("graph", parsed.GetValue(graph) ?? [], place),
                }),
                new ServeOptions(
                    parsed.GetRequiredValue(data), parsed.GetRequiredValue(listen), ServeCommand.StoreOf(place),
                    parsed.GetValue(zone) ?? "", parsed.GetValue(database)),
                parsed.GetValue(admin), ct);
        });
        return command;
    }
}
