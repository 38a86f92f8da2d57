using System.Diagnostics;
using System.Diagnostics.Metrics;
using Roost.Rpc.Balancing;
using Roost.Rpc.Filters;
using Roost.Rpc.Toggles;
using Roost.Rpc.Tracing;

namespace Roost.Rpc.Clients;

/// <summary>
/// The filters that every call to a service elsewhere goes through, from the top down:
/// <list type="number">
/// <item><see cref="MetricsFilter"/>: what the caller waits for, all tries included;</item>
/// <item>tracing: one span for the call; the tries lie within it;</item>
/// <item><see cref="DeadlineFilter"/>: one deadline for all tries together;</item>
/// <item>retry with a budget: what failed goes to another instance, after a wait from the third try on;</item>
/// <item>hedging, where the work may be done twice: what is late goes to another instance too;</item>
/// <item>ejection and balancing: chooses the instance of each try and learns from how it ends.</item>
/// </list>
/// The result is a <see cref="Service{TRequest, TReply}"/> like any other.
/// </summary>
/// <remarks>One stack for each service called: its calls share the balancer and the budgets.</remarks>
public sealed class ClientStack<TTarget>
    where TTarget : class
{
    private readonly Balancer<TTarget> _balancer;
    private readonly ClientPolicy _policy;
    private readonly RpcMetrics _calls;
    private readonly ClientMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly AtomicRandom _random;
    private readonly RetryBudget _retries;
    private readonly RetryBudget _hedges;
    private readonly Toggle? _hedging;

    /// <param name="seed">Of the waits between tries.</param>
    /// <param name="hedging">For how many calls there is hedging; null for all.</param>
    public ClientStack(
        Balancer<TTarget> balancer, ClientPolicy policy, IMeterFactory meters, TimeProvider time, ulong seed,
        Toggle? hedging = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _balancer = balancer;
        _policy = policy;
        _calls = new RpcMetrics(meters, RpcSide.Client);
        _metrics = new ClientMetrics(meters);
        _time = time;
        _random = new AtomicRandom(seed);
        _retries = new RetryBudget(policy.RetryShare, policy.RetriesPerSecond, time);
        _hedges = new RetryBudget(policy.HedgeShare, perSecond: 1, time);
        _hedging = hedging;
    }

    /// <summary>The service as its callers see it. Call it once per method, at start-up.</summary>
    /// <param name="method">Service and method in lower case: <c>users.get</c>.</param>
    /// <param name="keyOf">Whose a request is, for all of theirs to go to one instance; null: to any.</param>
    public Service<TRequest, TReply> Wrap<TRequest, TReply>(
        string method, Repeatable repeatable, Send<TTarget, TRequest, TReply> send,
        Func<TRequest, ulong>? keyOf = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        var attempt = new BalancedCalls<TTarget>(_balancer, repeatable, _time).Apply(send, keyOf);
        var retry = new RetryFilter(method, _policy, repeatable, _retries, _metrics, _time, _random);
        var service = Called(retry.Apply(attempt));
        if (repeatable == Repeatable.Yes && _policy.HedgeQuantile > 0)
        {
            var hedge = new HedgeFilter(method, _policy, _hedges, _metrics, _time);
            var hedged = Called(retry.Apply(hedge.Apply(attempt)));
            service = _hedging?.Between(service, hedged) ?? hedged;
        }
        return service.With(
            new MetricsFilter(method, _calls, _time).Apply,
            new TracingFilter(method, ActivityKind.Client).Apply,
            new DeadlineFilter(method, _policy.TimeoutMax, _calls, _time).Apply);
    }

    private static Service<TRequest, TReply> Called<TRequest, TReply>(Attempt<TRequest, TReply> attempt) =>
        (request, call) => attempt(request, call, new Tries());
}
