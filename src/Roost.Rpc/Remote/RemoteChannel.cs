using Grpc.Core;
using Grpc.Net.Client;

namespace Roost.Rpc.Remote;

/// <summary>
/// The connections to one instance. HTTP/2 carries many calls on each; a further one is opened when a hundred are at
/// work. An idle connection is pinged, so that one whose other end froze or vanished is found within seconds.
/// </summary>
internal sealed class RemoteChannel
{
    private static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pingEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pingMax = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;
    private readonly TimeProvider _time;

    // Calls at work, and one more while the instance is known; whoever takes the last away closes. Interlocked.
    private int _users = 1;

    public RemoteChannel(string address, TimeProvider time)
    {
        (Address, _time) = (address, time);
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = _connectMax,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = _pingEvery,
                KeepAlivePingTimeout = _pingMax,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                UseProxy = false,
                UseCookies = false,
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
        });
        _invoker = _channel.CreateCallInvoker();
    }

    public string Address { get; }

    /// <exception cref="ServiceException">What the service said, or that it cannot be reached.</exception>
    public async ValueTask<TReply> SendAsync<TRequest, TReply>(
        RemoteMethod<TRequest, TReply> method, TRequest request, Call call)
        where TRequest : notnull
    {
        Interlocked.Increment(ref _users);
        try
        {
            DateTime? deadline = call.Deadline.IsNone
                ? null
                : (_time.GetUtcNow() + call.Deadline.Remaining(_time)).UtcDateTime;
            using var sent = _invoker.AsyncUnaryCall(
                method.Grpc, null, new CallOptions(deadline: deadline, cancellationToken: call.Cancellation),
                new Boxed<TRequest>(request));
            return (await sent.ResponseAsync).Value;
        }
        catch (RpcException error)
        {
            throw RemoteErrors.FromStatus(error, method.MetricName, Address, call);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>No further calls come: closes when the last has ended.</summary>
    public void Retire() => Leave();

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0) _channel.Dispose();
    }
}
