using System.Diagnostics;
using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>
/// Runs a cluster's processes: starts the engines, then all others together, for these wait for each other, and what
/// stands by for them last; starts again those that end by themselves; stops all, role by role. What happens is told
/// as lines.
/// </summary>
internal sealed class ClusterRun
{
    private static readonly TimeSpan _pauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pauseMax = TimeSpan.FromSeconds(30);

    /// <summary>Who ran that long had no trouble with starting, and is started again at once.</summary>
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(10);

    /// <summary>A gateway may take 15 s to answer what has begun, a server writes its index.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly ClusterOptions _options;
    private readonly IReadOnlyList<ClusterPart> _parts;
    private readonly Action<string> _tell;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly DateTimeOffset _started;

    // By the parts' order, under the lock.
    private readonly RunningPart?[] _running;
    private readonly BegunProcess?[] _beginning;
    private readonly int[] _starts;

    private ClusterRun(ClusterOptions options, Action<string> tell, TimeProvider time)
    {
        (_options, _tell, _time) = (options, tell, time);
        _parts = ClusterPlan.Of(options);
        _running = new RunningPart?[_parts.Count];
        _beginning = new BegunProcess?[_parts.Count];
        _starts = new int[_parts.Count];
        using var own = Process.GetCurrentProcess();
        _started = own.StartTime.ToUniversalTime();
    }

    /// <summary>Until <paramref name="ct"/> is cancelled, or something does not start.</summary>
    /// <param name="tell">Is told what happens, a line each; from several threads.</param>
    /// <exception cref="ServiceException">An engine is not installed, or a part does not start; all are stopped.
    /// </exception>
    public static async Task RunAsync(
        ClusterOptions options, Action<string> tell, TimeProvider time, CancellationToken ct)
    {
        if (Programs.Missing is { } missing) throw new ServiceException(ErrorCode.Unavailable, missing);
        if (options.EtcdMembers > 0 && Programs.Etcd is null)
            throw new ServiceException(ErrorCode.Unavailable, Programs.EtcdMissing);
        if (ClusterRecord.Read(options.Directory) is { Runs: true } other)
        {
            throw new ServiceException(
                ErrorCode.Conflict, $"A cluster runs in {options.Directory} already (process {other.Supervisor}).");
        }
        await EndLeftAsync(options.Directory, tell, time, ct);
        if (options.EtcdMembers == 0) BeginStore(options.Directory, tell);
        var run = new ClusterRun(options, tell, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watching = new List<Task>();
        try
        {
            foreach (var together in Enumerable.Range(0, run._parts.Count)
                .GroupBy(i => run._parts[i].Stage).OrderBy(stage => stage.Key))
            {
                await run.StartAsync(together, ct);
                watching.AddRange(together.Select(i => run.WatchAsync(i, stop.Token)));
            }
            tell($"The network is at {options.Listen.GetLeftPart(UriPartial.Authority)}. Stop it with Ctrl-C.");
            await Task.WhenAll(watching);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(watching);
            await run.StopAsync();
        }
    }

    /// <summary>What is there still of one whose first process was killed would be in the way.</summary>
    private static async Task EndLeftAsync(
        string directory, Action<string> tell, TimeProvider time, CancellationToken ct)
    {
        if (ClusterRecord.Read(directory) is not { } left) return;
        var ended = await ClusterEnd.EndAsync(left, _patience, time, ct);
        if (ended > 0) tell($"{ended} processes have ended that an earlier cluster had left here.");
    }

    /// <summary>What an earlier cluster knew of its processes is of no use to this one's.</summary>
    private static void BeginStore(string directory, Action<string> tell)
    {
        var store = ClusterPlan.StoreFile(directory);
        foreach (var file in Directory.EnumerateFiles(directory, Path.GetFileName(store) + "*")) File.Delete(file);
        var why = Programs.Etcd is null ? " " + Programs.EtcdMissing : "";
        tell($"Processes find each other through the file {store}.{why}");
    }

    /// <summary>All at the same time; when one does not start, none of them is waited for any more.</summary>
    private async Task StartAsync(IEnumerable<int> indexes, CancellationToken ct)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(indexes.Select(async i =>
        {
            try
            {
                await StartAsync(i, failed.Token);
            }
            catch (ServiceException)
            {
                await failed.CancelAsync();
                throw;
            }
        }));
    }

    private async Task StartAsync(int index, CancellationToken ct)
    {
        RunningPart? running = null;
        try
        {
            running = await _parts[index].StartAsync(child => Begun(index, child), ct);
        }
        finally
        {
            lock (_lock)
            {
                _beginning[index] = null;
                _running[index] = running;
                if (running is not null) _starts[index]++;
                Record_NeedsLock();
            }
        }
        var part = _parts[index];
        _tell(running.Admin is { } admin
            ? $"{part.Name} (process {running.Child.Id}) is ready at {running.Url}; admin pages: {admin}admin"
            : $"{part.Name} (process {running.Child.Id}) is ready at {running.Url}");
    }

    /// <summary>Recorded before it is of use: should this process be killed now, it is known whom it leaves.</summary>
    private void Begun(int index, Child child)
    {
        lock (_lock)
        {
            _beginning[index] = new BegunProcess(child.Id, child.Started);
            Record_NeedsLock();
        }
    }

    /// <summary>Starts the part again whenever it has ended, after longer and longer pauses when it ends soon; ends
    /// when <paramref name="ct"/> is cancelled.</summary>
    private async Task WatchAsync(int index, CancellationToken ct)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            var child = _running[index]!.Child;
            var since = _time.GetTimestamp();
            await child.Ended.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ct.IsCancellationRequested) return;
            _tell($"{_parts[index].Name} (process {child.Id}) ended by itself with {child.ExitCode}.");
            if (_time.GetElapsedTime(since) > _settled) pause = TimeSpan.Zero;
            await EndedAsync(index, child);
            do
            {
                await Task.Delay(pause, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = Longer(pause);
            }
            while (!ct.IsCancellationRequested && !await TryStartAsync(index, ct));
            if (ct.IsCancellationRequested) return;
        }
    }

    private static TimeSpan Longer(TimeSpan pause) =>
        pause < _pauseMin ? _pauseMin : pause * 2 > _pauseMax ? _pauseMax : pause * 2;

    private async Task<bool> TryStartAsync(int index, CancellationToken ct)
    {
        try
        {
            await StartAsync(index, ct);
            return true;
        }
        catch (ServiceException failure)
        {
            _tell($"{_parts[index].Name} does not start; it is tried again. {failure.Message} {failure.Detail}");
            return false;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task StopAsync()
    {
        _tell("Stopping: what has begun is answered.");
        // Those of one role together: none needs another.
        foreach (var role in Enumerable.Range(0, _parts.Count).Reverse().GroupBy(i => _parts[i].Role))
        {
            await Task.WhenAll(role.Where(i => _running[i] is not null).Select(async i =>
            {
                var child = _running[i]!.Child;
                await child.StopAsync(_parts[i].Stop, _patience);
                await EndedAsync(i, child);
            }));
        }
    }

    private async Task EndedAsync(int index, Child child)
    {
        lock (_lock)
        {
            _running[index] = null;
            Record_NeedsLock();
        }
        await child.DisposeAsync();
    }

    private void Record_NeedsLock() => new ClusterRecord(
        Environment.ProcessId, _started, _options.Listen.GetLeftPart(UriPartial.Authority),
        [
            .. _parts.Select((part, i) => new PartRecord(
                part.Name, part.Role, _running[i]?.Child.Id, _running[i]?.Child.Started, _running[i]?.Url,
                _running[i]?.Admin, _starts[i], _beginning[i])),
        ]).Write(_options.Directory);
}
