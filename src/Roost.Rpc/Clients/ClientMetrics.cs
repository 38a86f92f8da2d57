using System.Diagnostics.Metrics;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Clients;

/// <summary>What a client's stack does beyond one try a call.</summary>
public sealed class ClientMetrics
{
    public const string MeterName = "Roost.Rpc.Clients";

    /// <summary>What is counted, by name; <see cref="Hedges"/> and <see cref="OverBudgets"/> too.</summary>
    internal const string Retries = "roost.rpc.client.retries";

    internal const string Hedges = "roost.rpc.client.hedges";

    internal const string OverBudgets = "roost.rpc.client.over_budget";

    private const string MethodTag = "rpc.method";

    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _refused;

    public ClientMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(new MeterOptions(MeterName));
        _retries = meter.CreateCounter<long>(
            Retries, "{try}", "Tries after one that failed, by why it did.");
        _hedges = meter.CreateCounter<long>(
            Hedges, "{try}", "Second calls for an answer that was late.");
        _refused = meter.CreateCounter<long>(
            OverBudgets, "{try}", "Retries and hedges not made, for there were too many.");
    }

    internal void Retried(string method, Exception why) => _retries.Add(
        1, new KeyValuePair<string, object?>(MethodTag, method),
        new KeyValuePair<string, object?>("error.type", RpcMetrics.ErrorType(why)));

    internal void Hedged(string method) => _hedges.Add(1, new KeyValuePair<string, object?>(MethodTag, method));

    internal void OverBudget(string method) => _refused.Add(1, new KeyValuePair<string, object?>(MethodTag, method));
}
