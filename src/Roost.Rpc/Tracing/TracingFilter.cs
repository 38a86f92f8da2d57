using System.Diagnostics;

namespace Roost.Rpc.Tracing;

/// <summary>
/// A span for each call: of a service elsewhere, from the caller's side, or of one of this process. Costs a look at a
/// flag while nobody traces.
/// </summary>
/// <param name="kind"><see cref="ActivityKind.Client"/> for one elsewhere, else
/// <see cref="ActivityKind.Internal"/>.</param>
internal sealed class TracingFilter(string method, ActivityKind kind)
{
    public Service<TRequest, TReply> Apply<TRequest, TReply>(Service<TRequest, TReply> next)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call) =>
            Spans.AreOn ? TraceAsync(request, call) : next(request, call);

        async ValueTask<TReply> TraceAsync(TRequest request, Call call)
        {
            using var span = Spans.Start(method, kind);
            if (kind == ActivityKind.Client) span?.SetTag("rpc.system", "grpc");
            try
            {
                return await next(request, call);
            }
            catch (Exception error)
            {
                Spans.Fail(span, error);
                throw;
            }
        }
    }
}
