namespace Roost.Rpc.Filters;

/// <summary>
/// Reports each call's duration and, when it failed, why: <c>rpc.server.call.duration</c>; of one that waited for
/// something to happen (<see cref="IWaitingRequest"/>) elsewhere, unless it failed. Belongs outermost.
/// </summary>
/// <param name="method">The tag <c>rpc.method</c>: service and method, as in <c>posts.create</c>.</param>
public sealed class MetricsFilter(string method, RpcMetrics metrics, TimeProvider time)
{
    /// <summary>A <see cref="Filter{TRequest, TReply}"/>.</summary>
    public Service<TRequest, TReply> Apply<TRequest, TReply>(Service<TRequest, TReply> next)
    {
        var waits = typeof(TRequest).IsAssignableTo(typeof(IWaitingRequest));
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call)
        {
            if (!metrics.WantsDurations) return next(request, call);
            var start = time.GetTimestamp();
            ValueTask<TReply> reply;
            try
            {
                reply = next(request, call);
            }
            catch (Exception error)
            {
                metrics.CallEnded(method, time.GetElapsedTime(start), error, waits);
                throw;
            }
            if (!reply.IsCompletedSuccessfully) return AwaitAsync(reply, start, waits);
            metrics.CallEnded(method, time.GetElapsedTime(start), error: null, waits);
            return reply;
        }
    }

    private async ValueTask<TReply> AwaitAsync<TReply>(ValueTask<TReply> reply, long start, bool waits)
    {
        Exception? failure = null;
        try
        {
            return await reply;
        }
        catch (Exception error)
        {
            failure = error;
            throw;
        }
        finally
        {
            metrics.CallEnded(method, time.GetElapsedTime(start), failure, waits);
        }
    }
}
