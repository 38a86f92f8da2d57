using System.CommandLine;
using System.Globalization;
using Roost.Scenarios;

namespace Roost.Cli;

/// <summary><c>roost scenario</c>: stories that anyone can replay, with a verdict.</summary>
internal static class ScenarioCommand
{
    public static Command Create()
    {
        var command = new Command(
            "scenario",
            "Replay a famous hour of a social network against a real node on this machine, and judge it. Exit code 0: "
            + "every mark reached; 1: something was lost, doubled or wrong; 5: all was right, but a mark was not "
            + "reached. Example: roost scenario balse --json")
        {
            CreateList(),
        };
        foreach (var scenario in Scenario.All) command.Add(Create(scenario));
        return command;
    }

    private static Command CreateList()
    {
        var command = new Command("list", "Name all scenarios. Example: roost scenario list");
        command.Run(async (parsed, _) =>
        {
            foreach (var scenario in Scenario.All)
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{scenario.Name,-9} {scenario.Summary}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Create(Scenario scenario)
    {
        var (full, words) = (scenario.FullSize, scenario.Words);
        var accounts = Size("--accounts", "N", words.Accounts, full.Accounts);
        var posts = Size("--posts", "N", words.Posts, full.Posts);
        var seconds = Size("--seconds", "T", words.Seconds, full.Seconds);
        var postRate = Size("--post-rate", "R", words.PostRate, full.PostRate);
        var readRate = Size("--read-rate", "R", words.ReadRate, full.ReadRate);
        var seed = new Option<ulong>("--seed")
        {
            Description = "Seed of whatever is drawn at random.",
            HelpName = "S",
            DefaultValueFactory = _ => 1,
        };
        var data = new Option<string?>("--data", "-d")
        {
            Description = "Keep the node's data here, in a directory that is empty or not there yet (a temporary one "
                + "unless told, which is removed).",
            HelpName = "DIR",
        };
        var json = new Option<bool>("--json") { Description = "Print the verdict as one JSON object." };
        var command = new Command(
            scenario.Name,
            $"{scenario.Summary}\n\nExamples: roost scenario {scenario.Name}\n"
            + $"          roost scenario {scenario.Name} --accounts {full.Accounts / 100} --json");
        foreach (var option in new Option?[] { accounts, posts, seconds, postRate, readRate, seed, data, json })
        {
            if (option is not null) command.Add(option);
        }
        command.Run(async (parsed, ct) =>
        {
            var wanted = new WantedSizes(
                Value(accounts), Value(posts), Value(seconds), Value(postRate), Value(readRate));
            var run = new ScenarioRun(
                TimeProvider.System, parsed.InvocationConfiguration.Error, !Console.IsErrorRedirected);
            var report = await run.RunAsync(
                scenario, wanted, parsed.GetValue(seed), parsed.GetValue(data), ct);
            ScenarioReportWriter.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(json), report);
            return CodeOf(report.Verdict.Outcome);

            int? Value(Option<int?>? option) => option is null ? null : parsed.GetValue(option);
        });
        return command;
    }

    internal static int CodeOf(Outcome outcome) => outcome switch
    {
        Outcome.Passed => ExitCode.Done,
        Outcome.Missed => ExitCode.Missed,
        _ => ExitCode.Found,
    };

    private static Option<int?>? Size(string name, string helpName, string? words, int full) => words is null
        ? null
        : new Option<int?>(name)
        {
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"{char.ToUpperInvariant(words[0])}{words[1..]} ({full:N0} unless told)."),
            HelpName = helpName,
        };
}
