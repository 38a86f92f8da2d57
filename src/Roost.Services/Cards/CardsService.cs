using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Storage;

namespace Roost.Services.Cards;

/// <summary>
/// The Cards service: what the pages that posts link to say of themselves, in <c>cards.db</c>.
/// <code>
///  asked ─► memory ─► known: answered at once
///             └─► queue ─► cards.db ─► good: into memory
///                             └─► the page, its picture (Media) ─► cards.db, memory
/// </code>
/// </summary>
/// <remarks>
/// Whoever shows a post asks; nobody waits for a page of strangers. A link that waits or is being fetched is not asked
/// about twice, and what was found out, be it nothing, holds for a time. What is too old is still told while it is
/// looked at again. All of it is derived: what a crash takes is fetched again.
/// </remarks>
public sealed partial class CardsService : IAsyncDisposable
{
    /// <summary>The database's name.</summary>
    public const string Name = "cards";

    private const int UrlLengthMax = 2_048;
    private const int KnownMax = 65_536;

    private static readonly TimeSpan _sweepEvery = TimeSpan.FromHours(1);

    /// <summary>When the database fails, so long nothing is asked of it about that link.</summary>
    private static readonly TimeSpan _failedFor = TimeSpan.FromMinutes(1);

    private readonly SqlDatabase _database;
    private readonly CardsStore _store;
    private readonly CardsOptions _options;
    private readonly Fetcher _fetcher;
    private readonly PageCards _pages;
    private readonly MediaApi _media;
    private readonly CardsMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, KeptCard> _known = new(StringComparer.Ordinal);

    /// <summary>Links that wait or are being looked at; done when they are known.</summary>
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _asked = new(StringComparer.Ordinal);
    private readonly Channel<string> _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private CardsService(
        SqlDatabase database, CardsOptions options, MediaApi media, TimeProvider time, ILogger logger,
        CardsMetrics metrics)
    {
        (_database, _options, _media, _time, _logger, _metrics) = (database, options, media, time, logger, metrics);
        _store = new CardsStore(database);
        _fetcher = new Fetcher(options, time);
        _pages = new PageCards(_fetcher, options, media);
        _queue = Channel.CreateBounded<string>(options.WaitingMax);
        Api = new CardsApi(LookUp, SettledAsync);
        _running = options.IsOn
            ? Task.WhenAll(
                Enumerable.Range(0, options.FetchersMax)
                    .Select(_ => Background.RunAsync("cards", FollowAsync, time, logger, _stopping.Token))
                    .Append(Background.RunAsync("card sweep", SweepAsync, time, logger, _stopping.Token)))
            : Task.CompletedTask;
    }

    /// <summary>The service's functions, bare.</summary>
    public CardsApi Api { get; }

    /// <summary>For processes elsewhere.</summary>
    public CardLookupApi Lookups => new(LookUp: (request, _) => new(LookUp(request)));

    /// <summary>Opens <c>cards.db</c> in the directory, or makes it.</summary>
    /// <exception cref="ServiceException">The database cannot be used; says why.</exception>
    public static CardsService Open(
        DataDirectory data, CardsOptions options, MediaApi media, TimeProvider time, ILoggerFactory loggers,
        IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        var logger = loggers.CreateLogger<CardsService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        return new CardsService(database, options, media, time, logger, new CardsMetrics(meters));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _fetcher.Dispose();
        await _database.DisposeAsync();
        _stopping.Dispose();
    }

    private CardAnswer LookUp(string url)
    {
        if (!_options.IsOn || url.Length > UrlLengthMax) return CardAnswer.Nothing;
        if (!_known.TryGetValue(url, out var kept)) return Ask(url) ? default : CardAnswer.Nothing;
        if (kept.GoodUntil <= Now()) Ask(url);
        return new CardAnswer(true, kept.Card);
    }

    private CardAnswer[] LookUp(LookUpCards request) => request.Urls.Count <= LookUpCards.UrlsMax
        ? [.. request.Urls.Select(LookUp)]
        : throw new ServiceException(
            ErrorCode.Invalid, $"At most {LookUpCards.UrlsMax} links at once, not {request.Urls.Count}.");

    /// <summary>False: too many wait, or it may not be fetched.</summary>
    private bool Ask(string url)
    {
        if (!_options.MayFetch(url)) return false;
        if (!_asked.TryAdd(url, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)))
            return true;
        if (_queue.Writer.TryWrite(url)) return true;
        _metrics.Dropped();
        Done(url);
        return false;
    }

    private void Done(string url)
    {
        if (_asked.TryRemove(url, out var done)) done.SetResult();
    }

    private async ValueTask<bool> SettledAsync(AwaitCards request, Call call)
    {
        await Task.WhenAll(_asked.Values.Select(one => one.Task)).WaitAsync(call.Cancellation);
        return true;
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        await foreach (var url in _queue.Reader.ReadAllAsync(ct))
        {
            try
            {
                await TakeAsync(url, ct);
            }
            finally
            {
                Done(url);
            }
        }
    }

    private async ValueTask TakeAsync(string url, CancellationToken ct)
    {
        try
        {
            var kept = _store.Find(url);
            if (kept is null || kept.GoodUntil <= Now()) kept = await RenewAsync(url, kept?.Card, ct);
            Remember(url, kept);
        }
        catch (ServiceException failure)
        {
            CannotKeep(failure.Detail ?? failure.Message);
            Remember(url, new KeptCard(null, Until(_failedFor)));
        }
    }

    private async ValueTask<KeptCard> RenewAsync(string url, Card? old, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        var card = await _pages.MakeAsync(url, Call.Until(ct));
        _metrics.Fetched(card is not null, _time.GetElapsedTime(started));
        // A page that does not answer today said something once.
        var kept = new KeptCard(card ?? old, Until(card is null ? _options.NothingFor : _options.GoodFor));
        await _store.PutAsync(url, kept, ct);
        if (card is not null && old?.Picture is { } replaced) await RemoveAsync(replaced, ct);
        return kept;
    }

    private void Remember(string url, KeptCard kept)
    {
        // The database has all of it: to begin anew costs a look there for each that is asked for again.
        if (_known.Count >= KnownMax) _known.Clear();
        _known[url] = kept;
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_sweepEvery, _time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            foreach (var picture in await _store.ForgetAsync(Now() - (long)_options.KeptFor.TotalMilliseconds, ct))
                await RemoveAsync(picture, ct);
        }
    }

    private async ValueTask RemoveAsync(CardPicture picture, CancellationToken ct) =>
        await _media.Delete(new DeleteMedia(default, picture.MediaId, OfProfile: true), Call.Until(ct));

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private long Until(TimeSpan lasts) => Now() + (long)lasts.TotalMilliseconds;

    [LoggerMessage(Level = LogLevel.Warning, Message = "A link's card could not be kept: {Why}")]
    private partial void CannotKeep(string why);
}
