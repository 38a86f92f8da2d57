using Microsoft.AspNetCore.Http;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Yarp.ReverseProxy.Forwarder;

namespace Roost.Operations.Gateway;

/// <summary>
/// One request on its way: what is known of it, its place among those let in, and the instance that it was sent to.
/// Both are given back when the answer's head is there, for then the instance has done its work; the body goes out as
/// fast as its reader reads, which may be slow. Streams keep their place to their end.
/// </summary>
internal sealed class Exchange(HttpContext http, RequestClass asked, Callers callers, TimeProvider time)
    : HttpTransformer
{
    /// <summary>What an instance says that has not just what is asked for, but a file of the same name as it is in
    /// another version of the program.</summary>
    private const string OtherVersionHeader = "Roost-Other-Version";

    private Pool? _pool;
    private AdmissionGate? _gate;
    private long _admitted;
    private Picked<Upstream>? _picked;
    private HashSet<Instance<Upstream>>? _others;
    private long? _gap;
    private string? _key;

    public HttpContext Http => http;

    public RequestClass Asked => asked;

    public string Id { get; } = callers.IdOf(http);

    public long Arrived { get; } = time.GetTimestamp();

    public GatewayOutcome Outcome { get; set; }

    /// <summary>How long it waited for a place.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>How long it took until the answer's head was there, or it was refused; zero before.</summary>
    public TimeSpan ToHead { get; private set; }

    /// <summary>Where it was sent last; null when nowhere.</summary>
    public Instance<Upstream>? Instance { get; private set; }

    /// <summary>Whether the instance that was asked is of another version than the page, and the next one is chosen.
    /// </summary>
    public bool IsPassedOn { get; private set; }

    /// <summary>Whether an instance has begun to answer.</summary>
    public bool HasHead { get; private set; }

    /// <summary>Whether it may be taken from an instance that is not told of any more: it can be sent to another one,
    /// or its client opens another stream.</summary>
    public bool MayBeLeft => asked.IsRepeatable && (!HasHead || asked.Application.IsStreaming);

    /// <summary>Waits for a place at the gate.</summary>
    public async ValueTask<AdmissionOutcome> EnterAsync(AdmissionGate gate)
    {
        var admission = await gate.EnterAsync(asked.Application.Index, (int)asked.Priority, http.RequestAborted);
        Waited = time.GetElapsedTime(Arrived);
        if (admission.IsAdmitted) (_gate, _admitted) = (gate, admission.Start);
        return admission.Outcome;
    }

    /// <summary>Chooses an instance to send it to, another than before if there is one.</summary>
    public Upstream Pick(Pool pool)
    {
        if (IsPassedOn)
        {
            IsPassedOn = false;
            return _picked!.Value.Target;
        }
        var picked = pool.Balancer.Pick(time.GetTimestamp(), asked.IsRepeatable, Instance);
        (_pool, _picked, Instance) = (pool, picked, picked.Instance);
        return picked.Target;
    }

    /// <summary>The instance has failed, or the caller has gone: it is done with.</summary>
    public void EndTry(CallOutcome outcome)
    {
        if (_picked is not { } picked) return;
        _picked = null;
        var now = time.GetTimestamp();
        var usual = _pool!.Usual(asked.Kind);
        if (outcome == CallOutcome.Answered) usual.Add(Math.Max(1, now - picked.Start));
        _pool.Balancer.End(picked, usual.Value, outcome, now);
    }

    /// <summary>Gives the place back, if it has one. <see cref="CallOutcome.Answered"/>: the time that it took tells
    /// how busy the instances are.</summary>
    public void Leave(CallOutcome outcome)
    {
        if (_gate is not { } gate) return;
        _gate = null;
        gate.Leave(asked.Application.Index, asked.Kind, _admitted, outcome);
    }

    /// <summary>Whether it has waited so, at some time.</summary>
    public bool HasGap => _gap is not null;

    /// <summary>It waits, since nobody is there to be asked, or was a moment ago.</summary>
    /// <returns>Since when: a timestamp.</returns>
    public long Gap() => _gap ??= time.GetTimestamp();

    public void HeadIsThere() => ToHead = time.GetElapsedTime(Arrived);

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix,
        CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        callers.Tell(httpContext, proxyRequest, Id);
        if (!asked.LacksKey) return;
        proxyRequest.Headers.Remove(RequestClass.KeyHeader);
        proxyRequest.Headers.TryAddWithoutValidation(RequestClass.KeyHeader, _key ??= callers.NewKey());
    }

    public override ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null)
        {
            // Neither its head nor its body is for the client.
            if (IsOfOtherVersion(proxyResponse) && TryPassOn()) return new(false);
            var status = (int)proxyResponse.StatusCode;
            HasHead = true;
            HeadIsThere();
            EndTry(OfInstance(status));
            if (!asked.Application.IsStreaming) Leave(OfWork(status));
            httpContext.Response.Headers[Callers.RequestIdHeader] = Id;
        }
        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    private bool IsOfOtherVersion(HttpResponseMessage response) =>
        response.Headers.Contains(OtherVersionHeader)
        && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        && !RequestBodies.IsPassedThrough(http.Request);

    /// <summary>Each is asked once at most; the last one's answer will have to do.</summary>
    private bool TryPassOn()
    {
        EndTry(CallOutcome.Answered);
        (_others ??= []).Add(Instance!);
        if (_pool!.Balancer.PickOther(time.GetTimestamp(), _others) is not { } next) return false;
        (_picked, Instance, IsPassedOn) = (next, next.Instance, true);
        return true;
    }

    private static CallOutcome OfInstance(int status) => status switch
    {
        StatusCodes.Status503ServiceUnavailable => CallOutcome.Overloaded,
        >= 500 => CallOutcome.Failed,
        _ => CallOutcome.Answered,
    };

    // Refusals are quick whatever the instance has to do: they tell nothing of it.
    private static CallOutcome OfWork(int status) => status switch
    {
        StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => CallOutcome.Overloaded,
        >= 400 => CallOutcome.Abandoned,
        _ => CallOutcome.Answered,
    };
}
