using System.Globalization;
using System.Text;
using System.Text.Json;
using Roost.Scenarios;

namespace Roost.Cli;

/// <summary>
/// Writes a scenario's verdict: a table for people, or one JSON object, whose fields are never renamed. Durations in
/// JSON are seconds, sizes bytes; what is not judged has null for <c>pass</c>.
/// <code>
///   { "scenario": "balse", "verdict": "passed", "full_size": true, "seed": 1,
///     "sizes": { "accounts": 200000, "posts": 143199, "seconds": 1 },
///     "world": { "accounts": 200000, "follows": 13985024, "build_seconds": 9.1 },
///     "lines": [ { "name": "in_every_inbox", "label": "…", "unit": "seconds", "judged": "at_most", "mark": 2,
///                  "moonshot": 1, "reached": 0.9, "pass": true, "moonshot_reached": true } ],
///     "notes": [ "…" ], "peak_memory_bytes": 1, "wall_seconds": 20.5 }
/// </code>
/// A verdict is <c>passed</c>, <c>missed</c> (all right, a mark not reached) or <c>wrong</c>.
/// </summary>
internal static class ScenarioReportWriter
{
    public static void Write(TextWriter output, bool json, ScenarioReport report)
    {
        if (json) WriteJson(output, report);
        else WriteText(output, report);
    }

    private static void WriteText(TextWriter output, ScenarioReport report)
    {
        output.WriteLine($"{report.Scenario.Name}: {report.Scenario.Summary}");
        if (report.World is { } world)
        {
            output.Write(Text($"{world.Accounts:N0} accounts, {world.Follows:N0} follows, "));
            output.WriteLine(Text($"built in {world.Took.TotalSeconds:0.0} s; seed {report.Seed}"));
        }
        output.WriteLine();
        output.WriteLine(Row("", "mark", "moonshot", "reached", ""));
        foreach (var line in report.Verdict.Lines)
        {
            output.WriteLine(Row(
                line.Label, Show(line.Mark, line.Unit), Show(line.Moonshot, line.Unit), Show(line.Reached, line.Unit),
                (report.Verdict.Passes(line), line.ReachesMoonshot) switch
                {
                    (null, _) => "",
                    (false, _) => line.Judgement == Judgement.Exactly ? "WRONG" : "not reached",
                    (_, true) => "pass, moonshot",
                    _ => "pass",
                }));
        }
        output.WriteLine();
        foreach (var note in report.Verdict.Notes) output.WriteLine(note);
        output.WriteLine(Text(
            $"Peak memory {report.PeakMemoryBytes / 1e6:N0} MB, wall time {report.Wall.TotalSeconds:0.0} s."));
        output.WriteLine(report.Verdict.Outcome switch
        {
            Outcome.Passed => "Verdict: passed.",
            Outcome.Missed => "Verdict: all was right, but a mark was not reached.",
            _ => "Verdict: WRONG.",
        });
    }

    private static string Row(string label, string mark, string moonshot, string reached, string pass) =>
        $"{label,-34}{mark,13}{moonshot,13}{reached,15}  {pass}".TrimEnd();

    private static string Show(double? value, Unit unit) => value is not { } number
        ? ""
        : unit switch
        {
            Unit.Seconds when number >= 1 => Text($"{number:0.00} s"),
            Unit.Seconds when number >= 1e-3 => Text($"{number * 1e3:0.00} ms"),
            Unit.Seconds => Text($"{number * 1e6:0.0} µs"),
            Unit.PerSecond => Text($"{number:N0} /s"),
            Unit.Ratio => Text($"{number:0.00} ×"),
            Unit.Share => Text($"{number * 100:0.0} %"),
            Unit.Bytes => Text($"{number / 1e6:N0} MB"),
            _ => Text($"{number:N0}"),
        };

    private static void WriteJson(TextWriter output, ScenarioReport report)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("scenario", report.Scenario.Name);
            json.WriteString("verdict", report.Verdict.Outcome.ToString().ToLowerInvariant());
            json.WriteBoolean("full_size", report.Sizes == report.Scenario.FullSize);
            json.WriteNumber("seed", report.Seed);
            WriteSizes(json, report.Sizes);
            WriteWorld(json, report.World);
            json.WriteStartArray("lines");
            foreach (var line in report.Verdict.Lines) WriteLine(json, line, report.Verdict.Passes(line));
            json.WriteEndArray();
            json.WriteStartArray("notes");
            foreach (var note in report.Verdict.Notes) json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteNumber("peak_memory_bytes", report.PeakMemoryBytes);
            json.WriteNumber("wall_seconds", report.Wall.TotalSeconds);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void WriteSizes(Utf8JsonWriter json, ScenarioSizes sizes)
    {
        json.WriteStartObject("sizes");
        foreach (var (name, value) in new[]
        {
            ("accounts", sizes.Accounts), ("posts", sizes.Posts), ("seconds", sizes.Seconds),
            ("post_rate", sizes.PostRate), ("read_rate", sizes.ReadRate),
        })
        {
            if (value > 0) json.WriteNumber(name, value);
        }
        json.WriteEndObject();
    }

    private static void WriteWorld(Utf8JsonWriter json, BuiltWorld? world)
    {
        if (world is null) return;
        json.WriteStartObject("world");
        json.WriteNumber("accounts", world.Accounts);
        json.WriteNumber("follows", world.Follows);
        json.WriteNumber("build_seconds", world.Took.TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteLine(Utf8JsonWriter json, VerdictLine line, bool? passes)
    {
        json.WriteStartObject();
        json.WriteString("name", line.Name);
        json.WriteString("label", line.Label);
        json.WriteString("unit", NameOf(line.Unit));
        json.WriteString("judged", line.Judgement switch
        {
            Judgement.Exactly => "exactly",
            Judgement.AtMost => "at_most",
            Judgement.AtLeast => "at_least",
            _ => "no",
        });
        WriteNumber(json, "mark", line.Mark);
        WriteNumber(json, "moonshot", line.Moonshot);
        WriteNumber(json, "reached", line.Reached);
        WriteBoolean(json, "pass", passes);
        WriteBoolean(json, "moonshot_reached", line.ReachesMoonshot);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static void WriteBoolean(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } flag) json.WriteBoolean(name, flag);
        else json.WriteNull(name);
    }

    private static string NameOf(Unit unit) =>
        unit == Unit.PerSecond ? "per_second" : unit.ToString().ToLowerInvariant();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
