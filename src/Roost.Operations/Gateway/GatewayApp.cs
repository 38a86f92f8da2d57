using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Yarp.ReverseProxy.Forwarder;

namespace Roost.Operations.Gateway;

/// <summary>
/// Stands before the applications: takes requests in, lets as many through as their instances can work on, and sends
/// each to one of them.
/// <code>
///  request → application by path → limits of its body → small bodies are read → gate: place, queue or 503
///     → instance of two drawn at random → forwarded; when it failed, perhaps to another one → answer
/// </code>
/// </summary>
/// <remarks>Keeps nothing of what it forwards: any number of gateways may stand side by side.</remarks>
public sealed class GatewayApp : IAsyncDisposable
{
    private readonly GatewayTools _tools;
    private readonly AccessLog? _accessLog;
    private readonly Callers _callers;
    private readonly Refusals _refusals = new();
    private readonly Pool[] _pools;
    private readonly Forwarding _forwarding;
    private readonly ILogger _unserved;

    /// <param name="store">Where applications are found that <see cref="GatewayOptions.To"/> does not name; or
    /// null.</param>
    /// <param name="accessLog">Or null for none; not disposed.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: an option is wrong.</exception>
    public GatewayApp(
        GatewayOptions options, IClusterStore? store, AccessLog? accessLog, WebApplication app, GatewayTools tools)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(tools);
        options.Validate(store is not null);
        (_tools, _accessLog) = (tools, accessLog);
        _unserved = Unserved.LogOf<GatewayApp>(tools.Loggers);
        _callers = new(options.Proxies);
        _pools = [.. Applications.All.Select(application => new Pool(application, options, store, tools))];
        _forwarding = new(
            app.Services.GetRequiredService<IHttpForwarder>(), _refusals, options, tools,
            app.Lifetime.ApplicationStopping);
        app.Run(HandleAsync);
    }

    /// <summary>What the server has to be able to do.</summary>
    public static void Register(IServiceCollection services) => services.AddHttpForwarder();

    /// <summary>Until it is known where applications run; at once without a store.</summary>
    public Task KnownAsync(CancellationToken ct) => Task.WhenAll(_pools.Select(pool => pool.KnownAsync(ct)));

    /// <summary>How applications stand.</summary>
    public IReadOnlyList<CalledService> Report() => [.. _pools.Select(pool => new CalledService(
        pool.Application.Name, pool.Balancer.Report(), pool.Gate.Report()))];

    /// <summary>After the server has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools) await pool.DisposeAsync();
        _forwarding.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var exchange = new Exchange(http, RequestClass.Of(http.Request), _callers, _tools.Time);
        try
        {
            await ServeAsync(exchange);
        }
        catch (BadHttpRequestException wrong)
        {
            exchange.Outcome = GatewayOutcome.Refused;
            await _refusals.WriteAsync(
                exchange, wrong.StatusCode, wrong.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? TooLarge(exchange)
                    : "The request did not come whole, or too slowly.",
                isForNow: false);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            exchange.Outcome = GatewayOutcome.Gone;
        }
        finally
        {
            exchange.EndTry(CallOutcome.Abandoned);
            exchange.Leave(CallOutcome.Abandoned);
            _tools.Gateway.Answered(exchange.Asked.Application, exchange.Outcome, exchange.ToHead);
            _accessLog?.Note(exchange, _callers.ClientOf(http));
            if (exchange.Outcome.IsFailure() && _unserved.IsEnabled(LogLevel.Error)) NoteFailure(exchange);
        }
    }

    private void NoteFailure(Exchange exchange)
    {
        var outcome = exchange.Outcome.Name();
        Unserved.NoteReason(
            _unserved, outcome,
            new Touched($"{exchange.Asked.Application.Name}: {outcome}", _callers.HashOf(exchange.Http)));
    }

    private async Task ServeAsync(Exchange exchange)
    {
        var (http, application) = (exchange.Http, exchange.Asked.Application);
        if (!RequestBodies.TryLimit(http, application))
        {
            exchange.Outcome = GatewayOutcome.Refused;
            await _refusals.WriteAsync(
                exchange, StatusCodes.Status413PayloadTooLarge, TooLarge(exchange), isForNow: false);
            return;
        }
        await RequestBodies.HoldAsync(http.Request, http.RequestAborted);

        var own = _pools[application.Index];
        AdmissionOutcome outcome;
        Pool pool;
        AdmissionGate gate;
        do
        {
            pool = own.HasInstances ? own : _pools[Applications.Web.Index];
            gate = application.IsStreaming ? own.Gate : pool.Gate;
            outcome = await exchange.EnterAsync(gate);
        }
        while (await IsToEnterAgainAsync(exchange, outcome, pool, gate));
        switch (outcome)
        {
            case AdmissionOutcome.Admitted:
                break;
            case AdmissionOutcome.Gone:
                exchange.Outcome = GatewayOutcome.Gone;
                break;
            default:
                exchange.Outcome = GatewayOutcome.Overloaded;
                await _refusals.WriteAsync(
                    exchange, StatusCodes.Status503ServiceUnavailable,
                    "Too many people are asking for this right now. Please try again in a moment.", isForNow: true);
                break;
        }
    }

    /// <summary>Whether nobody was there to send it to, and it has waited for somebody to come. All that came meanwhile
    /// are at the gate at the same moment then, so those that do not get in wait on; so do they while nothing that was
    /// let in is answered, as when an application itself waits for a service.</summary>
    private async ValueTask<bool> IsToEnterAgainAsync(
        Exchange exchange, AdmissionOutcome outcome, Pool pool, AdmissionGate gate)
    {
        if (outcome == AdmissionOutcome.Admitted) return !await _forwarding.SendAsync(exchange, pool);
        if (outcome == AdmissionOutcome.Gone || exchange.Asked.Application.IsStreaming) return false;
        if (gate.StandsStill) pool.NoteGap();
        else if (!pool.IsBehind && !exchange.HasGap) return false;
        // Who was late has waited already, and goes to the gate again at once.
        return outcome == AdmissionOutcome.Late
            ? pool.MayWait(exchange.Gap())
            : await pool.WaitAsync(exchange.Gap(), exchange.Http.RequestAborted);
    }

    private static string TooLarge(Exchange exchange) =>
        $"The request is too large: {exchange.Asked.Application.BodyBytesMax:N0} bytes are the most here.";
}
