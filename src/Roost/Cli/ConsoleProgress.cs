using System.Globalization;
using Roost.Replay.Loading;

namespace Roost.Cli;

/// <summary>
/// Shows on standard error how far a long work is: on a terminal a bar with rate and time left, redrawn ten times a
/// second at most; elsewhere nothing, or a line per finished step when asked to be verbose. Thread-safe.
/// </summary>
internal sealed class ConsoleProgress(TextWriter output, bool isTerminal, bool verbose, TimeProvider time)
{
    private const int BarWidth = 30;
    private static readonly TimeSpan _redrawEvery = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private string _step = "";
    private long _stepStarted;
    private long _lastDrawn;
    private bool _finished = true;

    public static ConsoleProgress OnStandardError(bool verbose, TimeProvider time) =>
        new(Console.Error, !Console.IsErrorRedirected, verbose, time);

    public void Report(LoadStep step, long done, long total) => Report(NameOf(step), done, total);

    /// <param name="step">What is going on; another one than before starts a new bar.</param>
    public void Report(string step, long done, long total)
    {
        if (!isTerminal && !verbose) return;
        lock (_lock)
        {
            if (step != _step) Begin_NeedsLock(step);
            if (_finished) return;
            _finished = done >= total;
            if (isTerminal) Draw_NeedsLock(done, total);
            else if (_finished) output.WriteLine($"{step}: {Count(total)} in "
                + $"{Seconds(time.GetElapsedTime(_stepStarted))}");
        }
    }

    /// <summary>Leaves the cursor on a line of its own, for what is printed next.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (isTerminal && !_finished) output.WriteLine();
            _finished = true;
        }
    }

    private void Begin_NeedsLock(string step)
    {
        if (isTerminal && !_finished) output.WriteLine();
        _step = step;
        _stepStarted = time.GetTimestamp();
        _lastDrawn = 0;
        _finished = false;
    }

    private void Draw_NeedsLock(long done, long total)
    {
        var now = time.GetTimestamp();
        if (!_finished && _lastDrawn != 0 && time.GetElapsedTime(_lastDrawn, now) < _redrawEvery) return;
        _lastDrawn = now;
        var share = total == 0 ? 1 : (double)done / total;
        var elapsed = time.GetElapsedTime(_stepStarted, now);
        var rate = elapsed > TimeSpan.Zero ? done / elapsed.TotalSeconds : 0;
        var filled = (int)(share * BarWidth);
        var bar = new string('#', filled) + new string('.', BarWidth - filled);
        var left = _finished ? $"in {Seconds(elapsed)}" : rate > 0
            ? $"{Seconds(TimeSpan.FromSeconds((total - done) / rate))} left" : "";
        // \e[K clears what a longer line left behind.
        output.Write($"\r{_step,-9} [{bar}] {share * 100,3:0} %  {Count(done)} of {Count(total)}  "
            + $"{Count((long)rate)}/s  {left}\e[K");
        if (_finished) output.WriteLine();
    }

    private static string NameOf(LoadStep step) => step switch
    {
        LoadStep.Accounts => "accounts",
        LoadStep.Follows => "follows",
        LoadStep.Posts => "posts",
        LoadStep.FanOut => "fan-out",
        _ => "verify",
    };

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan span) => span.TotalMinutes >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min {span.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");
}
