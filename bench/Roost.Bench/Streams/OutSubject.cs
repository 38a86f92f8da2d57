using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Roost.Bench.Streams;

/// <summary>Something with open streams that can be told to send: Roost itself, or a peer of it.</summary>
internal abstract class OutSubject(string name, StreamLoad load) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>Who reads its streams.</summary>
    public StreamLoad Load { get; } = load;

    /// <summary>Whether it is known when the system has all that is sent: with <see cref="SendAsync"/>.</summary>
    public virtual bool KnowsWritten => true;

    /// <summary>Sends to each stream as many messages at once.</summary>
    public abstract Task<Took> SendAsync(int length, int count);

    /// <summary>Processor time of the server so far, in ns.</summary>
    public abstract Task<double> UsageAsync();

    public virtual void Dispose() => Load.Dispose();

    /// <param name="Seconds">Until all was written.</param>
    /// <param name="HandingOver">What of it was writing alone, in seconds.</param>
    public readonly record struct Took(double Seconds, double HandingOver);

    /// <summary>Constant bytes, from another process.</summary>
    internal sealed class Peer : OutSubject
    {
        private readonly LineProcess _process;

        private Peer(string name, LineProcess process, StreamLoad load) : base(name, load) => _process = process;

        public override bool KnowsWritten => Name != StreamsPeer.Bare;

        public static async Task<Peer> StartAsync(string kind, string[] tokens, string directory)
        {
            var (process, url) = await StreamsPeer.StartAsync(kind);
            var load = await StreamLoad.OpenAsync(url, BareStreams.Path, tokens, 0, atOnce: true, directory);
            return new Peer(kind, process, load);
        }

        public override async Task<Took> SendAsync(int length, int count)
        {
            var seconds = Parsed(await _process.AskAsync($"send {length} {count}"));
            return new Took(seconds, seconds);
        }

        public override async Task<double> UsageAsync() => Parsed(await _process.AskAsync("usage"));

        public override void Dispose()
        {
            base.Dispose();
            _process.Dispose();
        }

        private static double Parsed(string number) => double.Parse(number, CultureInfo.InvariantCulture);
    }

    /// <summary>Roost: posts are made, committed, matched and handed over; all in this process.</summary>
    internal sealed class Ours : OutSubject
    {
        private const string DeliveryTime = "roost.push.delivery_time";

        private readonly StreamsWorld _world;
        private readonly MeterListener _listener = new();
        private double _handingOver;

        public Ours(string path, StreamsWorld world, StreamLoad load) : base(path, load)
        {
            _world = world;
            _listener.InstrumentPublished = static (instrument, own) =>
            {
                if (instrument.Name == DeliveryTime)
                    own.EnableMeasurementEvents(instrument);
            };
            // Told by the one loop that hands over, which has ended by the time that it is read.
            _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => _handingOver += seconds);
            _listener.Start();
        }

        public override async Task<Took> SendAsync(int length, int count)
        {
            var (start, before) = (Stopwatch.GetTimestamp(), _handingOver);
            if (count == 1)
                await _world.PostAsync(CancellationToken.None);
            else
                await _world.PostManyAsync(count, CancellationToken.None);
            await _world.HandedOverAsync(CancellationToken.None);
            return new Took(Stopwatch.GetElapsedTime(start).TotalSeconds, _handingOver - before);
        }

        public override Task<double> UsageAsync() =>
            Task.FromResult(Environment.CpuUsage.TotalTime.TotalNanoseconds);

        public override void Dispose()
        {
            _listener.Dispose();
            base.Dispose();
        }
    }
}
