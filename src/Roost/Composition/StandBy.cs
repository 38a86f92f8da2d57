using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Rpc.Discovery;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>
/// A process's turn to be the one that serves something. While another one has the right to write what it is made of,
/// this one waits, tells that it stands by, and is ready to go on where that one ends:
/// <code>
///   opened ──► stands by ──► takes over ──► serves ──► lost (it ends)
///      └──────────────────────────────────────┘  nobody else was there
/// </code>
/// </summary>
/// <remarks>
/// The right is the lease of <see cref="PostgresLease"/>: a process that ends gives it free with its connections,
/// within milliseconds. One that is stopped, or cut off, keeps it: whether it counts as dead <see cref="HolderWatch"/>
/// tells. Without a store, or an admin port, that cannot be told, and it is waited for.
/// </remarks>
/// <param name="service">As it is announced, and callers look for it.</param>
/// <param name="store">As <see cref="ClusterStores.Open"/> takes it; none for no store.</param>
internal sealed partial class StandBy(string service, IReadOnlyList<Uri> store) : IAsyncDisposable
{
    /// <summary>Behind a service's name: those that stand by are announced so, for who looks after the network.
    /// </summary>
    public const string Suffix = "-standby";

    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    // Who has the right looks every two seconds whether the server is back.
    private static readonly TimeSpan _hesitation = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan _answerMax = TimeSpan.FromSeconds(1);

    // What the store is told at a take-over is of use for seconds only.
    private static readonly TimeSpan _withdrawMax = TimeSpan.FromMilliseconds(500);

    private static readonly HttpClient _http = new() { Timeout = _answerMax };

    private readonly HolderWatch _holder = new(Answers);
    private StandingPlace? _place;
    private ILogger _log = NullLogger.Instance;
    private bool _isWaiting;
    private Announced? _announced;
    private IClusterStore? _store;
    private ServiceWatcher? _watcher;
    private readonly CancellationTokenSource _taken = new();
    private Task _ending = Task.CompletedTask;
    private Task _preparing = Task.CompletedTask;

    /// <summary>Has the process do beforehand what it will have to do, once it waits; cancelled by the take-over. Must
    /// not fail.</summary>
    public Func<ILogger, CancellationToken, Task> Rehearse { get; init; } = (_, _) => Task.CompletedTask;

    public TakeOver TakeOver { get; } = new();

    /// <summary>Says where it will serve, before it begins to wait.</summary>
    public void At(StandingPlace place) => (_place, _log) = (place, place.Tools.Loggers.CreateLogger<StandBy>());

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: such a node cannot stand by.</exception>
    public static void Require(NodeOptions options)
    {
        if (options is { StandBy: null } or { UsersElsewhere: not null, GraphElsewhere: not null }) return;
        throw new ServiceException(
            ErrorCode.Invalid,
            "--stand-by is for a process that finds Users and Graph elsewhere: give --store URL and --graph store, or "
            + "--users and --graph.");
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: nobody could take it over.</exception>
    public static void Require(DataDirectory data)
    {
        if (data.IsOnServer) return;
        throw new ServiceException(
            ErrorCode.Invalid,
            $"--stand-by is for data in a PostgreSQL database, and {data.Path} has its own. Give --database with a new "
            + "directory, or leave --stand-by out.");
    }

    /// <summary>Waits for the right, however long and whatever becomes of the database meanwhile.</summary>
    /// <param name="take">Asked again when it fails because the database is away.</param>
    /// <exception cref="OperationCanceledException">The process is to stop.</exception>
    public async Task TakeAsync(Func<LeaseWait, Task> take, CancellationToken ct)
    {
        var wait = new LeaseWait(Waits, IsHolderDead, ct);
        while (true)
        {
            try
            {
                await take(wait);
                break;
            }
            catch (ServiceException away) when (away.Code == ErrorCode.Unavailable)
            {
                LogAway(_log, away, service, away.Detail);
                wait = wait with { Hesitation = _hesitation };
                await Task.Delay(_again, _place!.Tools.Time, ct);
            }
        }
        TakeOver.HasLease = true;
        await _taken.CancelAsync();
        if (!_isWaiting) return;
        LogTakesOver(_log, service);
        // The store may be away: nobody is to wait for that.
        _ending = EndAsync(withdraws: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _taken.CancelAsync();
        await _ending;
        await EndAsync(withdraws: false);
        _taken.Dispose();
    }

    private async Task EndAsync(bool withdraws)
    {
        if (withdraws) await WithdrawAsync();
        if (_watcher is not null) await _watcher.DisposeAsync();
        _store?.Dispose();
        await _preparing;
        _place?.Admin?.SetStandsBy(this, false);
        if (_announced is not null) await _announced.DisposeAsync();
        (_watcher, _store, _announced) = (null, null, null);
    }

    /// <summary>Whoever was killed is announced still.</summary>
    private async Task WithdrawAsync()
    {
        if (_store is null) return;
        using var enough = new CancellationTokenSource(_withdrawMax, _place!.Tools.Time);
        try
        {
            foreach (var gone in _holder.Known) await Announcement.WithdrawAsync(_store, service, gone, enough.Token);
        }
        catch (Exception away) when (away is ServiceException or OperationCanceledException)
        {
            // Callers find out by themselves, and the store forgets it.
            LogNotWithdrawn(_log, away, service);
        }
    }

    /// <summary>On the thread that waits, once.</summary>
    private void Waits()
    {
        if (_isWaiting) return;
        _isWaiting = true;
        if (store.Count > 0)
        {
            var tools = _place!.Tools;
            _store = ClusterStores.Open(store, tools.Time);
            _watcher = new ServiceWatcher(
                _store, service, _holder.Know, tools.Time, tools.Loggers.CreateLogger<ServiceWatcher>());
        }
        _preparing = Task.Run(PrepareAsync);
    }

    /// <summary>Tells that it stands by once it is as good as it will be; it may have to go on before.</summary>
    private async Task PrepareAsync()
    {
        await Rehearse(_log, _taken.Token);
        if (_taken.IsCancellationRequested) return;
        var (url, admin, tools) = _place!;
        admin?.SetStandsBy(this, true);
        _announced = Announced.Start(store, service + Suffix, url, _place!.Zone, admin?.Network, admin?.Url, tools);
        Console.WriteLine($"{service} stands by at {url}: another process serves.");
        if (admin is not null) Console.WriteLine($"Its admin pages are at {admin.Url}admin.");
    }

    /// <summary>Also on the thread that waits.</summary>
    private bool IsHolderDead(long lastWord)
    {
        if (!_holder.IsDead(lastWord)) return false;
        LogHolderDead(_log, service, _holder.Last!.Admin);
        TakeOver.IsHolderDead = true;
        return true;
    }

    private static bool Answers(string admin)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, admin + "/admin/ping");
            using var reply = _http.Send(request);
            return true;
        }
        catch (Exception none) when (none is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The process that served {Service} has ended: this one takes its place")]
    private static partial void LogTakesOver(ILogger logger, string service);

    [LoggerMessage(
        LogLevel.Warning,
        "The process that served {Service} says nothing and does not answer at {Admin}: its right to write is "
        + "ended")]
    private static partial void LogHolderDead(ILogger logger, string service, string admin);

    [LoggerMessage(
        LogLevel.Warning,
        "The cluster store cannot be told that the process has ended that served {Service}: it forgets it by itself")]
    private static partial void LogNotWithdrawn(ILogger logger, Exception away, string service);

    [LoggerMessage(
        LogLevel.Warning,
        "The database is away, so {Service} cannot be stood by for; it is tried again until it can. {Detail}")]
    private static partial void LogAway(ILogger logger, Exception away, string service, string? detail);
}

/// <summary>Where a process will serve that stands by now.</summary>
/// <param name="Admin">Its admin port; null for none.</param>
internal sealed record StandingPlace(Uri Url, AdminPort? Admin, NodeTools Tools)
{
    /// <summary>Where it runs; empty when that is of no concern.</summary>
    public string Zone { get; init; } = "";
}
