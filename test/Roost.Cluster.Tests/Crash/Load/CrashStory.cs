using System.Globalization;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>One data directory's life: loaded, killed, started again, accounted for, as often as the test wants.</summary>
internal sealed class CrashStory(string directory, int seed, int homesPerRound, Action<string> tell) : IAsyncDisposable
{
    private const int FollowsAtFirst = 8;
    private const int DifferencesShown = 20;
    private const int KilledExitCode = 128 + 9;

    private readonly Random _random = new(seed);
    private readonly TimeProvider _time = TimeProvider.System;
    private NetworkModel _model = new([]);
    private RoostProcess? _process;
    private Client? _client;
    private int _answers;
    private int _settled;

    private RoostProcess Process => _process ?? throw new InvalidOperationException("Nothing has been started yet.");

    private Client Client => _client ?? throw new InvalidOperationException("Nothing has been started yet.");

    /// <summary>Starts on the empty directory, registers everybody, and has each follow some others.</summary>
    public async Task BeginAsync(int people, CancellationToken ct)
    {
        await StartAsync(ct);
        var app = await Client.AppTokenAsync(ct);
        var joined = new Person[people];
        // A few at a time: each is a password hash, and on a busy machine the last of fifty would wait for longer than a request may.
        await Parallel.ForEachAsync(joined.Index(), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct },
            async (one, inner) => joined[one.Index] = await Client.JoinAsync(app, $"writer_{one.Index}", inner));
        _model = new NetworkModel(joined);
        await Parallel.ForEachAsync(DrawFollows(people), ct, async (follow, inner) =>
        {
            var reply = await follow.TrySendAsync(Client, _model.People, inner);
            Assert.NotNull(reply);
            _model.Take(follow, reply);
        });
    }

    /// <summary>Load, SIGKILL in the middle of it, a restart, and the account.</summary>
    public async Task KillUnderLoadAsync(int round, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        // From a handful, when half of the code has not run yet, to a thousand: as many small ones as big ones.
        var wanted = (int)(5 * Math.Pow(200, _random.NextDouble()));
        var load = new LoadRun(_model, Client, wanted, _random.Next());
        var unanswered = await load.RunAsync(Process.Kill, ct);
        await CheckKilledAsync(load, wanted, ct);

        await StartAsync(ct);
        var settlement = new Settlement(_model, Client);
        await settlement.RunAsync(unanswered, ct);
        _answers += load.Answers;
        _settled += unanswered.Count;
        await AccountAsync($"kill {round}", Homes(), isFull: false, ct);
        tell(string.Create(CultureInfo.InvariantCulture,
            $"kill {round}: {load.Answers} answered, {unanswered.Count} cut off of which {settlement.Done} (posts aside) were done; "
            + $"ready again after {Process.ReadyAfter.TotalSeconds:0.00} s; round took {_time.GetElapsedTime(started).TotalSeconds:0.0} s"));
    }

    /// <summary>Load without a kill, and the account: by now the inboxes are what fan-out made them.</summary>
    public async Task LoadAsync(int round, CancellationToken ct)
    {
        var homes = Homes();
        // Whoever has read has an inbox, which the load now fills and whose followees it changes.
        await AccountAsync($"kill {round}, read again", homes, isFull: false, ct);
        var load = new LoadRun(_model, Client, _random.Next(100, 400), _random.Next());
        var unanswered = await load.RunAsync(() => { }, ct);
        Assert.True(unanswered.Count == 0, $"The server went away by itself:\n{Process.Error}");
        _answers += load.Answers;
        await AccountAsync($"kill {round} and load without a kill", homes, isFull: false, ct);
    }

    /// <summary>The whole account of everybody, before and after a last, orderly stop.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        var everybody = Enumerable.Range(0, _model.People.Count).ToList();
        await AccountAsync("all kills", everybody, isFull: true, ct);
        Process.Stop();
        var end = await Process.EndAsync(ct);
        Assert.True(end.ExitCode == 0, $"Stopped by SIGTERM, it ended with {end}");
        CheckLog();
        await StartAsync(ct);
        await AccountAsync("an orderly stop", everybody, isFull: true, ct);
        tell($"{_answers} answers, {_settled} requests cut off, {_model.Posts.Count} posts of which "
            + $"{_model.Posts.Count(post => post.IsGone)} deleted: all accounted for.");
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null) await _process.DisposeAsync();
    }

    private List<Operation> DrawFollows(int people) =>
    [
        .. from account in Enumerable.Range(0, people)
           from step in _random.GetItems(Enumerable.Range(1, people - 1).ToArray(), FollowsAtFirst).Distinct()
           select new Operation(OperationKind.Follow, account, 0, (account + step) % people),
    ];

    private int[] Homes() => _random.GetItems(Enumerable.Range(0, _model.People.Count).ToArray(), homesPerRound);

    private async Task StartAsync(CancellationToken ct)
    {
        await DisposeAsync();
        _process = await RoostProcess.UpAsync(directory, ct);
        _client = new Client(_process.Url);
    }

    private async Task CheckKilledAsync(LoadRun load, int wanted, CancellationToken ct)
    {
        Assert.True(load.Answers >= wanted, $"The server went away by itself after {load.Answers} of {wanted} answers:\n{Process.Error}");
        var end = await Process.EndAsync(ct);
        Assert.True(end.ExitCode == KilledExitCode, $"Killed by SIGKILL, it ended with {end}");
        CheckLog();
    }

    private void CheckLog()
    {
        var bad = Process.Error.Split('\n').Where(line => line.StartsWith("fail:", StringComparison.Ordinal)
            || line.StartsWith("crit:", StringComparison.Ordinal) || line.StartsWith("Unhandled", StringComparison.Ordinal)).ToList();
        Assert.True(bad.Count == 0, $"The process told of errors of its own:\n{string.Join('\n', bad)}");
    }

    private async Task AccountAsync(string when, IEnumerable<int> homes, bool isFull, CancellationToken ct)
    {
        var differences = await new Accounting(_model, Client).RunAsync(homes.Distinct(), isFull, ct);
        Assert.True(differences.Count == 0,
            $"After {when}, {differences.Count} things are not as they were acknowledged (seed {seed}):\n"
            + string.Join('\n', differences.Take(DifferencesShown)) + $"\nstderr:\n{Process.Error}");
    }
}
