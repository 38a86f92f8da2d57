using System.Globalization;
using Xunit;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>A town's life under load: killed, started again, accounted for, as often as the test wants.</summary>
internal sealed class CrashStory(Town town, string directory, int seed, int homesPerRound, Action<string> tell)
{
    private const int FollowsAtFirst = 8;

    private readonly Random _random = new(seed);
    private readonly TimeProvider _time = TimeProvider.System;
    private int _answers;
    private int _cutOff;

    private int People => town.Model.People.Count;

    /// <summary>Has everybody follow some others.</summary>
    public Task BeginAsync(CancellationToken ct) =>
        Parallel.ForEachAsync(DrawFollows(), ct, async (follow, inner) => await town.SendAsync(follow, inner));

    /// <summary>Load, SIGKILL in the middle of it, a restart, and the account.</summary>
    public async Task KillUnderLoadAsync(int round, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        // From a handful, when half of the code has not run yet, to a thousand: as many small ones as big ones.
        var wanted = (int)(5 * Math.Pow(200, _random.NextDouble()));
        var load = new LoadRun(town.Model, town.Client, wanted, _random.Next());
        var cutOff = await load.RunAsync(town.Process.Kill, ct);
        Assert.True(load.Answers >= wanted,
            $"The server went away by itself after {load.Answers} of {wanted} answers:\n{town.Process.Error}");
        await town.EndKilledAsync(ct);
        CheckLog();
        if (_random.Next(3) == 0) await KillWhileStartingAsync(ct);

        await town.StartAsync(ct);
        var settlement = new Settlement(town.Model, town.Client);
        await settlement.RunAsync(cutOff, ct);
        _answers += load.Answers;
        _cutOff += cutOff.Count;
        await town.AccountAsync($"kill {round}", Homes(), isFull: false, ct);
        tell(string.Create(CultureInfo.InvariantCulture,
            $"kill {round}: {load.Answers} answered, {cutOff.Count} cut off of which {settlement.Done} (posts aside) were done; "
            + $"ready again after {town.Process.ReadyAfter.TotalSeconds:0.00} s; "
            + $"round took {_time.GetElapsedTime(started).TotalSeconds:0.0} s"));
    }

    /// <summary>Load without a kill, and the account: by now the inboxes are what fan-out made them.</summary>
    public async Task LoadAsync(int round, CancellationToken ct)
    {
        var homes = Homes();
        // Whoever has read has an inbox, which the load now fills and whose followees it changes.
        await town.AccountAsync($"kill {round}, read again", homes, isFull: false, ct);
        var load = new LoadRun(town.Model, town.Client, _random.Next(200, 600), _random.Next());
        var cutOff = await load.RunAsync(() => { }, ct);
        Assert.True(cutOff.Count == 0, $"The server went away by itself:\n{town.Process.Error}");
        _answers += load.Answers;
        await town.AccountAsync($"kill {round} and load without a kill", homes, isFull: false, ct);
    }

    /// <summary>The whole account of everybody, before and after a last, orderly stop.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        await town.AccountFullyAsync("all kills", ct);
        await town.StopAsync(ct);
        CheckLog();
        await town.StartAsync(ct);
        await town.AccountFullyAsync("an orderly stop", ct);
        var posts = town.Model.Posts;
        tell($"{_answers} answers, {_cutOff} requests cut off, {posts.Count} posts of which {posts.Count(post => post.IsGone)} deleted: "
            + "all accounted for.");
    }

    private List<Operation> DrawFollows() =>
    [
        .. from account in Enumerable.Range(0, People)
           from step in _random.GetItems(Enumerable.Range(1, People - 1).ToArray(), FollowsAtFirst).Distinct()
           select new Operation(OperationKind.Follow, account, 0, (account + step) % People),
    ];

    private int[] Homes() => _random.GetItems(Enumerable.Range(0, People).ToArray(), homesPerRound);

    /// <summary>Recovery must bear to be broken off, too, wherever it is. The delay is the instant itself: nothing is
    /// waited for.</summary>
    private async Task KillWhileStartingAsync(CancellationToken ct)
    {
        await using var process = RoostProcess.Start("up", "--no-preview-cards", "--data", directory, "--listen", "http://127.0.0.1:0");
        await Task.Delay(town.Process.ReadyAfter * (1.2 * _random.NextDouble()), _time, ct);
        await process.KillAsync(ct);
    }

    private void CheckLog()
    {
        var bad = town.Process.Error.Split('\n').Where(line => line.StartsWith("fail:", StringComparison.Ordinal)
            || line.StartsWith("crit:", StringComparison.Ordinal) || line.StartsWith("Unhandled", StringComparison.Ordinal)).ToList();
        Assert.True(bad.Count == 0, $"The process told of errors of its own:\n{string.Join('\n', bad)}");
    }
}
