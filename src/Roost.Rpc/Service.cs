namespace Roost.Rpc;

/// <summary>
/// A server is a function from a request to its future reply. The same type stands for a service in this process (a
/// direct call, nothing serialised) and for one far away; who calls cannot tell and need not care.
/// </summary>
/// <param name="request">What is asked. Services never keep or change it.</param>
/// <param name="call">The call's deadline and cancellation, handed on to whatever the service calls in turn.</param>
/// <exception cref="ServiceException">The world failed: no room, no peer, no time left, damaged data.</exception>
public delegate ValueTask<TReply> Service<in TRequest, TReply>(TRequest request, Call call);

/// <summary>A request that waits for something to happen: what its call takes says nothing of how fast the service
/// is.</summary>
public interface IWaitingRequest
{
    /// <summary>For how long at most.</summary>
    TimeSpan Wait { get; }
}

/// <summary>
/// A filter is a function from service to service: it is given what comes next and returns what callers see.
/// </summary>
/// <remarks>Filters run at composition time only; what they return runs per call and should allocate nothing.</remarks>
public delegate Service<TRequest, TReply> Filter<TRequest, TReply>(Service<TRequest, TReply> next);
