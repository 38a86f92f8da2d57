using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin.Calls;

namespace Roost.Rpc.Admin;

/// <summary>
/// What figures were, step by step, for the last hour: in memory, 4 bytes a figure and step, so 86 KB for thirty.
/// </summary>
/// <remarks>
/// Every step reads the collector once, which is what it costs: for the instruments that Roost's own figures need, some
/// 0.1 ms each 5 s. Reading is thread-safe, and does not wait for steps.
/// </remarks>
public sealed partial class MetricsHistory : IAsyncDisposable
{
    public const int StepsMax = 720;

    private readonly MetricsCollector _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly FigureReader[] _readers;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();

    // A ring of steps for each reader; they and the number of steps taken are guarded by _lock.
    private readonly float[][] _rings;
    private long _steps;
    private DateTimeOffset _at;

    // The loop's own.
    private long _before;
    private Task _running = Task.CompletedTask;

    /// <param name="metrics">Listens at least to the figures' instruments; not disposed.</param>
    public MetricsHistory(
        MetricsCollector metrics, IReadOnlyList<Figure> figures, TimeProvider time, ILogger<MetricsHistory> log)
    {
        ArgumentNullException.ThrowIfNull(time);
        (_metrics, _time, _log) = (metrics, time, log);
        _readers = [.. figures.Select(figure => new FigureReader(figure))];
        _rings = [.. figures.Select(_ => new float[StepsMax])];
        _at = time.GetUtcNow();
        MeasureAll(isKept: false);
    }

    /// <summary>How far apart the numbers are.</summary>
    public static TimeSpan Step { get; } = TimeSpan.FromSeconds(5);

    /// <summary>What is to happen after each step. Set it before the start.</summary>
    public Action Stepped { get; set; } = () => { };

    /// <summary>The calls of the process's services, and its own to others, of the same steps.</summary>
    internal CallHistory Calls { get; } = new();

    /// <summary>Begins to take a step each five seconds.</summary>
    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    /// <param name="window">How far back, an hour at most.</param>
    public RecordedFigures Read(TimeSpan window)
    {
        lock (_lock)
        {
            var steps = (int)Math.Min(Math.Min(_steps, StepsMax), Math.Max(0, window.Ticks / Step.Ticks));
            var values = new Dictionary<string, float[]>(_readers.Length);
            for (var i = 0; i < _readers.Length; i++)
            {
                var taken = new float[steps];
                for (var j = 0; j < steps; j++) taken[j] = _rings[i][(_steps - steps + j) % StepsMax];
                values.Add(_readers[i].Figure.Name, taken);
            }
            return new RecordedFigures(_at, _steps, steps, values);
        }
    }

    /// <summary>How many there were, together, of figures that are told by the second.</summary>
    /// <param name="window">How far back, an hour at most.</param>
    public long CountOf(IReadOnlyList<Figure> figures, TimeSpan window)
    {
        var recorded = Read(window);
        var all = figures.SelectMany(recorded.Of).Where(float.IsFinite).Sum(value => (double)value);
        return (long)Math.Round(all * Step.TotalSeconds);
    }

    /// <summary>Takes a step now.</summary>
    internal void Take()
    {
        var values = MeasureAll(isKept: true);
        lock (_lock)
        {
            for (var i = 0; i < values.Length; i++) _rings[i][_steps % StepsMax] = (float)values[i];
            _steps++;
            _at = _time.GetUtcNow();
        }
        Stepped();
    }

    /// <summary>What each figure is now, over the time since it was read last.</summary>
    private double[] MeasureAll(bool isKept)
    {
        var families = _metrics.Read().ToLookup(family => family.Name, StringComparer.Ordinal);
        var seconds = Math.Max(_time.GetElapsedTime(_before).TotalSeconds, 0.001);
        _before = _time.GetTimestamp();
        Calls.Take(families, seconds, isKept);
        return [.. _readers.Select(reader => reader.Read(families[reader.Figure.Instrument], seconds))];
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Step, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                try
                {
                    Take();
                }
                catch (Exception failure)
                {
                    // An instrument's own code runs here. One that fails leaves a gap, and must not end the record.
                    NotTaken(_log, failure);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step of the figures' history could not be taken.")]
    private static partial void NotTaken(ILogger log, Exception failure);
}

/// <summary>What figures were.</summary>
/// <param name="At">When the last step was taken.</param>
/// <param name="Number">How many steps were taken since the start, older ones than these included.</param>
/// <param name="Count">How many there are of each.</param>
/// <param name="Values">By the figure's name, the oldest first; NaN where there was nothing.</param>
public sealed record RecordedFigures(
    DateTimeOffset At, long Number, int Count, IReadOnlyDictionary<string, float[]> Values)
{
    /// <summary>What a figure was, the oldest first; nothing, when it is not recorded here.</summary>
    public float[] Of(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        if (Values.TryGetValue(figure.Name, out var values)) return values;
        var nothing = new float[Count];
        Array.Fill(nothing, float.NaN);
        return nothing;
    }
}
