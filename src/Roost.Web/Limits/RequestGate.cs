using System.Buffers;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Limits;

/// <summary>
/// Where requests meet the <see cref="RequestLimiter"/>: says with each answer how many more there may be, and answers
/// those that are too many. It stands behind the look at the token, which tells who asks. <b>Hot path.</b>
/// </summary>
internal sealed class RequestGate(RateLimitOptions options, TimeProvider time, LimitMetrics metrics)
{
    private static readonly SearchValues<string> _cursors =
        SearchValues.Create(["max_id=", "min_id=", "since_id=", "page="], StringComparison.Ordinal);

    private readonly RequestLimiter? _limiter = options.Times == 0 ? null : new RequestLimiter(options, time);

    /// <summary>Whether a path is counted at all: sign-in has a bucket of its own, and streams stay open.</summary>
    public static bool Counts(string? path) => path?.StartsWith("/api/", StringComparison.Ordinal) == true;

    /// <summary>Counts a request to the API.</summary>
    /// <param name="token">Null for who has none, or none that holds.</param>
    /// <returns>What it is refused by, or null.</returns>
    public CountedLease? Refuses(HttpContext http, Token? token, LimitKind extra = LimitKind.None)
    {
        if (_limiter is null || IsSpared(http, out var address)) return null;
        var query = http.Request.QueryString;
        var isPaging = query.HasValue && query.Value.AsSpan().ContainsAny(_cursors);
        var lease = _limiter.Count(new LimitedRequest(
            token?.Account ?? default, (ulong)(token?.Number ?? 0), LimitedRequest.KeyOf(address), extra, isPaging));
        if (lease is null) return null;
        var headers = http.Response.Headers;
        headers["X-RateLimit-Limit"] = lease.Rule.PermitsInWords;
        headers["X-RateLimit-Remaining"] = lease.RemainingInWords;
        headers["X-RateLimit-Reset"] = _limiter.EndInWords(lease.Rule);
        return lease.IsAcquired ? null : Told(lease);
    }

    /// <summary>Counts a form of a page, as what it does.</summary>
    /// <inheritdoc cref="Refuses"/>
    public CountedLease? RefusesForm(HttpContext http, AccountId viewer, LimitKind extra) =>
        IsSpared(http, out var address) ? null : RefusesOne(viewer, address, extra);

    /// <summary>Counts one of many things that a request does, for somebody who need not be the one who asks.</summary>
    /// <inheritdoc cref="Refuses"/>
    public CountedLease? RefusesItem(HttpContext http, AccountId account, LimitKind extra) =>
        IsSpared(http, out _) ? null : RefusesOne(account, null, extra);

    /// <summary>Whether what comes to nothing does not count as that: as on a Mastodon server, where what is not made
    /// is not counted. As a request it counts.</summary>
    public static bool IsForWhatIsMade(LimitKind extra) =>
        extra is LimitKind.Posts or LimitKind.Follows or LimitKind.Reports;

    /// <summary>Takes back what was counted for an account and came to nothing.</summary>
    public void GiveBack(HttpContext http, AccountId account, LimitKind extra)
    {
        if (!IsSpared(http, out _) && !account.IsNone) _limiter?.GiveBack(account, extra);
    }

    /// <summary>Does what was counted as <paramref name="extra"/>, and takes that back when it is refused.</summary>
    public async Task RunAsync(HttpContext http, AccountId account, LimitKind extra, Func<Task> doing)
    {
        var isMade = false;
        try
        {
            await doing();
            isMade = http.Response.StatusCode < StatusCodes.Status400BadRequest;
        }
        finally
        {
            if (!isMade) GiveBack(http, account, extra);
        }
    }

    /// <summary>Answers what was refused.</summary>
    public Task AnswerAsync(HttpContext http, CountedLease refusal)
    {
        http.Response.Headers.RetryAfter = SecondsToWait(refusal);
        return ErrorReplies.WriteJsonAsync(http, StatusCodes.Status429TooManyRequests, "Too many requests");
    }

    /// <summary>In how many seconds the limit begins anew, at least one.</summary>
    public string SecondsToWait(CountedLease refusal) =>
        Math.Max(Math.Ceiling(_limiter!.WaitFor(refusal.Rule).TotalSeconds), 1).ToString(CultureInfo.InvariantCulture);

    private CountedLease? RefusesOne(AccountId account, IPAddress? address, LimitKind extra)
    {
        var lease = _limiter?.Count(
            new LimitedRequest(account, 0, LimitedRequest.KeyOf(address), extra, IsGeneral: false));
        return lease is { IsAcquired: false } ? Told(lease) : null;
    }

    private bool IsSpared(HttpContext http, out IPAddress? address)
    {
        address = http.Connection.RemoteIpAddress;
        return options.SparesLoopback && address is not null && IPAddress.IsLoopback(address);
    }

    private CountedLease Told(CountedLease refusal)
    {
        metrics.Refused(refusal.Rule.Kind);
        return refusal;
    }
}
