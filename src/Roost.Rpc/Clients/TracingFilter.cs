using System.Diagnostics;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Clients;

/// <summary>
/// A span for each call to a service elsewhere, from the caller's side; the transport hands its W3C context on. Costs a
/// look at a flag while nobody traces.
/// </summary>
internal sealed class TracingFilter(string method)
{
    /// <summary>What tracers listen to.</summary>
    public const string SourceName = "Roost.Rpc";

    private static readonly ActivitySource _source = new(SourceName);

    public Service<TRequest, TReply> Apply<TRequest, TReply>(Service<TRequest, TReply> next)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call) =>
            _source.HasListeners() ? TraceAsync(request, call) : next(request, call);

        async ValueTask<TReply> TraceAsync(TRequest request, Call call)
        {
            using var span = _source.StartActivity(method, ActivityKind.Client);
            span?.SetTag("rpc.system", "grpc");
            span?.SetTag("rpc.method", method);
            try
            {
                return await next(request, call);
            }
            catch (Exception error)
            {
                span?.SetTag("error.type", RpcMetrics.ErrorType(error));
                span?.SetStatus(ActivityStatusCode.Error);
                throw;
            }
        }
    }
}
