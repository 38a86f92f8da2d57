using System.Diagnostics;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Tracing;

/// <summary>
/// Roost's own spans: of calls of services, here and elsewhere, and of what stores are asked. Each lies within the one
/// that is current, and the transport hands its W3C context on to other processes. While nobody traces they cost a look
/// at a flag.
/// </summary>
public static class Spans
{
    /// <summary>What tracers listen to.</summary>
    public const string SourceName = "Roost.Rpc";

    private static readonly ActivitySource _source = new(SourceName);

    /// <summary>Whether anybody listens.</summary>
    public static bool AreOn => _source.HasListeners();

    /// <summary>Has a span end with what was asked of a store: <c>users.db</c>, <c>posts.log</c>.</summary>
    /// <param name="store">With what is done to it: <c>users commit</c>.</param>
    /// <param name="system">As OpenTelemetry names it: <c>sqlite</c>, <c>postgresql</c>, <c>redis</c>.</param>
    public static ValueTask<T> OfStore<T>(string store, string system, ValueTask<T> answer) =>
        AreOn && !answer.IsCompleted ? AwaitAsync(store, system, answer) : answer;

    /// <summary>As <see cref="OfStore{T}(string, string, ValueTask{T})"/>, for what is answered at once; null while
    /// nobody traces.</summary>
    public static Activity? StartOfStore(string store, string system)
    {
        // What nobody waits for belongs to no request.
        if (!AreOn || Activity.Current is null) return null;
        var span = _source.StartActivity(store, ActivityKind.Client);
        span?.SetTag("db.system.name", system);
        return span;
    }

    internal static Activity? Start(string method, ActivityKind kind)
    {
        var span = _source.StartActivity(method, kind);
        span?.SetTag(RpcMetrics.MethodTag, method);
        return span;
    }

    internal static void Fail(Activity? span, Exception error)
    {
        span?.SetTag(RpcMetrics.ErrorTag, RpcMetrics.ErrorType(error));
        span?.SetStatus(ActivityStatusCode.Error);
    }

    private static async ValueTask<T> AwaitAsync<T>(string store, string system, ValueTask<T> answer)
    {
        using var span = StartOfStore(store, system);
        try
        {
            return await answer;
        }
        catch (Exception error)
        {
            Fail(span, error);
            throw;
        }
    }
}
