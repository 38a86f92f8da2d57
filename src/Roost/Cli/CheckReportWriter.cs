using System.Globalization;
using System.Text;
using System.Text.Json;
using Roost.Check;
using Roost.Services.Storage;

namespace Roost.Cli;

/// <summary>
/// Writes what a check found: lines for people, or one JSON object, whose fields are never renamed.
/// <code>
///   { "directory": "/data", "sound": false, "verdict": "…",
///     "parts": [ { "part": "graph", "sound": false, "missing": false, "counts": { "events": 3, "follows": 1 },
///                  "findings": [ { "kind": "damage", "where": "graph.db, graph_events", "what": "…" } ],
///                  "lost": [ "…" ], "done": [ "…" ] } ] }
/// </code>
/// A kind is <c>note</c>, <c>repaired</c>, <c>repairable</c> or <c>damage</c>.
/// </summary>
internal static class CheckReportWriter
{
    public static void Write(TextWriter output, bool json, DataReport report)
    {
        if (json) WriteJson(output, report);
        else WriteText(output, report);
    }

    private static void WriteText(TextWriter output, DataReport report)
    {
        foreach (var finding in report.Parts.SelectMany(part => part.Findings))
            output.WriteLine($"{NameOf(finding.Kind),-11} {finding.Where}: {finding.What}");
        foreach (var sentence in report.Parts.SelectMany(part => part.Lost))
            output.WriteLine($"{"lost",-11} {sentence}");
        foreach (var sentence in report.Parts.SelectMany(part => part.Done)) output.WriteLine(sentence);
        foreach (var part in report.Parts) output.WriteLine($"{part.Part}: {Summary(part)}");
        output.WriteLine(report.Verdict);
    }

    private static string Summary(CheckReport part)
    {
        if (part.IsMissing) return "not there.";
        if (part.Counts.Count == 0) return "could not be read.";
        var counts = part.Counts.Select(count =>
            string.Create(CultureInfo.InvariantCulture, $"{count.Count:N0} {count.Noun}"));
        return $"{string.Join(", ", counts)} read and verified.";
    }

    private static void WriteJson(TextWriter output, DataReport report)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("directory", report.Directory);
            json.WriteBoolean("sound", report.IsSound);
            json.WriteString("verdict", report.Verdict);
            json.WriteStartArray("parts");
            foreach (var part in report.Parts) WritePart(json, part);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void WritePart(Utf8JsonWriter json, CheckReport part)
    {
        json.WriteStartObject();
        json.WriteString("part", part.Part);
        json.WriteBoolean("sound", part.IsSound);
        json.WriteBoolean("missing", part.IsMissing);
        json.WriteStartObject("counts");
        foreach (var (noun, count) in part.Counts) json.WriteNumber(noun, count);
        json.WriteEndObject();
        json.WriteStartArray("findings");
        foreach (var finding in part.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", NameOf(finding.Kind));
            json.WriteString("where", finding.Where);
            json.WriteString("what", finding.What);
            if (finding.WayOut is { } wayOut) json.WriteString("way_out", wayOut);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("lost");
        foreach (var sentence in part.Lost) json.WriteStringValue(sentence);
        json.WriteEndArray();
        json.WriteStartArray("done");
        foreach (var sentence in part.Done) json.WriteStringValue(sentence);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string NameOf(FindingKind kind) => kind switch
    {
        FindingKind.Note => "note",
        FindingKind.Repaired => "repaired",
        FindingKind.Repairable => "repairable",
        _ => "damage",
    };
}
