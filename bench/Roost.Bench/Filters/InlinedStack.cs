using System.Diagnostics.Metrics;
using Roost.Rpc;
using Roost.Rpc.Tracing;

namespace Roost.Bench.Filters;

/// <summary>
/// What <see cref="Roost.Rpc.Filters.ServiceStack"/> does for a reply that is there at once, written by hand into one
/// function: the clock, whether somebody traces, the deadline, the place, the metric.
/// </summary>
internal sealed class InlinedStack(IMeterFactory meters, TimeProvider time) : IDisposable
{
    private readonly Histogram<double> _duration = meters.Create(new MeterOptions("Inlined"))
        .CreateHistogram<double>("duration");
    private readonly SemaphoreSlim _places = new(1024, 1024);
    private readonly TimeSpan _timeoutMax = TimeSpan.FromSeconds(10);

    public void Dispose() => _places.Dispose();

    public Service<TRequest, TReply> Wrap<TRequest, TReply>(
        string method, Service<TRequest, TReply> service) => (request, call) =>
    {
        var start = time.GetTimestamp();
        if (Spans.AreOn) throw new InvalidOperationException("Written for when nobody traces.");
        if (call.Deadline.HasPassed(time)) throw new ServiceException(ErrorCode.DeadlineExceeded, "Too late.");
        var deadline = Deadline.Earlier(call.Deadline, Deadline.After(_timeoutMax, time));
        if (!_places.Wait(0, CancellationToken.None)) throw new ServiceException(ErrorCode.Overloaded, "Full.");
        try
        {
            var reply = service(request, new Call(deadline, call.Cancellation));
            if (!reply.IsCompletedSuccessfully)
                throw new InvalidOperationException("Written for replies that are there at once.");
            return reply;
        }
        finally
        {
            _places.Release();
            _duration.Record(
                time.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("rpc.method", method));
        }
    };
}
