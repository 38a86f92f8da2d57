using System.Runtime.CompilerServices;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Admin.Calls;

/// <summary>What a series of an instrument tells of calls.</summary>
/// <param name="IsFailure">Its calls failed.</param>
internal sealed record CallKind(CallSide Side, string Service, bool IsFailure);

/// <summary>Which instruments tell of calls, and to what service each of their series belongs.</summary>
internal static class CallSources
{
    public const string Served = "rpc.server.call.duration";
    public const string Called = "rpc.client.call.duration";
    public const string Gateway = "roost.gateway.request.duration";

    /// <summary>Counts requests, and is listened to always.</summary>
    public const string WebRequests = "roost.web.requests";

    /// <summary>Has the durations of what <see cref="WebRequests"/> counts; costs more, so that it is listened to with
    /// an admin port only.</summary>
    public const string WebDurations = "http.server.request.duration";

    private const string Web = "web";

    // Of expected outcomes, and of callers that did not wait.
    private static readonly string[] _noFailures = ["invalid", "forbidden", "not_found", "conflict", "cancelled"];

    private static readonly string[] _gatewayFailures = ["overloaded", "unreachable", "failed", "timed_out"];

    // How long these take is for their readers to say; the last two are the admin port's own.
    private static readonly string[] _leftOut = ["/api/v1/streaming", "/live", "/admin", "/metrics"];

    // By series, so that tags are read once and not at every step; goes with the series.
    private static readonly ConditionalWeakTable<MetricSeries, CallKind[]> _kinds = new();

    /// <summary>None for a series that tells nothing of calls.</summary>
    public static CallKind[] KindsOf(string instrument, MetricSeries series) =>
        _kinds.GetValue(series, one => [.. Read(instrument, one)]);

    private static IEnumerable<CallKind> Read(string instrument, MetricSeries series)
    {
        var tags = new Dictionary<string, string>();
        foreach (var (name, value) in series.Tags) tags[name] = value;
        return instrument switch
        {
            Served => OfMethod(CallSide.Served, tags),
            Called => OfMethod(CallSide.Called, tags),
            Gateway => OfGateway(tags),
            WebRequests => [new(CallSide.Served, Web, tags.GetValueOrDefault("roost.web.outcome") == "failed")],
            WebDurations when !Array.Exists(
                _leftOut,
                path => tags.GetValueOrDefault("http.route", "").StartsWith(path, StringComparison.Ordinal)) =>
                [new(CallSide.Served, Web, IsFailure: false)],
            _ => [],
        };
    }

    private static IEnumerable<CallKind> OfMethod(CallSide side, Dictionary<string, string> tags)
    {
        if (!tags.TryGetValue(RpcMetrics.MethodTag, out var method)) yield break;
        var isFailure = tags.TryGetValue(RpcMetrics.ErrorTag, out var error) && !_noFailures.Contains(error);
        yield return new(side, method.Split('.')[0], isFailure);
    }

    /// <summary>What a gateway serves is what it has its applications serve.</summary>
    private static IEnumerable<CallKind> OfGateway(Dictionary<string, string> tags)
    {
        if (!tags.TryGetValue("roost.gateway.application", out var application)) yield break;
        var isFailure = _gatewayFailures.Contains(tags.GetValueOrDefault("roost.gateway.outcome"));
        yield return new(CallSide.Served, "gateway", isFailure);
        yield return new(CallSide.Called, application, isFailure);
    }
}
