using System.Globalization;
using Roost.Replay.Loading;
using Roost.Rpc;

namespace Roost.Scenarios;

/// <summary>What a run of a scenario came to.</summary>
/// <param name="World">Null when it did not come so far.</param>
/// <param name="Wall">All of it, world and checks included.</param>
internal sealed record ScenarioReport(
    Scenario Scenario, ScenarioSizes Sizes, ulong Seed, BuiltWorld? World, Verdict Verdict, long PeakMemoryBytes,
    TimeSpan Wall);

/// <summary>What tests do to a node behind a scenario's back, to see whether it finds out.</summary>
internal sealed record Sabotage
{
    /// <summary>Puts something before the functions that the scenario calls.</summary>
    public Func<LoadTarget, LoadTarget> Services { get; init; } = services => services;

    /// <summary>Given the data directory while the killed node is down.</summary>
    public Action<string> WhileDown { get; init; } = _ => { };
}

/// <summary>Plays one scenario from the empty directory to the verdict, and leaves nothing behind.</summary>
internal sealed class ScenarioRun(TimeProvider time, TextWriter live, bool isTerminal)
{
    /// <summary>Nobody waits longer for a verdict: something hangs then.</summary>
    private static readonly TimeSpan _lastsAtMost = TimeSpan.FromMinutes(30);

    /// <summary>For tests: by how much marks may be missed on a busy machine.</summary>
    internal double Slack { get; init; } = 1;

    /// <summary>For tests: see <see cref="Scenarios.Sabotage"/>.</summary>
    internal Sabotage Sabotage { get; init; } = new();

    /// <param name="data">Where to keep the data; null for a temporary directory.</param>
    /// <exception cref="ServiceException">It could not be played: says why.</exception>
    public async Task<ScenarioReport> RunAsync(
        Scenario scenario, WantedSizes wanted, ulong seed, string? data, CancellationToken ct)
    {
        var sizes = scenario.Scale(wanted);
        var started = time.GetTimestamp();
        var verdict = new Verdict(Slack);
        using var directory = ScenarioDirectory.Open(data);
        using var limit = new CancellationTokenSource(_lastsAtMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        await using var view = new LiveView(scenario.Name, live, isTerminal, time);
        await using var stage = new Stage(
            sizes, seed, directory.Path, time, view, verdict, Sabotage, either.Token);
        view.Start();
        try
        {
            await scenario.PlayAsync(stage);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new ServiceException(
                ErrorCode.DeadlineExceeded,
                string.Create(CultureInfo.InvariantCulture,
                    $"{scenario.Name} has not ended after {_lastsAtMost.TotalMinutes:0} minutes. Play it smaller: "
                    + $"--accounts."));
        }
        catch (OutOfMemoryException full)
        {
            throw new ServiceException(
                ErrorCode.Unavailable,
                $"There is not enough memory for {scenario.Name} at this size. Play it smaller: --accounts.",
                full.Message, full);
        }
        if (sizes != scenario.FullSize)
            verdict.Note("Not at full size: its marks are about another size, see --help.");
        return new ScenarioReport(
            scenario, sizes, seed, stage.World, verdict, PeakMemory.Bytes(), time.GetElapsedTime(started));
    }
}
