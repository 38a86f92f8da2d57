using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Users;

/// <summary>
/// Accounts, passwords, apps, and the tokens that act for people. Truth is in <c>users.db</c>; what every request needs
/// (accounts by id, tokens) is answered from memory, which follows each commit before its caller is answered.
/// </summary>
/// <remarks>
/// Thread-safe. Every acknowledged change is on disk. Cost: a cached account or token well under 1 µs, one that is
/// not cached 10 to 20 µs, a change one group commit (0.2 to 1 ms), a password some 30 ms of a core. It knows nothing
/// of deadlines, metrics per call or permissions: those are filters, put around <see cref="Api"/> where it is
/// composed.
/// </remarks>
public sealed partial class UsersService : IAsyncDisposable
{
    /// <summary>The database's name; the file is <c>users.db</c>.</summary>
    internal const string Name = "users";

    private readonly SqlDatabase _database;
    private readonly UsersStore _store;
    private readonly UsersOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UsersMetrics _metrics;
    private readonly PasswordHasher _hasher;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _keepingVisits;

    private UsersService(
        SqlDatabase database, UsersOptions options, TimeProvider time, ILogger logger, UsersMetrics metrics)
    {
        _database = database;
        _store = new UsersStore(database);
        _options = options;
        _time = time;
        _logger = logger;
        _metrics = metrics;
        _hasher = new PasswordHasher(options.Passwords, time, metrics);
        _accounts = new AccountCache(options.CachedAccountsMax, time.GetUtcNow().UtcTicks);
        _usernames = new BoundedCache<string, AccountId>(options.CachedUsernamesMax, StringComparer.OrdinalIgnoreCase);
        _tokens = new BoundedCache<SecretHash, Token>(options.CachedTokensMax);
        _apps = new BoundedCache<string, StoredApp>(options.CachedTokensMax, StringComparer.Ordinal);
        _lastAccount = _store.CountAccounts();
        Api = new UsersApi(
            CreateAsync, ImportAsync, GetAsync, FindAsync, VerifyPasswordAsync, SetPasswordAsync, CountAsync,
            CreateAppAsync, FindAppAsync, (request, _) => new ValueTask<App?>(_store.GetApp(request.Id)),
            CreateGrantAsync, RedeemGrantAsync, CreateTokenAsync, CreateTokensAsync,
            FindTokenAsync, FindTokensAsync, RevokeTokenAsync, ChangeAsync,
            (_, _) => new ValueTask<long>(_tokens.Version), RenewAsync);
        _visitors = new DailyVisitors(DailyVisitors.DayOf(time.GetUtcNow()));
        Figures = CountingFigures();
        Moderation = new ModerationApi(
            List: ListAsync,
            Joined: JoinedAsync,
            Look: (request, _) => new(_store.Look(request.Ids)),
            LookUp: (request, _) => new(_store.LookUp(request.Username)),
            Change: ChangeStandingAsync,
            ChangeEmail: ChangeEmailAsync,
            Erase: EraseAsync,
            Sessions: (request, _) => new(_store.ListSessions(request.Account)),
            EndSession: EndSessionAsync);
        _keepingVisits = Background.RunAsync("visits", KeepVisitsAsync, time, logger, _stopping.Token);
    }

    /// <summary>The service's functions, bare.</summary>
    public UsersApi Api { get; }

    /// <summary>The functions for those who look after the community, bare.</summary>
    public ModerationApi Moderation { get; }

    /// <summary>Opens <c>users.db</c> in the directory, or makes it. The directory must outlive the service.</summary>
    /// <exception cref="Rpc.ServiceException">An option is out of range, or the database cannot be used; says
    /// why.</exception>
    public static UsersService Open(
        DataDirectory data, UsersOptions options, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options = options.Validated();
        var logger = loggers.CreateLogger<UsersService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        return new UsersService(database, options, time, logger, new UsersMetrics(meters));
    }

    /// <summary>Completes when it is certain that it is still this process that may write.</summary>
    /// <exception cref="Rpc.ServiceException">It is not, or that cannot be told.</exception>
    public async Task ConfirmAsync() => await _database.WriteAsync(_ => 0);

    /// <summary>Finishes the writes that wait and closes the database. Callers must have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _keepingVisits;
        await StoreVisitsAsync(CancellationToken.None);
        await _database.DisposeAsync();
        _stopping.Dispose();
        _hasher.Dispose();
    }
}
