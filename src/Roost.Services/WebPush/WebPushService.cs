using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Services.WebPush;

/// <summary>Whom WebPush asks.</summary>
public sealed record WebPushPeers(
    UsersApi Users, ModerationApi Moderation, GraphApi Graph, TimelinesApi Timelines, NotificationsApi Notifications);

/// <summary>
/// The WebPush service: tells apps that are not open of notifications, by the push services of their makers.
/// <code>
///   feed → AlertFeed ─► webpush.db ─► AlertSender ─► AlertAttempt ─► push service ─► app
///            │ who wants it            when, again      encrypted, signed
/// </code>
/// </summary>
/// <remarks>
/// A notification comes to its messages in one transaction with the checkpoint, and a message goes from the disk when
/// it was sent: so none is lost, and after a crash at most those that were under way are sent once more. Every attempt
/// asks again what the page of notifications would show, so nothing is told that a block or a deletion has taken
/// away.
/// </remarks>
public sealed class WebPushService : IAsyncDisposable
{
    /// <summary>The database's name; the file is <c>webpush.db</c>.</summary>
    public const string Name = "webpush";

    /// <summary>The file with the key that push services know this server by.</summary>
    public const string KeyFile = VapidKeys.FileName;

    private const int EndpointLengthMax = 2_048;

    private readonly SqlDatabase _database;
    private readonly VapidKeys _keys;
    private readonly SubscriptionStore _store;
    private readonly Subscriptions _subscriptions = new();
    private readonly WebPushPeers _peers;
    private readonly WebPushOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AlertAttempt _attempt;
    private readonly AlertSender _sender;
    private readonly AlertFeed _feed;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    private WebPushService(
        SqlDatabase database, VapidKeys keys, WebPushOptions options, WebPushPeers peers, TimeProvider time,
        ILogger logger, WebPushMetrics metrics)
    {
        (_database, _keys, _store) = (database, keys, new SubscriptionStore(database));
        (_peers, _options, _time, _logger) = (peers, options, time, logger);
        foreach (var one in _store.Read())
            _subscriptions.Put(one);
        _attempt = new AlertAttempt(keys, peers, options, time);
        _sender = new AlertSender(_store, _subscriptions, _attempt, options, time, logger, metrics);
        _feed = new AlertFeed(_store, _subscriptions, _sender, peers, options, time);
        metrics.Watch(() => _subscriptions.Count, () => _sender.Waiting);
        Api = new WebPushApi(
            Attach: Attach,
            Key: (_, _) => new(new PushKey(keys.PublicKey)),
            Subscribe: SubscribeAsync,
            Get: (request, _) => new(_subscriptions.OfToken(SubscriptionStore.HashOf(request.Token))?.Public),
            Change: ChangeAsync,
            End: EndAsync,
            Sent: SentAsync);
    }

    /// <summary>The service's functions, bare.</summary>
    public WebPushApi Api { get; }

    /// <summary>Opens <c>webpush.db</c> and <c>vapid.key</c> in the directory, or makes them.</summary>
    /// <exception cref="ServiceException">The data cannot be used; says why.</exception>
    public static WebPushService Open(
        DataDirectory data, WebPushOptions options, WebPushPeers peers, TimeProvider time, ILoggerFactory loggers,
        IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var logger = loggers.CreateLogger<WebPushService>();
        var keys = VapidKeys.Open(data);
        try
        {
            var database = SqlDatabase.Open(data, Name, time, logger, meters);
            return new WebPushService(database, keys, options, peers, time, logger, new WebPushMetrics(meters));
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Goes on where it ended; at the first start, from now on.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var newest = await _peers.Notifications.Newest(new GetNewestNotice(), Call.Until(ct));
        _feed.StartAfter(await _store.StartAsync(newest, ct));
        _sender.Add(_store.ReadDeliveries());
        _running = Task.WhenAll(
            Background.RunAsync("push messages", _feed.RunAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("sending push messages", _sender.RunAsync, _time, _logger, _stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _feed.FlushAsync();
        await _database.DisposeAsync();
        _attempt.Dispose();
        _keys.Dispose();
        _stopping.Dispose();
    }

    private void Attach(PresentAlert present, string subject)
    {
        _attempt.Attach(present, subject);
        _sender.Wake();
    }

    private async ValueTask<PushSubscription> SubscribeAsync(SubscribeToPush request, Call call)
    {
        var target = request.Target;
        Require(target.Endpoint.Length <= EndpointLengthMax, $"Endpoint has more than {EndpointLengthMax} characters");
        var problem = _options.Guard.ProblemWith(target.Endpoint, [.. _options.Schemes]);
        Require(problem is null, $"Endpoint {problem}");
        Require(target.Auth.Length == MessageEncryption.AuthBytes, "Auth is not 16 bytes in Base64");
        Require(IsKey(target.PublicKey.Span), "P256dh is not a point of P-256, 65 bytes in Base64");
        var newest = await _peers.Notifications.Newest(new GetNewestNotice(), call);
        var shown = new PushSubscription(
            0, request.Account, target.Endpoint, request.Alerts, request.Policy, target.IsStandard);
        var stored = await _store.PutAsync(
            new StoredSubscription(
                shown, target, SubscriptionStore.HashOf(request.Token), _keys.Seal(request.Token), newest, 0),
            _time.GetUtcNow(), _subscriptions.Put, call.Cancellation);
        return stored.Public;
    }

    private async ValueTask<PushSubscription?> ChangeAsync(ChangePushSubscription request, Call call)
    {
        if (_subscriptions.OfToken(SubscriptionStore.HashOf(request.Token)) is not { } old)
            return null;
        var changed = old with { Public = old.Public with { Alerts = request.Alerts, Policy = request.Policy } };
        var isThere = await _store.ChangeAsync(
            changed,
            isThere =>
            {
                if (isThere)
                    _subscriptions.Put(changed);
            }, call.Cancellation);
        return isThere ? changed.Public : null;
    }

    private ValueTask<bool> EndAsync(EndPushSubscription request, Call call)
    {
        var hash = SubscriptionStore.HashOf(request.Token);
        return _store.EndAsync(hash, _ => _subscriptions.Remove(hash), call.Cancellation);
    }

    private async ValueTask<int> SentAsync(AwaitSent request, Call call)
    {
        await _feed.Place.WaitAsync(request.Notice, call.Cancellation);
        while (true)
        {
            var rung = _sender.Next();
            if (_sender.IsIdle)
                return _sender.Waiting;
            await rung.WaitAsync(call.Cancellation);
        }
    }

    private static bool IsKey(ReadOnlySpan<byte> point)
    {
        try
        {
            MessageEncryption.ReceiverOf(point).Dispose();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new ServiceException(ErrorCode.Invalid, $"Validation failed: {otherwise}");
    }
}
