using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Roost.Cluster;
using Roost.Cluster.Drills;

namespace Roost.Cli;

/// <summary><c>roost cluster drill</c>: what clients meet while processes are killed and stopped.</summary>
internal static class DrillCommand
{
    private static readonly (string Head, int Width)[] _columns =
    [
        ("DONE", 36), ("REQUESTS", 9), ("ERRORS", 7), ("AGAIN", 6), ("PARTIAL", 8), ("P99 BEFORE", 11),
        ("SLOWEST", 10), ("WELL AFTER", 11), ("RUNS AFTER", 11),
    ];

    public static Command Create()
    {
        var data = ClusterCommand.DataOption();
        var only = new Option<string[]>("--only")
        {
            Description = "Do it to these processes only, by name or role: web,gateway-1 (all unless told).",
            HelpName = "NAMES",
        };
        var rate = new Option<int>("--rate")
        {
            Description = "Requests a second, a fifth of them posts, a tenth searches, a tenth notifications: 100 "
                + "unless told.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 100,
        };
        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 10 or > 10_000)
                result.AddError("--rate must be from 10 to 10000.");
        });
        var stopped = new Option<double>("--stop-seconds")
        {
            Description = "How long a stopped process is stopped: 5 unless told.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 5,
        };
        stopped.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.5 and <= 60))
                result.AddError("--stop-seconds must be from 0.5 to 60.");
        });
        var upgrade = new Option<bool>("--upgrade")
        {
            Description = "Restart processes only, as for another version of the program.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(
            "drill",
            "Put a load on a cluster that runs, restart (SIGTERM), kill (SIGKILL) and stop (SIGSTOP) its processes in "
            + "turn, cut its connections to the database, and count what clients meet. Ends with 1 when something "
            + "acknowledged is lost or doubled, or things were not well again within a minute.\n\n"
            + "Example: roost cluster drill --only web,gateway-1")
        {
            data, only, rate, stopped, upgrade, json,
        };
        command.Run(async (parsed, ct) =>
        {
            var (directory, _) = ClusterRecord.Find(parsed.GetValue(data));
            var options = new DrillOptions(
                directory, [.. (parsed.GetValue(only) ?? []).SelectMany(names => names.Split(','))],
                parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(stopped)), parsed.GetValue(upgrade));
            var report = await new Drill(options, TimeProvider.System, Console.Error.WriteLine).RunAsync(ct);
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(report, DrillReportJson.Default.DrillReport)
                : Table(report));
            return report.IsWell ? ExitCode.Done : ExitCode.Found;
        });
        return command;
    }

    private static string Table(DrillReport report)
    {
        var text = new StringBuilder();
        foreach (var (head, width) in _columns) text.Append(head.PadRight(width)).Append(' ');
        text.Append("KINDS OF ERRORS\n");
        foreach (var row in report.Rows)
        {
            string[] cells =
            [
                row.Fault, $"{row.Requests}", $"{row.ErrorCount}", $"{row.Again}", $"{row.Partial}",
                Milliseconds(row.P99Before), Milliseconds(row.Slowest),
                row.WellAfter is { } well ? Seconds(well) : "not well",
                row.RunsAfter is { } runs ? Seconds(runs) : "-",
            ];
            for (var i = 0; i < cells.Length; i++) text.Append(cells[i].PadRight(_columns[i].Width)).Append(' ');
            text.AppendJoin(", ", row.Errors.Select(error => $"{error.Value} × {error.Key}")).Append('\n');
        }
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n{report.Acknowledged} posts were acknowledged, {report.Unknown} got errors and were sent again at the "
            + $"end; {(report.Wrong.Count == 0 ? "none is lost or doubled." : "not as it should be:")}");
        foreach (var wrong in report.Wrong) text.Append('\n').Append(wrong);
        return text.ToString();
    }

    private static string Milliseconds(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.0} ms");

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
}
