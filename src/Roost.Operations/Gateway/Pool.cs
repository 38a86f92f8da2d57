using Microsoft.Extensions.Logging;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Discovery;

namespace Roost.Operations.Gateway;

/// <summary>Where requests are sent.</summary>
/// <param name="prefix"><c>http://ADDRESS:PORT</c>.</param>
internal sealed class Upstream(string prefix, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _gone = new(Timeout.InfiniteTimeSpan, time);

    public string Prefix => prefix;

    /// <summary>Fires when it is not told of any more, others are, and it has had time to answer what had begun.
    /// </summary>
    public CancellationToken Gone => _gone.Token;

    public void GoAfter(TimeSpan left) => _gone.CancelAfter(left);

    public void Dispose() => _gone.Dispose();
}

/// <summary>
/// The instances of one application, who is let in to them, and which of them is chosen. The pool of web has a share
/// for each application, since it serves those without instances of their own.
/// </summary>
internal sealed class Pool : IAsyncDisposable
{
    // A tenth of all requests may be sent twice, and ten a second.
    private const double RetryShare = 0.1;
    private const double RetriesPerSecond = 10;

    // Whoever comes is told of at once; this is for one that answers again.
    private static readonly TimeSpan _gapStep = TimeSpan.FromMilliseconds(500);

    // Who was told to end answers what it has begun; who was stopped does not.
    private static readonly TimeSpan _lingers = TimeSpan.FromSeconds(1);

    private readonly QuantileEstimate[] _usual;
    private readonly ServiceWatcher? _watcher;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private volatile int _instances;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Those that are not told of any more, while nobody else is. The updates' alone.
    private readonly List<Upstream> _left = [];

    // Interlocked.
    private int _waiting;

    // Until when those that do not get in wait on: a timestamp; Volatile.
    private long _behindUntil = long.MinValue;

    public Pool(Application application, GatewayOptions options, IClusterStore? store, GatewayTools tools)
    {
        (Application, _options, _time) = (application, options, tools.Time);
        Balancer = new(
            application.Name, options.Balancing, tools.Balancing, tools.Time,
            options.Seed + (ulong)application.Index);
        Gate = new AdmissionGate(
            application.Name, AdmissionOf(application, options), SharesOf(application), RequestClass.Kinds,
            RequestClass.Priorities, tools.Admission, tools.Time);
        Retries = new(RetryShare, RetriesPerSecond, tools.Time);
        _usual = [.. Enumerable.Range(0, RequestClass.Kinds).Select(_ => new QuantileEstimate(0.5))];
        if (options.To.TryGetValue(application.Name, out var urls))
        {
            Update([.. urls.Select(url => new InstanceInfo(
                url.Authority, Address: url.GetLeftPart(UriPartial.Authority)))]);
        }
        // Others have no instances that are told of: a service that is called search, or media, is none of these.
        else if (store is not null && (application == Applications.Web || application.IsStreaming))
        {
            _watcher = new(
                store, application.Name, Update, tools.Time, tools.Loggers.CreateLogger<ServiceWatcher>());
        }
    }

    public Application Application { get; }

    public Balancer<Upstream> Balancer { get; }

    public AdmissionGate Gate { get; }

    public RetryBudget Retries { get; }

    public bool HasInstances => _instances > 0;

    /// <summary>Whether all that can be tried is the one that was.</summary>
    public bool HasOneAtMost => _instances <= 1;

    /// <summary>Whether what does not get in is late for another reason than that too much is asked: nobody was there,
    /// or answered, a moment ago, so that all who came meanwhile are at the gate together.</summary>
    public bool IsBehind => _time.GetTimestamp() < Volatile.Read(ref _behindUntil);

    /// <summary>Nobody is there, or answers.</summary>
    public void NoteGap() => Volatile.Write(
        ref _behindUntil,
        _time.GetTimestamp() + (long)(_options.BehindMax.TotalSeconds * _time.TimestampFrequency));

    /// <summary>Waits until there is somebody else to send a request to, or half a second has passed.</summary>
    /// <param name="since">When it was first seen that nobody is there.</param>
    /// <returns>False, at once, when it has waited long enough, too many wait, or nobody new can come.</returns>
    public async ValueTask<bool> WaitAsync(long since, CancellationToken ct)
    {
        if (!MayWait(since)) return false;
        try
        {
            if (Interlocked.Increment(ref _waiting) > _options.GapWaitingMax) return false;
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(_changed.Task, Task.Delay(_gapStep, _time, enough.Token));
            await enough.CancelAsync();
            return !ct.IsCancellationRequested;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Whether it has not waited long enough, and somebody new can come.</summary>
    public bool MayWait(long since) => _watcher is not null && _time.GetElapsedTime(since) < _options.GapMax;

    /// <summary>What this kind of request usually takes, in the clock's ticks.</summary>
    public QuantileEstimate Usual(int kind) => _usual[kind];

    /// <summary>Until the store has told what there is; at once without one.</summary>
    public Task KnownAsync(CancellationToken ct) => _watcher?.FirstRead.WaitAsync(ct) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null) await _watcher.DisposeAsync();
        Gate.Dispose();
        Update([]);
        foreach (var upstream in _left) upstream.Dispose();
    }

    private void Update(IReadOnlyList<InstanceInfo> instances)
    {
        _left.AddRange(Balancer.Update(instances, info => new Upstream(info.Address, _time)));
        if (instances.Count > 0)
        {
            foreach (var upstream in _left) upstream.GoAfter(_lingers);
            _left.Clear();
        }
        _instances = instances.Count;
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private static AdmissionOptions AdmissionOf(Application application, GatewayOptions options) =>
        application.IsStreaming
            // Streams neither wait nor tell how busy their server is.
            ? new AdmissionOptions
            {
                LimitMin = options.StreamsMax,
                LimitMax = options.StreamsMax,
                LimitFirst = options.StreamsMax,
                WaitingMax = 0,
            }
            : options.Admission;

    private static AdmissionShare[] SharesOf(Application pool) => [.. Applications.All.Select(
        application => new AdmissionShare(application.Name, pool == Applications.Web ? application.Part : 1))];
}
