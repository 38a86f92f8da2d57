using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Admin.Network;

/// <summary>
/// The network as this process sees it: itself, and all others that discovery tells of, each asked at its admin port
/// for what it tells of itself. They are asked when somebody looks, at most every <see cref="Pause"/>, and otherwise
/// once in <see cref="IdlePause"/>, so that the last known of one that dies is not old.
/// </summary>
/// <remarks>
/// Thread-safe. One that does not answer within <see cref="Patience"/> holds nobody up longer than that; its last known
/// report is shown with its age. One that does not announce itself any more is shown for <see cref="GoneKept"/>.
/// Without a store the network is this process.
/// </remarks>
public sealed partial class NetworkView : IAsyncDisposable
{
    /// <summary>Processes beyond these are not asked, and said to be silent.</summary>
    public const int ProcessesMax = 500;

    private const int AtOnce = 16;
    private const int CallsKept = 16;

    private readonly ProcessSelf _self;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ProcessClient _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _asking = new(1);
    private readonly Lock _lock = new();
    private readonly Task _idling;

    // By id; under _lock.
    private readonly Dictionary<string, Known> _known = [];

    // By service; under _lock.
    private readonly Dictionary<string, (long At, IReadOnlyList<ProcessCalls> Calls)> _calls = [];

    // When all were asked last; under _asking. Until what was told then is good for nothing any more.
    private long _asked;
    private volatile bool _isStale = true;

    public NetworkView(ProcessSelf self, TimeProvider time, ILogger<NetworkView> log)
    {
        (_self, _time, _log) = (self, time, log);
        _client = new ProcessClient(time, log);
        _idling = IdleAsync();
    }

    /// <summary>How long what was told stays good enough.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromSeconds(2);

    public static TimeSpan IdlePause { get; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a process may take to tell.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    public static TimeSpan GoneKept { get; } = TimeSpan.FromMinutes(10);

    public ProcessSelf Self => _self;

    /// <summary>Takes what discovery tells: all instances of all services.</summary>
    public void Update(IReadOnlyList<(string Service, InstanceInfo Info)> instances)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            var there = instances.Where(one => one.Info.Id != _self.Id).GroupBy(one => one.Info.Id)
                .ToDictionary(one => one.Key, one => one.ToArray());
            foreach (var (id, known) in _known)
            {
                if (!there.ContainsKey(id)) known.Gone ??= now;
            }
            foreach (var (id, served) in there)
            {
                var (info, services) = (served[0].Info, served.Select(one => one.Service).ToArray());
                if (_known.TryGetValue(id, out var known))
                    (known.Info, known.Services, known.Gone) = (info, services, null);
                else
                    _known.Add(id, new Known(info, services));
            }
        }
        _isStale = true;
    }

    /// <summary>All processes, this one first, then by what they serve.</summary>
    public async Task<NetworkReport> ReadAsync(CancellationToken ct)
    {
        await RefreshAsync(ct);
        return Report();
    }

    /// <summary>All that discovery has told of, by what they serve: of others as well as of this process, which is
    /// first, whether it is announced or not. Those that went stay for <see cref="GoneKept"/>.</summary>
    public IReadOnlyList<Registered> Registry()
    {
        var self = new InstanceInfo(_self.Id, _self.Zone, Address: _self.Address, Version: _self.Errors.Version);
        lock (_lock)
        {
            return
            [
                .. _self.Services.Select(service => new Registered(service, self, Gone: null)),
                .. _known.Values
                    .SelectMany(known => known.Services.Select(one => new Registered(one, known.Info, known.Gone)))
                    .OrderBy(one => one.Service, StringComparer.Ordinal)
                    .ThenBy(one => one.Instance.Address, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>Calls an error resolved in every process that has it and can be told.</summary>
    /// <returns>The names of those that could not be told; null when nobody has it.</returns>
    public async Task<IReadOnlyList<string>?> ResolveAsync(string fingerprint, CancellationToken ct)
    {
        var network = await ReadAsync(ct);
        var having = network.Processes.Where(process => process.State != ProcessState.Gone
            && process.Report is { } report && report.Errors.Any(group => group.Fingerprint == fingerprint)).ToArray();
        if (having.Length == 0) return null;
        var untold = new List<string>();
        foreach (var process in having)
        {
            var isTold = process.Id == _self.Id
                ? await ResolveHereAsync(fingerprint)
                : await TellAsync(process.Id, fingerprint, ct);
            if (!isTold) untold.Add(process.Name);
        }
        // What is shown next is to show it.
        _isStale = true;
        return untold;
    }

    /// <summary>Has all other processes that can be told do something, by a POST to their admin ports.</summary>
    /// <param name="path">With its query.</param>
    /// <returns>The names of those that could not be told, or have no such thing.</returns>
    public async Task<IReadOnlyList<string>> TellOthersAsync(string path, CancellationToken ct)
    {
        var network = await ReadAsync(ct);
        var others = network.Processes
            .Where(process => process.Id != _self.Id && process.State != ProcessState.Gone).ToArray();
        var told = await Task.WhenAll(others.Select(async process =>
            AdminOf(process.Id) is { Length: > 0 } admin && await _client.PostAsync(admin, path, ct)));
        return [.. others.Zip(told).Where(one => !one.Second).Select(one => one.First.Name)];
    }

    /// <summary>What all other processes that answer tell of something.</summary>
    /// <param name="path">At their admin ports, with its query.</param>
    internal async Task<IReadOnlyList<(ProcessView Process, T Reply)>> AskOthersAsync<T>(
        string path, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        var network = await ReadAsync(ct);
        var others = network.Processes
            .Where(process => process.Id != _self.Id && process.State == ProcessState.Answers).ToArray();
        var replies = await Task.WhenAll(others.Select(async process =>
            AdminOf(process.Id) is { Length: > 0 } admin ? await _client.GetAsync(admin, path, type, ct) : null));
        return [.. others.Zip(replies).Where(one => one.Second is not null).Select(one => (one.First, one.Second!))];
    }

    /// <summary>The last hour of a service's calls, from every process that serves or calls it and answers. Kept for
    /// <see cref="Pause"/>: a page asks once for each of its pictures.</summary>
    public async Task<IReadOnlyList<ProcessCalls>> CallsOfAsync(string service, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_calls.TryGetValue(service, out var kept) && _time.GetElapsedTime(kept.At) < Pause) return kept.Calls;
        }
        var calls = await AskCallsAsync(service, ct);
        lock (_lock)
        {
            if (_calls.Count >= CallsKept) _calls.Clear();
            _calls[service] = (_time.GetTimestamp(), calls);
        }
        return calls;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _idling;
        _client.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Asks all, unless what they told is good enough still.</summary>
    private async Task RefreshAsync(CancellationToken ct)
    {
        await _asking.WaitAsync(ct);
        try
        {
            if (_isStale || _time.GetElapsedTime(_asked) >= Pause)
            {
                _isStale = false;
                await AskAllAsync(ct);
                _asked = _time.GetTimestamp();
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task IdleAsync()
    {
        using var timer = new PeriodicTimer(IdlePause, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token)) await RefreshAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private Task AskAllAsync(CancellationToken ct)
    {
        Known[] known;
        lock (_lock)
        {
            var forgotten = _known.Where(one => _time.GetUtcNow() - one.Value.Gone > GoneKept).ToArray();
            foreach (var (id, _) in forgotten) _known.Remove(id);
            known = [.. _known.Values.Where(one => one.Gone is null && one.Info.Admin.Length > 0).Take(ProcessesMax)];
        }
        return Parallel.ForEachAsync(
            known, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, AskAsync);
    }

    private async ValueTask AskAsync(Known known, CancellationToken ct)
    {
        var report = await _client.GetAsync(
            known.Info.Admin, ProcessReport.Path, ProcessReport.Json, ct, isKnown: known.IsSilent);
        lock (_lock)
        {
            known.IsSilent = report is null;
            if (report is not null) (known.Report, known.ToldAt) = (report, _time.GetUtcNow());
        }
    }

    /// <summary>Where one that announces itself is asked; null for nowhere.</summary>
    private string? AdminOf(string id)
    {
        lock (_lock) return _known.TryGetValue(id, out var known) && known.Gone is null ? known.Info.Admin : null;
    }

    private async Task<bool> TellAsync(string id, string fingerprint, CancellationToken ct) =>
        AdminOf(id) is { } admin && await _client.PostAsync(
            admin, $"/admin/errors/{Uri.EscapeDataString(fingerprint)}/resolve", ct);

    private async Task<bool> ResolveHereAsync(string fingerprint)
    {
        try
        {
            return await _self.Errors.ResolveAsync(fingerprint);
        }
        catch (IOException failure)
        {
            NotWritten(_log, failure);
            return false;
        }
    }

    private async Task<IReadOnlyList<ProcessCalls>> AskCallsAsync(string service, CancellationToken ct)
    {
        var network = await ReadAsync(ct);
        var having = network.Processes.Where(process => process.State == ProcessState.Answers
            && process.Report!.Calls.Any(call => call.Service == service)).Take(ProcessesMax);
        var path = "/admin/calls.json?service=" + Uri.EscapeDataString(service);
        var told = await Task.WhenAll(having.Select(process => process.Id == _self.Id
            ? Task.FromResult<ProcessCalls?>(_self.CallsOf(service))
            : AdminOf(process.Id) is { } admin
                ? _client.GetAsync(admin, path, ProcessJson.Default.ProcessCalls, ct)
                : Task.FromResult<ProcessCalls?>(null)));
        return [.. told.OfType<ProcessCalls>()];
    }

    private NetworkReport Report()
    {
        var own = _self.Report();
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            return new NetworkReport(
                now,
                [
                    new(
                        own.Id, _self.Services, _self.Address, "", own.Zone, own.Version, own, TimeSpan.Zero,
                        ProcessState.Answers),
                    .. _known.Values.Select(known => known.View(now))
                        .OrderBy(view => view.Name, StringComparer.Ordinal),
                ]);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "That an error is resolved holds until the process ends: it could not be written down.")]
    private static partial void NotWritten(ILogger log, Exception failure);

    /// <summary>What is known of another process. Under the view's lock.</summary>
    private sealed class Known(InstanceInfo info, IReadOnlyList<string> services)
    {
        public InstanceInfo Info { get; set; } = info;

        public IReadOnlyList<string> Services { get; set; } = services;

        /// <summary>Since when it does not announce itself; null while it does.</summary>
        public DateTimeOffset? Gone { get; set; }

        public ProcessReport? Report { get; set; }

        public DateTimeOffset ToldAt { get; set; }

        public bool IsSilent { get; set; }

        public ProcessView View(DateTimeOffset now)
        {
            var state = Gone is not null ? ProcessState.Gone
                : Info.Admin.Length == 0 ? ProcessState.Mute
                : IsSilent || Report is null ? ProcessState.Silent
                : ProcessState.Answers;
            var age = state == ProcessState.Answers || Report is null ? TimeSpan.Zero : now - ToldAt;
            return new(
                Info.Id, Services, Info.Address, Info.Admin, Info.Zone, Info.Version, Report, age, state);
        }
    }
}

/// <summary>An instance of a service, as discovery tells of it.</summary>
/// <param name="Gone">Since when it does not announce itself any more; null while it does.</param>
public sealed record Registered(string Service, InstanceInfo Instance, DateTimeOffset? Gone);
