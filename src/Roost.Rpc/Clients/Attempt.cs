namespace Roost.Rpc.Clients;

/// <summary>
/// One try of a call: the part of a client's stack that may happen more than once for one call. Retries and hedges
/// are functions from attempt to attempt.
/// </summary>
/// <param name="tries">Shared by all tries of one call.</param>
internal delegate ValueTask<TReply> Attempt<in TRequest, TReply>(TRequest request, Call call, Tries tries);

/// <summary>What the tries of one call know of each other.</summary>
internal sealed class Tries
{
    /// <summary>The instance that the newest try went to, for the next one to avoid; null before the first.</summary>
    public object? Last { get; set; }
}
