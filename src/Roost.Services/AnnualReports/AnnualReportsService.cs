using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.AnnualReports;

/// <summary>
/// The AnnualReports service: what accounts did in a year, in <c>annualreports.db</c>. That a report was asked for is
/// durable before it is answered; one loop makes them, one after the other, and goes on with them after a restart. Once
/// made a report is kept as it is.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class AnnualReportsService : IAsyncDisposable
{
    /// <summary>The database's name.</summary>
    public const string Name = "annualreports";

    private const int PerTurn = 64;

    private readonly SqlDatabase _database;
    private readonly AnnualReportsStore _store;
    private readonly ReportMaker _maker;
    private readonly AnnualReportsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter<long> _made;
    private readonly Bell _asked = new();
    private readonly Bell _done = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    private AnnualReportsService(
        SqlDatabase database, ReportMaker maker, AnnualReportsOptions options, TimeProvider time, ILogger logger,
        Counter<long> made)
    {
        (_database, _store, _maker) = (database, new AnnualReportsStore(database), maker);
        (_options, _time, _logger, _made) = (options, time, logger, made);
        Api = new AnnualReportsApi(
            State: StateAsync,
            Make: MakeAsync,
            Unread: (request, _) => new(_store.Unread(request.Account)),
            Get: (request, _) => new(_store.Get(request.Account, request.Year)),
            Read: (request, call) => _store.MarkReadAsync(request, call.Cancellation),
            Erase: (request, call) => _store.EraseAsync(request.Account, call.Cancellation),
            Made: MadeAsync);
    }

    /// <summary>The service's functions, bare.</summary>
    public AnnualReportsApi Api { get; }

    /// <summary>Opens <c>annualreports.db</c> in the directory, or makes it. Makes no report before
    /// <see cref="Start"/>.</summary>
    /// <exception cref="ServiceException">The data cannot be used; says why.</exception>
    public static AnnualReportsService Open(
        DataDirectory data, AnnualReportsOptions options, ReportPeers peers, TimeProvider time,
        ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var logger = loggers.CreateLogger<AnnualReportsService>();
        var made = meters.Create("Roost.Services.AnnualReports")
            .CreateCounter<long>("roost.annual_reports.made", "{report}", "Annual reports that were made.");
        return new AnnualReportsService(
            SqlDatabase.Open(data, Name, time, logger, meters), new ReportMaker(peers), options, time, logger, made);
    }

    /// <summary>Makes what was asked for, from now on.</summary>
    public void Start() =>
        _running = Background.RunAsync("annual reports", RunAsync, _time, _logger, _stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _database.DisposeAsync();
        _stopping.Dispose();
    }

    private async ValueTask<AnnualReportState> StateAsync(GetReportState request, Call call)
    {
        if (_store.StateOf(request.Account, request.Year) is { } there) return there;
        return _options.YearAt(_time.GetUtcNow()) == request.Year
            && await _maker.HasPostedAsync(request.Account, request.Year, call)
                ? AnnualReportState.Eligible
                : AnnualReportState.Ineligible;
    }

    private async ValueTask<AnnualReportState> MakeAsync(MakeReport request, Call call)
    {
        var state = await StateAsync(new GetReportState(request.Account, request.Year), call);
        if (state != AnnualReportState.Eligible) return state;
        await _store.AskAsync(request, _time.GetUtcNow(), call.Cancellation);
        _asked.Ring();
        return AnnualReportState.Generating;
    }

    private async ValueTask<bool> MadeAsync(AwaitReports request, Call call)
    {
        while (true)
        {
            var rung = _done.Next();
            if (_store.ToMake(1).Count == 0) return true;
            await rung.WaitAsync(call.Cancellation);
        }
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            // What an earlier run left waits, too.
            var rung = _asked.Next();
            var waiting = _store.ToMake(PerTurn);
            foreach (var (account, year) in waiting)
            {
                await _store.KeepAsync(await _maker.MakeAsync(account, year, Call.Until(ct)), ct);
                _made.Add(1);
            }
            _done.Ring();
            if (waiting.Count < PerTurn) await rung.WaitAsync(ct);
        }
    }
}
