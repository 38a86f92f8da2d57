using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Yarp.ReverseProxy.Forwarder;

namespace Roost.Operations.Gateway;

/// <summary>
/// Sends a request to an instance, and to another one when the first failed before it had answered: always when it was
/// certainly never sent, and reads also when it may have been. A budget for all requests bounds the second tries. While
/// nobody is there it waits for somebody to come (<see cref="Pool.WaitAsync"/>). What is part of a page comes from an
/// instance of the version that made the page, while there is one (<see cref="Exchange.IsPassedOn"/>).
/// </summary>
internal sealed partial class Forwarding : IDisposable
{
    private const int TriesMax = 3;

    private static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(2);

    // Shorter than the two minutes after which applications close idle connections.
    private static readonly TimeSpan _idleMax = TimeSpan.FromSeconds(60);

    // A warning a second is enough to know that instances fail; how many requests do, metrics tell.
    private static readonly TimeSpan _warningEvery = TimeSpan.FromSeconds(1);

    private readonly IHttpForwarder _forwarder;
    private readonly Refusals _refusals;
    private readonly GatewayTools _tools;
    private readonly GatewayOptions _options;
    private readonly CancellationToken _stopping;
    private readonly ILogger _log;
    private readonly HttpMessageInvoker _client;
    private readonly ForwarderRequestConfig[] _configs;
    private long _nextWarning = long.MinValue;

    public Forwarding(
        IHttpForwarder forwarder, Refusals refusals, GatewayOptions options, GatewayTools tools,
        CancellationToken stopping)
    {
        (_forwarder, _refusals, _options, _tools, _stopping) = (forwarder, refusals, options, tools, stopping);
        _log = tools.Loggers.CreateLogger<Forwarding>();
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = _connectMax,
            PooledConnectionIdleTimeout = _idleMax,
            ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        });
        _configs = [.. Applications.All.Select(application => new ForwarderRequestConfig
        {
            ActivityTimeout = options.SilenceMax * application.SilenceTimes,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        })];
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Answers the request, unless nobody is there who could.</summary>
    /// <returns>False: it may be sent again when it has waited for somebody to come.</returns>
    public async Task<bool> SendAsync(Exchange exchange, Pool pool)
    {
        using var upload = RequestBodies.IsPassedThrough(exchange.Http.Request)
            ? new CancellationTokenSource(_options.UploadMax, _tools.Time)
            : null;
        // Streams would go on for hours: who drains has them come back, to another gateway.
        var ends = exchange.Asked.Application.IsStreaming ? _stopping : upload?.Token ?? CancellationToken.None;
        pool.Retries.PayIn();
        for (var tries = 1; ; tries++)
        {
            var failure = await TryAsync(exchange, pool, ends);
            if (failure is null) return true;
            if (MayRepeat(exchange, failure.Value))
            {
                var isAgain = tries < TriesMax && !(failure.Value.WasNeverSent && pool.HasOneAtMost)
                    && pool.Retries.TryTake();
                if (isAgain) _tools.Gateway.Retried(exchange.Asked.Application);
                if (isAgain || await WaitAsync(exchange, pool))
                {
                    exchange.Http.Response.Clear();
                    RequestBodies.Rewind(exchange.Http.Request);
                    if (isAgain) continue;
                    return false;
                }
            }
            await AnswerAsync(exchange, failure.Value);
            return true;
        }
    }

    /// <summary>Without a place among those let in: what it waits tells nothing of how busy instances are.</summary>
    private static ValueTask<bool> WaitAsync(Exchange exchange, Pool pool)
    {
        exchange.Leave(CallOutcome.Abandoned);
        if (pool.HasOneAtMost) pool.NoteGap();
        return pool.WaitAsync(exchange.Gap(), exchange.Http.RequestAborted);
    }

    /// <returns>Null when it was answered, or there is nobody to answer any more.</returns>
    private async Task<Failure?> TryAsync(Exchange exchange, Pool pool, CancellationToken ends)
    {
        var http = exchange.Http;
        Upstream upstream;
        try
        {
            upstream = exchange.Pick(pool);
        }
        catch (ServiceException none)
        {
            return new Failure(GatewayOutcome.Unreachable, none, WasNeverSent: true);
        }
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ends);
        // Who was stopped would answer when it is woken, or never.
        using var gone = upstream.Gone.UnsafeRegister(
            _ =>
            {
                if (exchange.MayBeLeft) until.Cancel();
            },
            null);
        var error = await _forwarder.SendAsync(
            http, upstream.Prefix, _client, _configs[exchange.Asked.Application.Index], exchange, until.Token);
        if (error == ForwarderError.None)
        {
            // Whatever came of the tries before.
            exchange.Outcome = GatewayOutcome.Answered;
            if (!exchange.IsPassedOn) return null;
            http.Response.Clear();
            RequestBodies.Rewind(http.Request);
            return await TryAsync(exchange, pool, ends);
        }
        var cause = http.Features.Get<IForwarderErrorFeature>()?.Exception;
        var failure = FailureOf(error, cause, exchange, ends);
        exchange.EndTry(failure.Outcome is GatewayOutcome.Gone or GatewayOutcome.Refused
            ? CallOutcome.Abandoned
            : CallOutcome.Failed);
        exchange.Outcome = failure.Outcome;
        // A stream that ended in whatever way has been answered; so has whoever had the answer's head and more.
        return failure.Outcome == GatewayOutcome.Gone || http.Response.HasStarted ? null : failure;
    }

    private static Failure FailureOf(
        ForwarderError error, Exception? cause, Exchange exchange, CancellationToken ends)
    {
        var isGone = exchange.Http.RequestAborted.IsCancellationRequested;
        var wasNeverSent = cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
            or OperationCanceledException { InnerException: TimeoutException };
        return new Failure(
            wasNeverSent ? GatewayOutcome.Unreachable
                : exchange.HasHead && exchange.Asked.Application.IsStreaming ? GatewayOutcome.Answered
                : isGone ? GatewayOutcome.Gone
                : error is ForwarderError.RequestBodyClient || ends.IsCancellationRequested ? GatewayOutcome.Refused
                : error is ForwarderError.RequestTimedOut ? GatewayOutcome.TimedOut
                : GatewayOutcome.Failed,
            cause, wasNeverSent);
    }

    private static bool MayRepeat(Exchange exchange, Failure failure) =>
        !exchange.HasHead
        && (failure.WasNeverSent || exchange.Asked.IsRepeatable && failure.Outcome == GatewayOutcome.Failed)
        && !RequestBodies.IsPassedThrough(exchange.Http.Request);

    private async Task AnswerAsync(Exchange exchange, Failure failure)
    {
        exchange.Outcome = failure.Outcome;
        // What took too long is a sign of load, and so is who is not there any more.
        exchange.Leave(failure.Outcome == GatewayOutcome.TimedOut ? CallOutcome.Overloaded : CallOutcome.Failed);
        if (failure.Outcome != GatewayOutcome.Refused) Warn(exchange, failure);
        var (status, text) = failure.Outcome switch
        {
            GatewayOutcome.Unreachable => (
                StatusCodes.Status503ServiceUnavailable,
                "This part of the server cannot be reached right now. Please try again in a moment."),
            GatewayOutcome.TimedOut => (
                StatusCodes.Status504GatewayTimeout,
                "The server took too long to answer. Whether it was done is not known: look before you try again."),
            GatewayOutcome.Refused when exchange.Http.Response.StatusCode == StatusCodes.Status413PayloadTooLarge => (
                StatusCodes.Status413PayloadTooLarge, "The request is too large."),
            GatewayOutcome.Refused => (
                StatusCodes.Status408RequestTimeout, "The request did not come whole, or too slowly."),
            _ => (
                StatusCodes.Status502BadGateway,
                "The server broke off before it had answered. Whether it was done is not known: look before you try "
                + "again."),
        };
        await _refusals.WriteAsync(exchange, status, text, isForNow: failure.Outcome == GatewayOutcome.Unreachable);
    }

    private void Warn(Exchange exchange, Failure failure)
    {
        var now = _tools.Time.GetTimestamp();
        var next = Volatile.Read(ref _nextWarning);
        if (now < next) return;
        var after = now + (long)(_warningEvery.TotalSeconds * _tools.Time.TimestampFrequency);
        if (Interlocked.CompareExchange(ref _nextWarning, after, next) != next) return;
        LogFailed(
            _log, failure.Cause, exchange.Asked.Application.Name, failure.Outcome,
            exchange.Instance?.Target.Prefix ?? "nowhere", exchange.Id);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Application} did not answer ({Outcome}, sent to {Instance}, request {Id}); at most one such line a "
            + "second, roost.gateway.request.duration counts all.")]
    private static partial void LogFailed(
        ILogger log, Exception? cause, string application, GatewayOutcome outcome, string instance, string id);

    /// <param name="WasNeverSent">Certainly: no connection was made, or there was nobody to make one to.</param>
    private readonly record struct Failure(GatewayOutcome Outcome, Exception? Cause, bool WasNeverSent);
}
