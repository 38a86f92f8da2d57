using System.CommandLine;
using Roost.Check;

namespace Roost.Cli;

/// <summary><c>roost check</c>: verifies a data directory offline, and mends what can be made again.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var data = DataOption.Create();
        var repair = new Option<bool>("--repair")
        {
            Description = "Mend what can be made again from what is intact: indexes, and follows from their events.",
        };
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object." };
        var command = new Command(
            "check",
            "Verify all that a data directory holds while no server uses it. Exit code 0: sound, or mended; 1: "
            + "something is wrong; 3: it is in use, or no data directory. Example: roost check --data my-community "
            + "--repair")
        {
            data, repair, json,
        };
        command.Run((parsed, ct) => Task.FromResult(Check(
            parsed.GetRequiredValue(data), parsed.GetValue(repair), parsed.GetValue(json),
            parsed.InvocationConfiguration.Output, ct)));
        return command;
    }

    private static int Check(string directory, bool repair, bool json, TextWriter output, CancellationToken ct)
    {
        var progress = ConsoleProgress.OnStandardError(verbose: false, TimeProvider.System);
        try
        {
            var report = DataCheck.Run(directory, repair, progress.Report, ct);
            CheckReportWriter.Write(output, json, report);
            return report.IsSound ? ExitCode.Done : ExitCode.Found;
        }
        finally
        {
            progress.Close();
        }
    }
}
