using System.CommandLine;
using Roost.Composition;
using Roost.Services.Storage;

namespace Roost.Cli;

/// <summary><c>roost data</c>: what directories have.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "What data directories have.") { CreateMove() };

    private static Command CreateMove()
    {
        var role = new Argument<string>("ROLE")
        {
            Description = "Whose data: users, graph, media, or notifications (with the messages to devices).",
        };
        role.AcceptOnlyFromAmong([.. RolePlace.All.Select(place => place.Role)]);
        var data = DataOption.Create();
        data.Description = "The data directory that has it.";
        var to = new Option<string>("--to")
        {
            Description = "The one that is to have it; made when it is not there.",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command(
            "move",
            "Move a role's data into another directory while no process uses the two: out of that of a roost up, for a "
            + "process of its own (roost serve ROLE), or back. One that was broken off goes on when it is asked for "
            + "again.\n\nExample: roost data move users --data my-community --to users")
        {
            role, data, to,
        };
        command.Run((parsed, _) =>
        {
            var place = RolePlace.All.Single(one => one.Role == parsed.GetRequiredValue(role));
            var (from, into) = (parsed.GetRequiredValue(data), parsed.GetRequiredValue(to));
            var moved = PartsMove.Run(from, into, place.Parts, place.Along);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{string.Join(", ", moved)}: moved from {Path.GetFullPath(from)} to {Path.GetFullPath(into)}.");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
