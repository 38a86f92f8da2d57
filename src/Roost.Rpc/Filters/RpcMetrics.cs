using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;

namespace Roost.Rpc.Filters;

/// <summary>From which side a call is measured.</summary>
public enum RpcSide
{
    /// <summary>By the service: what it took to answer.</summary>
    Server,
    /// <summary>By who calls a service elsewhere: the way there, retries and hedges included.</summary>
    Client,
}

/// <summary>
/// What services report about their calls, whatever they do. Thread-safe; recording allocates nothing, and does next to
/// nothing while nobody listens.
/// </summary>
public sealed class RpcMetrics
{
    public const string MeterName = "Roost.Rpc";

    internal const string MethodTag = "rpc.method";
    internal const string ErrorTag = "error.type";

    private readonly Histogram<double> _callDuration;
    private readonly Histogram<double> _callOverrun;
    private readonly Histogram<double> _wait;

    public RpcMetrics(IMeterFactory meters, RpcSide side = RpcSide.Server)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(new MeterOptions(MeterName));
        _callDuration = meter.CreateHistogram(
            side == RpcSide.Server ? "rpc.server.call.duration" : "rpc.client.call.duration", "s",
            side == RpcSide.Server
                ? "From a call's arrival to its reply, waiting for a place included."
                : "From a call to a service elsewhere to its reply, all tries included.",
            advice: DurationBuckets.Advice);
        _callOverrun = meter.CreateHistogram(
            side == RpcSide.Server ? "roost.rpc.call.overrun" : "roost.rpc.client.overrun", "s",
            "How long calls went on after a deadline had been answered for them.", advice: DurationBuckets.Advice);
        _wait = meter.CreateHistogram(
            side == RpcSide.Server ? "roost.rpc.wait.duration" : "roost.rpc.client.wait.duration", "s",
            "How long calls took that waited for something to happen.", advice: DurationBuckets.Advice);
    }

    /// <summary>Whether anybody listens to call durations; if not, the clock need not be read.</summary>
    internal bool WantsDurations => _callDuration.Enabled || _wait.Enabled;

    /// <param name="waited">Whether it was to wait for something. One that failed is a call as any other.</param>
    internal void CallEnded(string method, TimeSpan duration, Exception? error, bool waited = false) =>
        Record(waited && error is null ? _wait : _callDuration, method, duration, error);

    /// <summary>A service ended, in whatever way, after its caller had been told that the deadline passed.</summary>
    internal void AbandonedCallEnded(string method, TimeSpan overrun, Exception? error) =>
        Record(_callOverrun, method, overrun, error);

    /// <summary>
    /// The <c>error.type</c> of a failure: an <see cref="ErrorCode"/> in snake case, or <c>cancelled</c>.
    /// </summary>
    internal static string ErrorType(Exception error) => error switch
    {
        ServiceException { Code: var code } => code switch
        {
            ErrorCode.Invalid => "invalid",
            ErrorCode.Forbidden => "forbidden",
            ErrorCode.NotFound => "not_found",
            ErrorCode.Conflict => "conflict",
            ErrorCode.DeadlineExceeded => "deadline_exceeded",
            ErrorCode.Overloaded => "overloaded",
            ErrorCode.Unavailable => "unavailable",
            ErrorCode.StorageFull => "storage_full",
            ErrorCode.DataDamaged => "data_damaged",
            _ => "internal",
        },
        OperationCanceledException => "cancelled",
        _ => "internal",
    };

    private static void Record(Histogram<double> histogram, string method, TimeSpan duration, Exception? error)
    {
        var methodTag = new KeyValuePair<string, object?>(MethodTag, method);
        if (error is null)
            histogram.Record(duration.TotalSeconds, methodTag);
        else
            histogram.Record(
                duration.TotalSeconds, methodTag, new KeyValuePair<string, object?>(ErrorTag, ErrorType(error)));
    }
}
