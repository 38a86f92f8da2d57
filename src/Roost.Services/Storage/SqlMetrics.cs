using System.Diagnostics.Metrics;

namespace Roost.Services.Storage;

/// <summary>What the databases of all services report: instruments tagged with the database's name.</summary>
public sealed class SqlMetrics
{
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<int> _groupWrites;
    private readonly Counter<long> _refused;

    public SqlMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create("Roost.Services.Storage");
        _commitSeconds = meter.CreateHistogram<double>("roost.sql.commit.duration", "s",
            "From the begin of a group's transaction until it is on disk.");
        _groupWrites = meter.CreateHistogram<int>("roost.sql.group.size", "{write}", "Writes that share one commit.");
        _refused = meter.CreateCounter<long>("roost.sql.writes_refused", "{write}",
            "Writes that were turned away or undone, by error.");
    }

    internal void Committed(string database, int writes, TimeSpan took)
    {
        var tag = new KeyValuePair<string, object?>("db.namespace", database);
        _commitSeconds.Record(took.TotalSeconds, tag);
        _groupWrites.Record(writes, tag);
    }

    internal void Refused(string database, int writes, string error) =>
        _refused.Add(writes, new KeyValuePair<string, object?>("db.namespace", database),
            new KeyValuePair<string, object?>("error.type", error));
}
