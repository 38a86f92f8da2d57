using System.CommandLine;
using Roost.Replay;
using Roost.Replay.Reading;
using Roost.World;

namespace Roost.Cli;

/// <summary><c>roost replay</c>: recorded networks, loaded offline or played to a running server.</summary>
internal static class ReplayCommand
{
    public static Command Create() => new("replay", "Load a recorded network, or play it to a running server.")
    {
        CreateHiggs(),
        CreateEdges(),
    };

    private static Command CreateHiggs()
    {
        var from = new Option<string>("--from") { Description = "Directory of the four files.", Required = true };
        var options = new NetworkOptions();
        var command = new Command(
            "higgs",
            "The Higgs data set of SNAP: 304,691 users, July 2012. Example: roost replay higgs --from higgs/ --data "
                + "data --verify 2000")
        {
            from,
        };
        options.AddTo(command);
        command.Run((parsed, ct) => Run(parsed).RunAsync(
            () => HiggsReader.Read(parsed.GetRequiredValue(from)), options.Read(parsed), ct));
        return command;
    }

    private static Command CreateEdges()
    {
        var file = new Argument<string>("FILE") { Description = "Lines \"a b\": a follows b. Gzipped or not." };
        var posts = new Option<int>("--posts") { Description = "Also make up this many posts, replies and boosts." };
        var options = new NetworkOptions();
        var command = new Command(
            "edges", "Any edge list as SNAP publishes them. Example: roost replay edges soc-Epinions1.txt.gz --posts "
                + "100000 --seed 7")
        {
            file, posts,
        };
        options.AddTo(command);
        NetworkOptions.AtLeast(posts, 0);
        command.Run((parsed, ct) => Run(parsed).RunAsync(
            () => WithPosts(EdgeListReader.Read(parsed.GetRequiredValue(file)), parsed.GetValue(posts),
                parsed.GetValue(options.Seed)),
            options.Read(parsed), ct));
        return command;
    }

    private static Network WithPosts(Network network, int posts, ulong seed) =>
        posts == 0 ? network : WorldGenerator.WithActivities(network, posts, seed);

    private static NetworkRun Run(ParseResult parsed) => new(
        TimeProvider.System, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
}
