using System.Diagnostics;

namespace Roost.Bench.Frame;

/// <summary>One of the things compared: a name, and a run of it that answers how many operations it did.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="RunAsync">
/// Does enough operations to take some 50 ms or more, and returns their number. What it sets up itself is measured
/// too, so set up before. A run that completes synchronously costs no thread switch.
/// </param>
internal sealed record Subject(string Name, Func<ValueTask<long>> RunAsync)
{
    /// <summary>A subject that runs on the calling thread.</summary>
    public Subject(string name, Func<long> run) : this(name, () => ValueTask.FromResult(run())) { }
}

/// <summary>What a subject took, one entry per round.</summary>
internal sealed record Measured(string Name, double[] NanosecondsPerOperation, double BytesPerOperation)
{
    public double Nanoseconds => Rounds.Median(NanosecondsPerOperation);

    public double PerSecond => 1e9 / Nanoseconds;

    /// <summary>
    /// How many times as fast as <paramref name="peer"/>: the median over rounds of the ratio within the round, so that
    /// a slow spell of the machine, which hits both, cancels out.
    /// </summary>
    public double TimesAsFastAs(Measured peer) =>
        Rounds.Median([.. peer.NanosecondsPerOperation.Zip(NanosecondsPerOperation, (other, mine) => other / mine)]);
}

/// <summary>
/// Measures subjects in turns, so that all of them meet the same moods of a shared machine: A B, then B A, then A B, …
/// Going back and forth cancels what drifts steadily. Two rounds beforehand, unmeasured, let the JIT settle. The heap
/// is collected before each run, outside the clock, unless <see cref="BenchSettings.Collect"/> says no.
/// </summary>
internal static class Rounds
{
    private const int WarmUps = 2;

    /// <summary>Runs all; the results are in the order of <paramref name="subjects"/>.</summary>
    public static async Task<Measured[]> RunAsync(
        BenchSettings settings, IReadOnlyList<Subject> subjects, CancellationToken cancellation = default)
    {
        var times = subjects.Select(_ => new double[settings.Rounds]).ToArray();
        var bytes = subjects.Select(_ => new double[settings.Rounds]).ToArray();
        var warmUps = settings.Quick ? 0 : WarmUps;
        for (var round = -warmUps; round < settings.Rounds; round++)
        {
            for (var turn = 0; turn < subjects.Count; turn++)
            {
                cancellation.ThrowIfCancellationRequested();
                var index = (round & 1) == 0 ? turn : subjects.Count - 1 - turn;
                var (nanoseconds, allocated) = await MeasureAsync(subjects[index], settings.Collect);
                if (round < 0) continue;
                times[index][round] = nanoseconds;
                bytes[index][round] = allocated;
            }
            await Console.Error.WriteLineAsync(round < 0 ? "warm-up" : $"round {round + 1} of {settings.Rounds}");
        }
        return [.. subjects.Select((subject, i) => new Measured(subject.Name, times[i], Median(bytes[i])))];
    }

    /// <summary>The same, for benchmarks that never await.</summary>
    public static Measured[] Run(BenchSettings settings, params IReadOnlyList<Subject> subjects) =>
        RunAsync(settings, subjects).GetAwaiter().GetResult();

    /// <summary>
    /// The middle value, or the mean of the two in the middle; <paramref name="values"/> are left as they are.
    /// </summary>
    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("There is no median of no values.", nameof(values));
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static async ValueTask<(double Nanoseconds, double Bytes)> MeasureAsync(Subject subject, bool collect)
    {
        if (collect) GC.Collect();
        var bytesBefore = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        var operations = await subject.RunAsync();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - bytesBefore;
        if (operations <= 0)
            throw new InvalidOperationException(
                $"'{subject.Name}' says it did {operations} operations; it must count them.");
        return (elapsed.TotalNanoseconds / operations, (double)bytes / operations);
    }
}
