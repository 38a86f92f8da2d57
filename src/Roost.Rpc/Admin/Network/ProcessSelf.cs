using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Filters;

namespace Roost.Rpc.Admin.Network;

/// <summary>This process, as it tells of itself.</summary>
public sealed class ProcessSelf
{
    private readonly TimeProvider _time;
    private readonly IncidentLog _incidents;
    private readonly Lock _lock = new();

    // All replaced as a whole, under _lock.
    private volatile Func<IReadOnlyList<CalledService>>[] _called = [];
    private volatile Func<IReadOnlyList<FunctionReport>>[] _served = [];
    private bool _isAnnounced;

    /// <param name="history">Not started yet: what is marked on charts is looked at with each of its steps.</param>
    public ProcessSelf(
        IReadOnlyList<string> roles, string zone, ErrorBook errors, MetricsHistory history, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(time);
        (Roles, Services, Zone, Errors, History, _time) = (roles, roles, zone, errors, history, time);
        Started = time.GetUtcNow();
        _incidents = new(() => string.Join('+', Services), errors, time);
        history.Stepped = _incidents.Look;
    }

    /// <summary>As it is announced: a restarted process is a new instance.</summary>
    public string Id { get; init; } = Guid.NewGuid().ToString("N");

    public IReadOnlyList<string> Roles { get; }

    /// <summary>What it serves, as it is announced; its roles unless told.</summary>
    public IReadOnlyList<string> Services { get; private set; }

    /// <summary>Where it is called, or the first of its roles; empty unless told.</summary>
    public string Address { get; set; } = "";

    public string Zone { get; }

    public ErrorBook Errors { get; }

    public MetricsHistory History { get; }

    public DateTimeOffset Started { get; }

    /// <summary>What is to be marked on charts, the newest last.</summary>
    public IReadOnlyList<Mark> Marks => _incidents.Marks;

    /// <summary>Which services elsewhere it calls, and how they stand: as the first of its roles sees them that calls
    /// them.</summary>
    public IReadOnlyList<CalledService> Called =>
        [.. _called.SelectMany(told => told()).DistinctBy(service => service.Name)];

    /// <summary>The functions of its own services, and how they stand.</summary>
    public IReadOnlyList<FunctionReport> Served => [.. _served.SelectMany(told => told())];

    /// <summary>What it is asked for.</summary>
    public WorkFigures Work { get; init; } = ProcessFigures.Work;

    /// <summary>Whether it takes requests.</summary>
    public Func<bool> IsReady { get; set; } = () => true;

    /// <summary>Whether it takes none since another one does, whose place it takes when that ends.</summary>
    public Func<bool> StandsBy { get; set; } = () => false;

    /// <summary>One of its roles calls others.</summary>
    public void Calls(Func<IReadOnlyList<CalledService>> called)
    {
        lock (_lock) _called = [.. _called, called];
    }

    /// <summary>One of its roles has functions.</summary>
    public void Serves(Func<IReadOnlyList<FunctionReport>> served)
    {
        lock (_lock) _served = [.. _served, served];
    }

    /// <summary>It serves something, where callers find it.</summary>
    public void Announce(string service, string address)
    {
        lock (_lock)
        {
            if (!_isAnnounced) Address = address;
            Services = _isAnnounced ? [.. Services.Append(service).Distinct()] : [service];
            _isAnnounced = true;
        }
    }

    public ProcessReport Report()
    {
        var recorded = History.Read(MetricsHistory.Step);
        return new ProcessReport
        {
            Id = Id,
            Roles = Roles,
            Version = Errors.Version,
            Zone = Zone,
            At = _time.GetUtcNow(),
            Started = Started,
            IsReady = IsReady(),
            StandsBy = StandsBy(),
            Processor = Newest(recorded.Of(ProcessFigures.Processor)),
            Processors = Environment.ProcessorCount,
            MemoryBytes = Newest(recorded.Of(ProcessFigures.Memory)),
            CallsPerSecond = Newest(recorded.Of(Work.PerSecond)),
            P50 = Newest(recorded.Of(Work.P50)),
            P99 = Newest(recorded.Of(Work.P99)),
            Requests = Errors.Requests(),
            Errors = Errors.Report(),
            Calls = Calls(),
            Marks = Marks,
        };
    }

    /// <summary>The last hour of one service's calls.</summary>
    public ProcessCalls CallsOf(string service) =>
        new(_time.GetUtcNow(), History.Calls.Read(MetricsHistory.StepsMax, service));

    /// <summary>What was measured, and what balancers know.</summary>
    private IReadOnlyList<CallFigures> Calls()
    {
        var called = Called.ToDictionary(service => service.Name);
        var figures = History.Calls.Now();
        return
        [
            .. figures.Select(call => call.Side == CallSide.Called && called.TryGetValue(call.Service, out var service)
                ? With(call, service)
                : call),
            // Nobody has called these yet.
            .. called.Values.Where(service => service.Instances.Count > 0 && !figures.Any(
                    call => call.Side == CallSide.Called && call.Service == service.Name))
                .Select(service => With(new(CallSide.Called, service.Name, 0, null, null, null), service)),
        ];
    }

    private static CallFigures With(CallFigures call, CalledService service) => call with
    {
        Saturation = service.Admission is { Limit: > 0 } gate ? (double)gate.AtWork / gate.Limit : null,
        Instances =
        [
            .. service.Instances.Select(one => new CalledInstance(
                one.Instance.Id, one.Instance.Address, one.Standing.ToString().ToLowerInvariant(), one.Outstanding,
                one.Slowness)),
        ],
    };

    private static double? Newest(float[] values) =>
        values is [.., var newest] && float.IsFinite(newest) ? newest : null;
}
