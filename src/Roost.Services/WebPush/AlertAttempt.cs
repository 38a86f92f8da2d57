using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Services.Users;

namespace Roost.Services.WebPush;

/// <summary>How an attempt ended.</summary>
internal enum AttemptOutcome
{
    Sent,
    /// <summary>There is nothing to tell any more: it was taken away, or is not for the account's eyes.</summary>
    Unneeded,
    /// <summary>The push service will not have it; another time neither.</summary>
    Refused,
    /// <summary>It may go another time.</summary>
    Failed,
    /// <summary>The subscription has ended: its token did, or the push service says so.</summary>
    Over,
}

/// <param name="RetryAfter">What the push service asks for.</param>
internal readonly record struct AttemptResult(AttemptOutcome Outcome, TimeSpan? RetryAfter = null);

/// <summary>
/// One attempt to send one message (RFC 8030 §5): (1) is the token still good, (2) what would the page of notifications
/// show now, (3) encrypt, sign, send.
/// </summary>
internal sealed class AlertAttempt(
    VapidKeys keys, WebPushPeers peers, WebPushOptions options, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(
        options.Guard.MakeHandler(options.AttemptTimeout, options.PerServiceMax))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private PresentAlert? _present;
    private string _subject = "";

    /// <summary>Whether it is known what messages say.</summary>
    public bool IsReady => Volatile.Read(ref _present) is not null;

    /// <summary>The push service of an endpoint.</summary>
    public static string OriginOf(string endpoint) => new Uri(endpoint).GetLeftPart(UriPartial.Authority);

    public void Attach(PresentAlert present, string subject)
    {
        _subject = subject;
        Volatile.Write(ref _present, present);
    }

    public async ValueTask<AttemptResult> RunAsync(
        Delivery delivery, StoredSubscription subscription, CancellationToken ct)
    {
        var secret = keys.Open(subscription.SealedToken);
        if (secret is null || await peers.Users.FindToken(new FindToken(secret), Call.Until(ct)) is not { } token)
            return new AttemptResult(AttemptOutcome.Over);
        if (token.Standing != Standing.Active || await ViewAsync(delivery, ct) is not { } view)
            return new AttemptResult(AttemptOutcome.Unneeded);
        var message = _present!(view, secret, await LanguageAsync(delivery, ct));
        using var request = RequestOf(message, subscription.Target, delivery.ExpiresAt);
        using var limit = new CancellationTokenSource(options.AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var response = await _http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return ResultOf(response);
        }
        catch (HttpRequestException)
        {
            return new AttemptResult(AttemptOutcome.Failed);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return new AttemptResult(AttemptOutcome.Failed);
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<NoticeView?> ViewAsync(Delivery delivery, CancellationToken ct)
    {
        var range = new NoticeRange(delivery.Notice + 1, delivery.Notice - 1, true, 1);
        var page = await peers.Notifications.List(
            new ListNotices(delivery.Account, range, NoticeChoice.Usual), Call.Until(ct));
        var views = await NoticeViews.HydrateAsync(peers.Timelines, delivery.Account, page.Items, Call.Until(ct));
        return views is [var view] ? view : null;
    }

    private async ValueTask<string?> LanguageAsync(Delivery delivery, CancellationToken ct)
    {
        var found = await peers.Moderation.Look(new LookAtAccounts([delivery.Account]), Call.Until(ct));
        return found[0] is { } record ? record.Account.Profile.Reading.PagesLanguage ?? record.Locale : null;
    }

    private HttpRequestMessage RequestOf(byte[] message, PushTarget target, DateTimeOffset expires)
    {
        var now = time.GetUtcNow();
        var sealed_ = MessageEncryption.Encrypt(message, target);
        var token = keys.TokenFor(OriginOf(target.Endpoint), _subject, now);
        var key = Base64Url.EncodeToString(keys.PublicKey);
        var request = new HttpRequestMessage(HttpMethod.Post, target.Endpoint)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ByteArrayContent(sealed_.Body),
        };
        var (headers, content) = (request.Headers, request.Content.Headers);
        content.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.ContentEncoding.Add(target.IsStandard ? "aes128gcm" : "aesgcm");
        var seconds = Math.Max(0, (long)(expires - now).TotalSeconds);
        headers.TryAddWithoutValidation("TTL", seconds.ToString(CultureInfo.InvariantCulture));
        headers.TryAddWithoutValidation("Urgency", "normal");
        if (target.IsStandard)
        {
            headers.TryAddWithoutValidation("Authorization", $"vapid t={token},k={key}");
            return request;
        }
        headers.TryAddWithoutValidation("Authorization", $"WebPush {token}");
        headers.TryAddWithoutValidation("Encryption", $"salt={Base64Url.EncodeToString(sealed_.Salt)}");
        headers.TryAddWithoutValidation(
            "Crypto-Key", $"dh={Base64Url.EncodeToString(sealed_.SenderKey)};p256ecdsa={key}");
        return request;
    }

    private AttemptResult ResultOf(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        >= 200 and < 300 => new AttemptResult(AttemptOutcome.Sent),
        404 or 410 => new AttemptResult(AttemptOutcome.Over),
        408 or 429 or >= 500 => new AttemptResult(AttemptOutcome.Failed, AskedBy(response)),
        _ => new AttemptResult(AttemptOutcome.Refused),
    };

    private TimeSpan? AskedBy(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow(),
        _ => null,
    };
}
