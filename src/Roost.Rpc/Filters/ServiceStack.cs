using System.Diagnostics;
using System.Diagnostics.Metrics;
using Roost.Rpc.Tracing;

namespace Roost.Rpc.Filters;

/// <summary>How much one method may take of time and of the process.</summary>
public sealed record MethodLimits
{
    /// <summary>
    /// The longest that a call may last, waiting included: more than zero, or <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    /// <remarks>The default, 10 s, is about as long as people wait for a page.</remarks>
    public TimeSpan TimeoutMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Calls in the service at a time, 1 or more.</summary>
    /// <remarks>The default, 1,024, lets a group commit of 1 ms take in a million calls a second.</remarks>
    public int AtWorkMax { get; init; } = 1024;

    /// <summary>
    /// Calls that wait for a place, 0 or more; further ones are refused as <see cref="ErrorCode.Overloaded"/>.
    /// </summary>
    public int WaitingMax { get; init; } = 4096;
}

/// <summary>
/// The filters that every service of a process stands behind. A call goes from the top down:
/// <list type="number">
/// <item><see cref="MetricsFilter"/>: measures all that happens below, refusals too;</item>
/// <item><see cref="TracingFilter"/>: a span of all that happens below;</item>
/// <item><see cref="DeadlineFilter"/>: the caller is answered in time, whatever happens below;</item>
/// <item><see cref="ConcurrencyLimitFilter"/>: nearest to the service, so that a call which it has been given up on
/// still counts.</item>
/// </list>
/// </summary>
/// <param name="limits">For methods that name none of their own.</param>
public sealed class ServiceStack(IMeterFactory meters, TimeProvider time, MethodLimits limits)
{
    private readonly RpcMetrics _metrics = new(meters);
    private readonly Lock _lock = new();

    // Under _lock.
    private readonly List<(string Method, MethodLimits Limits, ConcurrencyLimitFilter Places)> _functions = [];

    /// <summary>How the functions stand that were wrapped, in that order.</summary>
    public IReadOnlyList<FunctionReport> Report()
    {
        lock (_lock)
        {
            return [.. _functions.Select(one => new FunctionReport(
                one.Method, one.Places.AtWork, one.Places.Waiting, one.Limits))];
        }
    }

    /// <summary>The service as its callers see it. Call it once per method, at start-up.</summary>
    /// <param name="method">Service and method in lower case: <c>posts.create</c>.</param>
    /// <param name="own">Limits of this method's own; null for the stack's.</param>
    public Service<TRequest, TReply> Wrap<TRequest, TReply>(
        string method, Service<TRequest, TReply> service, MethodLimits? own = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        var applied = own ?? limits;
        var places = new ConcurrencyLimitFilter(method, applied.AtWorkMax, applied.WaitingMax, time);
        lock (_lock) _functions.Add((method, applied, places));
        return service.With(
            new MetricsFilter(method, _metrics, time).Apply,
            new TracingFilter(method, ActivityKind.Internal).Apply,
            new DeadlineFilter(method, applied.TimeoutMax, _metrics, time).Apply,
            places.Apply);
    }
}

/// <summary>How a function of a service stands.</summary>
/// <param name="Method">Service and method: <c>posts.create</c>.</param>
/// <param name="AtWork">Calls in the service.</param>
/// <param name="Waiting">Calls that wait for a place.</param>
public sealed record FunctionReport(string Method, int AtWork, int Waiting, MethodLimits Limits);
