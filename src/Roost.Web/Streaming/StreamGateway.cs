using System.Collections.Concurrent;
using Roost.Services.Push;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

/// <summary>
/// Holds the connections of all streams: keeps them alive with a heartbeat every 15 s, spread over the seconds, and
/// ends those whose token has ended or whose readers are too slow.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed partial class StreamGateway
{
    /// <summary>Seconds from one heartbeat to the next.</summary>
    private const int Buckets = 15;

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>How long a reader has to take the farewell.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    private readonly Site _site;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<StreamConnection>[] _connections;
    private readonly ConcurrentQueue<(StreamConnection Connection, long Since)> _ending = new();
    private int _nextBucket;
    private int _beat;

    public StreamGateway(Site site, ILogger<StreamGateway> logger)
    {
        (_site, _time, _logger) = (site, site.Time, logger);
        _connections = new List<StreamConnection>[Buckets];
        for (var i = 0; i < Buckets; i++)
            _connections[i] = [];
        site.Services.Push.Attach(new StreamDelivery(site, NotRendered, Dropped).Deliver);
    }

    /// <summary>Ends when the server has stopped and all connections have been told.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Connections that are open.</summary>
    public int Count => _connections.Sum(bucket => bucket.Count);

    public void Add(StreamConnection connection)
    {
        var bucket = (int)((uint)Interlocked.Increment(ref _nextBucket) % Buckets);
        lock (_connections[bucket])
        {
            connection.Slot = (bucket, _connections[bucket].Count);
            _connections[bucket].Add(connection);
        }
    }

    public void Remove(StreamConnection connection)
    {
        connection.Gone();
        var bucket = _connections[connection.Slot.Bucket];
        lock (bucket)
        {
            var place = connection.Slot.Place;
            bucket[place] = bucket[^1];
            bucket[place].Slot = (bucket[place].Slot.Bucket, place);
            bucket.RemoveAt(bucket.Count - 1);
        }
    }

    /// <summary>Begins to beat and to watch. Once stopped it ends all connections: else stopping would wait for
    /// them.</summary>
    public void Start(CancellationToken stopping) => Running = RunAsync(stopping);

    private async Task RunAsync(CancellationToken stopping)
    {
        // On its own: heartbeats do not wait for answers.
        var watching = new TokenWatch(
            _site.Services.Users, All, EndRevoked, _site.Options.RequestTimeout, _time, _logger).RunAsync(stopping);
        using var timer = new PeriodicTimer(_second, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
                Tick();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // That is how it ends.
        }
        await watching;
        foreach (var connection in All())
            connection.End(Farewell.Stopping);
    }

    /// <summary>Bytes of an event for whom it is replayed to.</summary>
    public StreamMessage Replayed(PushedEvent pushed) => new(pushed, _site, isLive: false);

    private void Dropped(StreamConnection connection) => _ending.Enqueue((connection, _time.GetTimestamp()));

    private void NotRendered(StreamMessage message, Exception failure) =>
        NotRendered(_logger, failure, message.Pushed.Kind, message.Pushed.Place.Seq);

    private void Tick()
    {
        _beat = (_beat + 1) % Buckets;
        foreach (var connection in Bucket(_beat))
        {
            if (connection.Send(connection.Framing.Heartbeat) == Sent.ToFlush)
                connection.Flush();
        }
        while (_ending.TryPeek(out var first) && _time.GetElapsedTime(first.Since) >= _grace)
        {
            _ending.TryDequeue(out _);
            if (!first.Connection.Ended.IsCompleted)
                first.Connection.Abort();
        }
    }

    private void EndRevoked(StreamConnection connection)
    {
        connection.End(Farewell.TokenEnded);
        Dropped(connection);
    }

    private StreamConnection[] Bucket(int bucket)
    {
        lock (_connections[bucket])
            return [.. _connections[bucket]];
    }

    private IEnumerable<StreamConnection> All() => Enumerable.Range(0, Buckets).SelectMany(Bucket);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The event {Kind} at {Seq} cannot be shown; streams go without it. This is a bug.")]
    private static partial void NotRendered(ILogger logger, Exception failure, PushedKind kind, uint seq);
}
