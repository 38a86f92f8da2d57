using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Roost.Rpc.Admin.Profiles;

/// <summary>What lives on the managed heap, by type: the runtime collects all generations, which stops the process for
/// as long as that takes, and tells each object's size and type.</summary>
/// <param name="Types">Those that take most first.</param>
/// <param name="Lost">Events that had no room: with any, the numbers are too small.</param>
internal sealed record HeapSummary(long Objects, long Bytes, IReadOnlyList<HeapType> Types, int Lost)
{
    // The runtime tells all of it in one go, while nothing reads.
    private const int BufferMegabytes = 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <exception cref="ServiceException">As of <see cref="EventTrace.CollectAsync"/>; also when it takes too
    /// long.</exception>
    public static async Task<HeapSummary> TakeAsync(TimeProvider time, CancellationToken ct)
    {
        using var place = EventTrace.Enter();
        EventPipeProvider[] providers =
        [
            new(
                "Microsoft-Windows-DotNETRuntime", EventLevel.Verbose,
                (long)ClrTraceEventParser.Keywords.GCHeapSnapshot),
        ];
        try
        {
            using var session = await new DiagnosticsClient(Environment.ProcessId)
                .StartEventPipeSessionAsync(providers, requestRundown: false, BufferMegabytes, ct);
            var counter = new Counter(() => session.Stop());
            return await Task.Factory.StartNew(
                    () => counter.Read(session.EventStream), CancellationToken.None, TaskCreationOptions.LongRunning,
                    TaskScheduler.Default)
                .WaitAsync(_patience, time, ct);
        }
        catch (DiagnosticsClientException failure)
        {
            throw EventTrace.Off(failure);
        }
        catch (TimeoutException late)
        {
            throw new ServiceException(
                ErrorCode.DeadlineExceeded,
                $"The heap could not be counted within {_patience.TotalSeconds:0} s. Take a dump instead.",
                inner: late);
        }
    }

    private sealed class Counter(Action stop)
    {
        private readonly Dictionary<ulong, string> _names = [];
        private readonly Dictionary<ulong, (long Objects, long Bytes)> _types = [];

        // The collection that the objects are told of; null before it.
        private int? _collection;

        public HeapSummary Read(Stream events)
        {
            using var source = new EventPipeEventSource(events);
            source.Clr.TypeBulkType += data =>
            {
                for (var i = 0; i < data.Count; i++) _names[data.Values(i).TypeID] = data.Values(i).TypeName;
            };
            source.Clr.GCBulkNode += data =>
            {
                for (var i = 0; i < data.Count; i++)
                {
                    var node = data.Values(i);
                    var known = _types.GetValueOrDefault(node.TypeID);
                    _types[node.TypeID] = (known.Objects + 1, known.Bytes + (long)node.Size);
                }
            };
            source.Clr.GCStart += data =>
            {
                if (data.Depth == 2 && data.Reason == Microsoft.Diagnostics.Tracing.Parsers.Clr.GCReason.Induced)
                    _collection ??= data.Count;
            };
            source.Clr.GCStop += data =>
            {
                if (data.Count == _collection) ThreadPool.UnsafeQueueUserWorkItem(_ => stop(), null);
            };
            source.Process();
            return new HeapSummary(
                _types.Values.Sum(one => one.Objects), _types.Values.Sum(one => one.Bytes),
                [
                    .. _types.OrderByDescending(one => one.Value.Bytes).Select(one => new HeapType(
                        _names.GetValueOrDefault(one.Key, "?"), one.Value.Objects, one.Value.Bytes)),
                ],
                source.EventsLost);
        }
    }
}

/// <summary>All objects of one type.</summary>
internal sealed record HeapType(string Name, long Objects, long Bytes);
