using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Admin;

/// <summary>What machines read of the admin pages. Members are only ever added.</summary>
internal static class AdminJson
{
    public static string ServerInfo(AdminSources sources) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("version", sources.Version);
        json.WriteStartArray("roles");
        foreach (var role in sources.Self.Roles) json.WriteStringValue(role);
        json.WriteEndArray();
        json.WriteString("started_at", sources.Self.Started);
        json.WriteNumber("uptime_seconds", (sources.Time.GetUtcNow() - sources.Self.Started).TotalSeconds);
        json.WriteBoolean("ready", sources.IsReady);
        json.WriteBoolean("stands_by", sources.Self.StandsBy());
        json.WriteNumber("process_id", Environment.ProcessId);
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("managed_bytes", GC.GetTotalMemory(forceFullCollection: false));
        // Which versions ran here, as far as is remembered: what "new" in errors.json is relative to.
        json.WriteStartArray("versions");
        foreach (var run in sources.Errors.Runs)
        {
            json.WriteStartObject();
            json.WriteString("version", run.Version);
            json.WriteString("since", run.Since);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static string Metrics(IEnumerable<MetricFamily> families) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var family in families)
        {
            json.WriteStartObject();
            json.WriteString("name", family.Name);
            json.WriteString("kind", family.Kind.ToString().ToLowerInvariant());
            json.WriteString("unit", family.Unit);
            json.WriteStartArray("series");
            foreach (var series in family.Series) WriteSeries(json, family, series);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static string Levels(LogLevels levels) => Write(json =>
    {
        json.WriteStartObject();
        foreach (var (category, level) in levels.All) json.WriteString(category, level.ToString().ToLowerInvariant());
        json.WriteEndObject();
    });

    public static string Errors(IEnumerable<ErrorReport> groups) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var group in groups) WriteGroup(json, group, null);
        json.WriteEndArray();
    });

    /// <summary>Errors of several processes, each once.</summary>
    public static string NetworkErrors(IEnumerable<NetworkError> errors) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var error in errors) WriteGroup(json, error.Group, error.Where);
        json.WriteEndArray();
    });

    /// <summary>Which processes there are, and how they stand.</summary>
    public static string Network(NetworkReport network) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var process in network.Processes) WriteProcess(json, process);
        json.WriteEndArray();
    });

    /// <summary>The last hour of the process's figures; null where there was nothing.</summary>
    public static string History(RecordedFigures recorded) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("at", recorded.At);
        json.WriteNumber("step_seconds", MetricsHistory.Step.TotalSeconds);
        json.WriteStartObject("figures");
        foreach (var (name, values) in recorded.Values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                if (float.IsFinite(value)) json.WriteNumberValue(value);
                else json.WriteNullValue();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static string Balancers(IEnumerable<CalledService> services) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var service in services)
        {
            json.WriteStartObject();
            json.WriteString("service", service.Name);
            if (service.Admission is { } admission)
            {
                json.WriteStartObject("admission");
                json.WriteNumber("limit", admission.Limit);
                json.WriteNumber("at_work", admission.AtWork);
                json.WriteNumber("waiting", admission.Waiting);
                json.WriteEndObject();
            }
            json.WriteStartArray("instances");
            foreach (var instance in service.Instances) WriteInstance(json, instance);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteInstance(Utf8JsonWriter json, InstanceReport report)
    {
        json.WriteStartObject();
        json.WriteString("id", report.Instance.Id);
        json.WriteString("address", report.Instance.Address);
        json.WriteString("zone", report.Instance.Zone);
        json.WriteString("standing", report.Standing.ToString().ToLowerInvariant());
        json.WriteNumber("outstanding", report.Outstanding);
        json.WriteNumber("calls", report.Calls);
        json.WriteNumber("slowness", report.Slowness);
        json.WriteNumber("failed_share", report.FailedShare);
        json.WriteNumber("weight", report.Weight);
        json.WriteEndObject();
    }

    private static void WriteSeries(Utf8JsonWriter json, MetricFamily family, MetricSeries series)
    {
        json.WriteStartObject();
        json.WriteStartObject("tags");
        foreach (var (name, value) in series.Tags) json.WriteString(name, value);
        json.WriteEndObject();
        if (family.Kind != MetricKind.Histogram)
        {
            json.WriteNumber("value", series.Value);
            json.WriteEndObject();
            return;
        }
        json.WriteNumber("count", series.Count);
        json.WriteNumber("sum", series.Value);
        json.WriteNumber("p50", Quantiles.Of(family, series, 0.5));
        json.WriteNumber("p99", Quantiles.Of(family, series, 0.99));
        json.WriteStartArray("buckets");
        for (var i = 0; i < series.Buckets.Count; i++)
        {
            json.WriteStartObject();
            if (i < family.Bounds.Count) json.WriteNumber("to", family.Bounds[i]);
            json.WriteNumber("count", series.Buckets[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteProcess(Utf8JsonWriter json, ProcessView process)
    {
        json.WriteStartObject();
        json.WriteString("id", process.Id);
        json.WriteStartArray("services");
        foreach (var service in process.Services) json.WriteStringValue(service);
        json.WriteEndArray();
        json.WriteString("state", process.State.ToString().ToLowerInvariant());
        json.WriteNumber("age_seconds", process.Age.TotalSeconds);
        json.WriteString("address", process.Address);
        json.WriteString("admin", process.Admin);
        json.WriteString("zone", process.Zone);
        json.WriteString("version", process.Report?.Version ?? process.Version);
        if (process.Report is { } report)
        {
            json.WriteBoolean("ready", report.IsReady);
            json.WriteBoolean("stands_by", report.StandsBy);
            json.WriteString("started_at", report.Started);
            json.WriteString("level", report.Level.ToString().ToLowerInvariant());
        }
        json.WriteEndObject();
    }

    /// <param name="where">The processes that have it; null where there is one only.</param>
    private static void WriteGroup(Utf8JsonWriter json, ErrorReport group, IReadOnlyList<string>? where)
    {
        json.WriteStartObject();
        json.WriteString("fingerprint", group.Fingerprint);
        json.WriteString("service", group.Service);
        json.WriteString("level", group.Level.ToString().ToLowerInvariant());
        json.WriteNumber("users", group.Users);
        json.WriteString("type", group.Type);
        json.WriteString("operation", group.Operation);
        json.WriteString("sample", group.Sample);
        json.WriteString("trace", group.Trace);
        json.WriteStartArray("frames");
        foreach (var frame in group.Frames) json.WriteStringValue(frame);
        json.WriteEndArray();
        json.WriteString("first_at", group.First);
        json.WriteString("first_version", group.FirstVersion);
        json.WriteString("last_at", group.Last);
        json.WriteNumber("total", group.Total);
        json.WriteNumber("last_hour", group.LastHour);
        json.WriteNumber("growth", group.Growth);
        json.WriteStartArray("minutes");
        foreach (var minute in group.Minutes) json.WriteNumberValue(minute);
        json.WriteEndArray();
        json.WriteStartObject("versions");
        foreach (var (version, count) in group.Versions) json.WriteNumber(version, count);
        json.WriteEndObject();
        if (where is not null)
        {
            json.WriteStartArray("processes");
            foreach (var process in where) json.WriteStringValue(process);
            json.WriteEndArray();
        }
        json.WriteBoolean("new", group.IsNew);
        json.WriteBoolean("resolved", group.IsResolved);
        json.WriteBoolean("back", group.IsBack);
        json.WriteEndObject();
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) write(json);
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}

/// <summary>Quantiles from buckets: within a bucket, values are taken to lie evenly.</summary>
internal static class Quantiles
{
    /// <summary>In the family's unit; 0 for nothing, and the last bound for what lies above all.</summary>
    public static double Of(MetricFamily family, MetricSeries series, double quantile) =>
        Of(family.Bounds, series.Buckets, quantile);

    /// <param name="buckets">One more than bounds.</param>
    public static double Of(IReadOnlyList<double> bounds, IReadOnlyList<long> buckets, double quantile)
    {
        var all = buckets.Sum();
        var wanted = all * quantile;
        var below = 0L;
        for (var i = 0; i < bounds.Count; i++)
        {
            var count = buckets[i];
            if (count > 0 && below + count >= wanted)
            {
                var from = i == 0 ? 0 : bounds[i - 1];
                return from + (bounds[i] - from) * (wanted - below) / count;
            }
            below += count;
        }
        return all == 0 || bounds.Count == 0 ? 0 : bounds[^1];
    }
}
