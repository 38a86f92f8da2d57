using Microsoft.Extensions.Logging;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Discovery;

namespace Roost.Operations.Gateway;

/// <summary>Where requests are sent.</summary>
/// <param name="Prefix"><c>http://ADDRESS:PORT</c>.</param>
internal sealed record Upstream(string Prefix);

/// <summary>
/// The instances of one application, who is let in to them, and which of them is chosen. The pool of web has a share
/// for each application, since it serves those without instances of their own.
/// </summary>
internal sealed class Pool : IAsyncDisposable
{
    // A tenth of all requests may be sent twice, and ten a second.
    private const double RetryShare = 0.1;
    private const double RetriesPerSecond = 10;

    private readonly QuantileEstimate[] _usual;
    private readonly ServiceWatcher? _watcher;
    private volatile int _instances;

    public Pool(Application application, GatewayOptions options, IClusterStore? store, GatewayTools tools)
    {
        Application = application;
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
        else if (store is not null)
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

    /// <summary>What this kind of request usually takes, in the clock's ticks.</summary>
    public QuantileEstimate Usual(int kind) => _usual[kind];

    /// <summary>Until the store has told what there is; at once without one.</summary>
    public Task KnownAsync(CancellationToken ct) => _watcher?.FirstRead.WaitAsync(ct) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null) await _watcher.DisposeAsync();
        Gate.Dispose();
    }

    private void Update(IReadOnlyList<InstanceInfo> instances)
    {
        Balancer.Update(instances, info => new Upstream(info.Address));
        _instances = instances.Count;
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
