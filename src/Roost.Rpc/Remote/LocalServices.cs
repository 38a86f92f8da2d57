namespace Roost.Rpc.Remote;

/// <summary>
/// The services that one process serves, for those of them that call each other: a direct call, without a network and
/// without a copy, through the functions that callers elsewhere have, their filters included.
/// </summary>
/// <remarks>Thread-safe. In which order services open does not matter: a call waits until its service has.</remarks>
/// <param name="names">All that the process is going to serve, as they are announced.</param>
public sealed class LocalServices(IEnumerable<string> names, TimeProvider time)
{
    private readonly Dictionary<string, LocalService> _services =
        names.ToDictionary(name => name, name => new LocalService(name, time), StringComparer.Ordinal);

    /// <summary>Whoever serves it in this process; null: nobody does.</summary>
    public LocalService? Find(string name) => _services.GetValueOrDefault(name);

    /// <summary>From now on it is open. Once for each name; of others nothing is noted.</summary>
    public void Open(string name, RemoteServices functions) => Find(name)?.Open(functions);
}

/// <summary>A service of this process.</summary>
public sealed class LocalService
{
    private readonly string _name;
    private readonly TimeProvider _time;

    private readonly TaskCompletionSource<RemoteServices> _opened =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal LocalService(string name, TimeProvider time) => (_name, _time) = (name, time);

    /// <summary>A function as callers elsewhere have it.</summary>
    public Service<TRequest, TReply> Function<TRequest, TReply>(RemoteMethod<TRequest, TReply> method)
        where TRequest : notnull
    {
        ArgumentNullException.ThrowIfNull(method);
        Service<TRequest, TReply>? known = null;
        return (request, call) => known is { } function
            ? function(request, call)
            : FirstAsync(request, call);

        async ValueTask<TReply> FirstAsync(TRequest request, Call call)
        {
            known = (await OpenedAsync(call)).Function(method);
            return await known(request, call);
        }
    }

    internal void Open(RemoteServices functions) => _opened.SetResult(functions);

    private async Task<RemoteServices> OpenedAsync(Call call)
    {
        try
        {
            return await (call.Deadline.IsNone
                ? _opened.Task.WaitAsync(call.Cancellation)
                : _opened.Task.WaitAsync(call.Deadline.Remaining(_time), _time, call.Cancellation));
        }
        catch (TimeoutException late)
        {
            throw new ServiceException(
                ErrorCode.Unavailable, "This server is starting. Try again in a moment.",
                $"{_name} of this process is not open yet.", late);
        }
    }
}
