using System.CommandLine;
using Roost.Check;
using Roost.Services.Storage;

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
        var acceptLoss = new Option<bool>("--accept-loss")
        {
            Description = "With --repair, without a backup: tell what of the posts cannot be read any more; with --yes "
                + "give that up, so that Roost starts again with all else.",
        };
        var yes = new Option<bool>("--yes") { Description = "Do what --accept-loss told." };
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object." };
        var command = new Command(
            "check",
            "Verify all that a data directory holds while no server uses it. Exit code 0: sound, or mended; 1: "
            + "something is wrong; 3: it is in use, or no data directory. Example: roost check --data my-community "
            + "--repair")
        {
            data, repair, acceptLoss, yes, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(acceptLoss) && !result.GetValue(repair))
                result.AddError("--accept-loss is for --repair; give both.");
            if (result.GetValue(yes) && !result.GetValue(acceptLoss))
                result.AddError("--yes is for --accept-loss; nothing else asks.");
        });
        command.Run((parsed, ct) => Task.FromResult(Check(
            parsed.GetRequiredValue(data), parsed.GetValue(repair),
            Choice(parsed.GetValue(acceptLoss), parsed.GetValue(yes)), parsed.GetValue(json),
            parsed.InvocationConfiguration.Output, ct)));
        return command;
    }

    private static LossChoice Choice(bool acceptLoss, bool yes) => (acceptLoss, yes) switch
    {
        (false, _) => LossChoice.Refuse,
        (true, false) => LossChoice.Tell,
        (true, true) => LossChoice.Accept,
    };

    private static int Check(
        string directory, bool repair, LossChoice loss, bool json, TextWriter output, CancellationToken ct)
    {
        var progress = ConsoleProgress.OnStandardError(verbose: false, TimeProvider.System);
        try
        {
            var report = DataCheck.Run(
                directory, repair && loss != LossChoice.Tell, progress.Report, loss, ct);
            CheckReportWriter.Write(output, json, report);
            return report.IsSound ? ExitCode.Done : ExitCode.Found;
        }
        finally
        {
            progress.Close();
        }
    }
}
