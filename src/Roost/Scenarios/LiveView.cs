using System.Globalization;
using Roost.Engine.Sketches;
using Roost.Scenarios.Measuring;

namespace Roost.Scenarios;

/// <summary>
/// Shows on a terminal what is going on: the step, and below it three lines of rates that are redrawn four times a
/// second. Elsewhere it shows nothing. Loads tell it of each answer, from any thread.
/// <code>
///  balse · the burst                                                       3.2 s
///    posts       143,120 /s   answered p50  0.81 ms  p99  3.10 ms
///    deliveries  9.81 M /s    behind by 1,204 posts
///    pages       0 /s         p50  –  p99  –
/// </code>
/// </summary>
internal sealed class LiveView(string scenario, TextWriter output, bool isTerminal, TimeProvider time)
    : IAsyncDisposable
{
    private const int Lines = 4;
    private static readonly TimeSpan _redrawEvery = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stopping = new();
    private readonly long _started = time.GetTimestamp();
    private Task _drawing = Task.CompletedTask;
    private volatile string _step = "";
    private volatile Phase _phase = new();
    private volatile PipelineMeters? _meters;
    private bool _hasDrawn;
    private Seen _seen;

    /// <summary>Starts drawing, if anybody looks.</summary>
    public void Start()
    {
        if (isTerminal) _drawing = DrawAsync();
    }

    /// <summary>Names what is going on from now on, and begins new percentiles.</summary>
    public void Step(string name)
    {
        _step = name;
        _phase = new Phase();
    }

    /// <summary>Shows a step while it is done; the reply is how long it took.</summary>
    public async Task<TimeSpan> StepAsync(string name, Func<Task> work)
    {
        Step(name);
        var started = time.GetTimestamp();
        await work();
        return time.GetElapsedTime(started);
    }

    /// <summary>Whose deliveries to show; null for nobody's.</summary>
    public void Watch(PipelineMeters? meters) => _meters = meters;

    public void Posted(TimeSpan latency)
    {
        if (isTerminal) _phase.Posts.Add(latency);
    }

    public void Read(TimeSpan latency)
    {
        if (isTerminal) _phase.Reads.Add(latency);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _drawing;
        _stopping.Dispose();
        Clear();
    }

    private async Task DrawAsync()
    {
        using var timer = new PeriodicTimer(_redrawEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token)) Draw();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how drawing ends.
        }
    }

    private void Draw()
    {
        var (phase, meters) = (_phase, _meters);
        var now = new Seen(
            time.GetTimestamp(), phase, phase.Posts.Count, phase.Reads.Count, meters?.Deliveries ?? _seen.Deliveries);
        var before = ReferenceEquals(_seen.Phase, phase) ? _seen : now with { Posts = 0, Reads = 0 };
        var seconds = Math.Max(1e-3, time.GetElapsedTime(_seen.Timestamp, now.Timestamp).TotalSeconds);
        var elapsed = time.GetElapsedTime(_started).TotalSeconds;
        Clear();
        output.WriteLine(Text($"{scenario} · {_step,-50} {elapsed:0.0} s"));
        output.WriteLine(Text(
            $"  posts       {(now.Posts - before.Posts) / seconds,12:N0} /s   answered {Percentiles(phase.Posts)}"));
        output.Write(Text($"  deliveries  {(now.Deliveries - before.Deliveries) / seconds,12:N0} /s   "));
        output.WriteLine(Text($"behind by {meters?.Lag() ?? 0:N0} posts"));
        output.WriteLine(Text(
            $"  pages       {(now.Reads - before.Reads) / seconds,12:N0} /s   {Percentiles(phase.Reads)}"));
        output.Flush();
        (_seen, _hasDrawn) = (now, true);
    }

    /// <summary>Goes back up over what was drawn before and wipes it.</summary>
    private void Clear()
    {
        if (_hasDrawn) output.Write(string.Concat(Enumerable.Repeat("\e[A\e[K", Lines)));
        _hasDrawn = false;
    }

    private static string Percentiles(LatencyTally tally)
    {
        if (tally.Count == 0) return "–";
        var (p50, p99) = (tally.Percentile(0.5).TotalMilliseconds, tally.Percentile(0.99).TotalMilliseconds);
        return Text($"p50 {p50:0.00} ms  p99 {p99:0.00} ms");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Phase
    {
        public LatencyTally Posts { get; } = new();

        public LatencyTally Reads { get; } = new();
    }

    private readonly record struct Seen(long Timestamp, Phase? Phase, long Posts, long Reads, long Deliveries);
}
