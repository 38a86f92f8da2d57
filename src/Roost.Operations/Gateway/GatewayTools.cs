using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;

namespace Roost.Operations.Gateway;

/// <summary>What a gateway is handed from outside.</summary>
public sealed class GatewayTools(TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
{
    public TimeProvider Time => time;

    public ILoggerFactory Loggers => loggers;

    internal AdmissionMetrics Admission { get; } = new(meters);

    internal BalancerMetrics Balancing { get; } = new(meters);

    internal GatewayMetrics Gateway { get; } = new(meters);
}
