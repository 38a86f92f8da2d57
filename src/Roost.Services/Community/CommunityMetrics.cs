using System.Diagnostics.Metrics;

namespace Roost.Services.Community;

/// <summary>What the Community service reports.</summary>
internal sealed class CommunityMetrics
{
    private readonly Counter<long> _reports;

    public CommunityMetrics(IMeterFactory meters) => _reports = meters.Create("Roost.Services.Community")
        .CreateCounter<long>("roost.community.reports", "{report}", "Reports that people filed, by category.");

    public void Reported(string category) =>
        _reports.Add(1, new KeyValuePair<string, object?>("category", category));
}
