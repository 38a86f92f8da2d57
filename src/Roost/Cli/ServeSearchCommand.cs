using System.CommandLine;
using Roost.Composition;
using Roost.Services.Search;

namespace Roost.Cli;

/// <summary><c>roost serve search</c>: a shard of the search index in a process of its own.</summary>
internal static class ServeSearchCommand
{
    private const string Url = "http://127.0.0.1:4003";

    public static Command Create()
    {
        var data = DataOption.Create();
        data.Description = "A directory of its own: for a copy of the posts and the saved index, which are made again "
            + "when they are lost.";
        var database = DataOption.Database();
        database.Description = "The PostgreSQL database of the network whose posts it follows, as roost up has it. It "
            + "is remembered, without its password.";
        var listen = ServeCommand.ListenOption(Url);
        var store = ServeCommand.StoreOption();
        var zone = ServeCommand.ZoneOption();
        var admin = ServeCommand.AdminOption();
        var shard = new Option<ShardPlace>("--shard")
        {
            Description = "Which part of the posts it has: 2/4 is the second of four. The whole index unless told. "
                + "Those that are started with the same part are replicas of each other.",
            HelpName = "K/N",
            DefaultValueFactory = _ => ShardPlace.Whole,
            CustomParser = result =>
            {
                if (ShardPlace.TryParse(result.Tokens[0].Value, out var place)) return place;
                result.AddError(
                    $"--shard must be like 2/4, of at most {ShardPlace.CountMax}, not {result.Tokens[0].Value}.");
                return default;
            },
        };
        var memory = SearchOptionsOf.Memory();
        var command = new Command(
            "search",
            "Run the search index, or a shard of it, over the posts that another process writes.\n\n"
            + $"Example: roost serve search --data search --database '…' --listen {Url}, and then\n"
            + $"roost up --data rest --database '…' --search {Url}")
        {
            data, database, listen, shard, memory, store, zone, admin,
        };
        command.Run((parsed, ct) => ServeCommand.RunAsync(
            SearchRole.Of(parsed.GetValue(shard), SearchOptionsOf.Bytes(parsed.GetValue(memory))),
            new ServeOptions(
                parsed.GetRequiredValue(data), parsed.GetRequiredValue(listen),
                ServeCommand.StoreOf(parsed.GetValue(store) ?? []), parsed.GetValue(zone) ?? "",
                parsed.GetValue(database)),
            parsed.GetValue(admin), ct));
        return command;
    }
}
