using System.Globalization;
using System.Text;
using System.Text.Json;
using Roost.Engine.Text;
using Roost.Replay.Loading;
using Roost.Replay.Online;
using Roost.Replay.Verifying;

namespace Roost.Cli;

/// <summary>
/// Writes what a load, a play or a verification did: aligned lines for people, or one JSON object, whose fields are
/// never renamed; those of rates are there when there was something to rate.
/// Durations in JSON are seconds, sizes bytes.
/// </summary>
internal static class ReportWriter
{
    public static void Write(
        TextWriter output, bool json, LoadReport? load, OnlineReport? online, VerifyReport? verify, RunReport run)
    {
        var sections = new List<(string Name, List<(string Key, string Label, object Value)> Fields)>();
        if (load is not null) sections.Add(("load", FieldsOf(load)));
        if (online is not null) sections.Add(("online", FieldsOf(online)));
        if (verify is not null) sections.Add(("verify", FieldsOf(verify)));
        sections.Add(("run", FieldsOf(run)));
        if (json) WriteJson(output, sections, online?.Errors);
        else WriteText(output, sections, online?.Errors);
    }

    private static List<(string, string, object)> FieldsOf(LoadReport r) =>
    [
        ("source", "source", r.Source),
        ("accounts", "accounts", (long)r.Accounts),
        ("follows", "follows", (long)r.Follows),
        ("follows_added", "  of these new", r.FollowsAdded),
        ("posts", "posts", (long)r.Posts),
        ("stand_ins", "  of these stand-ins", (long)r.StandIns),
        ("boosts", "boosts", (long)r.Boosts),
        ("posts_added", "posts and boosts new", r.PostsAdded),
        ("deliveries", "deliveries", r.Deliveries),
        .. r.PostsAdded == 0 ? [] : RatesOf(r),
        ("reading_seconds", "reading the source", r.Reading),
        ("importing_seconds", "accounts and follows", r.Importing),
        ("posting_seconds", "posting", r.Posting),
        ("wall_seconds", "load, these three", r.Wall),
    ];

    /// <summary>Of posts that were all there already there is no rate.</summary>
    private static List<(string, string, object)> RatesOf(LoadReport r) =>
    [
        ("posts_per_second", "posts a second", r.PostsPerSecond),
        ("deliveries_per_second", "deliveries a second", r.DeliveriesPerSecond),
        ("time_to_inbox_p50_seconds", "time to inbox p50", r.TimeToInboxP50),
        ("time_to_inbox_p99_seconds", "time to inbox p99", r.TimeToInboxP99),
    ];

    private static List<(string, string, object)> FieldsOf(RunReport r) =>
    [
        ("wall_seconds", "wall time, all of it", r.Wall),
        ("peak_memory_bytes", "peak memory", new Bytes(r.PeakMemoryBytes)),
    ];

    private static List<(string, string, object)> FieldsOf(OnlineReport r) =>
    [
        ("source", "source", r.Source),
        ("accounts", "accounts", (long)r.Accounts),
        ("follows", "follows", (long)r.Follows),
        ("posts", "posts and boosts", (long)r.Posts),
        ("failed", "  of these failed", (long)r.Failed),
        ("posts_per_second", "posts a second", r.PostsPerSecond),
        ("posting_seconds", "posting", r.Posting),
        ("latency_p50_seconds", "latency p50", r.LatencyP50),
        ("latency_p99_seconds", "latency p99", r.LatencyP99),
        ("latency_max_seconds", "latency max", r.LatencyMax),
        ("late_seconds", "behind time at the end", r.Late),
    ];

    private static List<(string, string, object)> FieldsOf(VerifyReport r) =>
    [
        ("accounts", "timelines verified", (long)r.Accounts),
        ("posts", "posts compared", r.Posts),
        ("pages", "pages read", r.Pages),
        ("differences", "differences", r.Difference is null ? 0L : 1L),
        ("wall_seconds", "verified in", r.Wall),
    ];

    private static void WriteText(
        TextWriter output, List<(string Name, List<(string Key, string Label, object Value)> Fields)> sections,
        IReadOnlyDictionary<string, int>? errors)
    {
        foreach (var (_, fields) in sections)
            foreach (var (_, label, value) in fields)
                output.WriteLine($"{label,-24}{Show(value)}");
        foreach (var (kind, count) in errors ?? new Dictionary<string, int>())
            output.WriteLine($"{"error",-24}{count.ToString("N0", CultureInfo.InvariantCulture)} × {kind}");
    }

    private static void WriteJson(
        TextWriter output, List<(string Name, List<(string Key, string Label, object Value)> Fields)> sections,
        IReadOnlyDictionary<string, int>? errors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var (name, fields) in sections)
            {
                json.WriteStartObject(name);
                foreach (var (key, _, value) in fields) WriteValue(json, key, value);
                if (name == "online") WriteErrors(json, errors);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static void WriteErrors(Utf8JsonWriter json, IReadOnlyDictionary<string, int>? errors)
    {
        json.WriteStartObject("errors");
        foreach (var (kind, count) in errors ?? new Dictionary<string, int>()) json.WriteNumber(kind, count);
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string key, object value)
    {
        switch (value)
        {
            case string text: json.WriteString(key, text); break;
            case long count: json.WriteNumber(key, count); break;
            case Bytes bytes: json.WriteNumber(key, bytes.Value); break;
            case TimeSpan span: json.WriteNumber(key, span.TotalSeconds); break;
            default: json.WriteNumber(key, (double)value); break;
        }
    }

    private static string Show(object value) => value switch
    {
        string text => text,
        long count => count.ToString("N0", CultureInfo.InvariantCulture),
        Bytes bytes => ByteText.Of(bytes.Value),
        TimeSpan { TotalSeconds: >= 1 } span =>
            string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.00} s"),
        TimeSpan span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.00} ms"),
        _ => ((double)value).ToString("N0", CultureInfo.InvariantCulture),
    };

    private readonly record struct Bytes(long Value);
}
