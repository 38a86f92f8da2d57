using System.Runtime.CompilerServices;
using System.Text;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Mvccpb;

namespace Roost.Rpc.Discovery;

/// <summary>
/// The store of a network of many processes: etcd 3.4 or later. Over dotnet-etcd's generated clients, not its own
/// ones: those return from a watch before etcd has confirmed it.
/// </summary>
public sealed class EtcdClusterStore : IClusterStore, IDisposable
{
    // Longer than an election takes; the others know within 1.6 s that a leader is gone.
    private static readonly TimeSpan _callMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(1);

    // etcd closes connections that are pinged more often than every 5 s (--grpc-keepalive-min-time), and watches with
    // them.
    private static readonly TimeSpan _pingEvery = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _pingMax = TimeSpan.FromSeconds(1);

    private readonly ServiceProvider _resolvers;
    private readonly GrpcChannel _channel;
    private readonly KV.KVClient _keys;
    private readonly Lease.LeaseClient _leases;
    private readonly Watch.WatchClient _watches;
    private readonly TimeProvider _time;

    /// <param name="endpoints">Addresses of the cluster's members: <c>http://10.0.0.1:2379</c>. Any that answers will
    /// do.</param>
    public EtcdClusterStore(IReadOnlyList<Uri> endpoints, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        _time = time;
        var members = endpoints.Select(endpoint => new BalancerAddress(endpoint.Host, endpoint.Port)).ToArray();
        _resolvers = new ServiceCollection()
            .AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => members)).BuildServiceProvider();
        _channel = GrpcChannel.ForAddress("static:///etcd", new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceProvider = _resolvers,
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new PickFirstConfig() } },
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = _connectMax,
                KeepAlivePingDelay = _pingEvery,
                KeepAlivePingTimeout = _pingMax,
                EnableMultipleHttp2Connections = true,
            },
        });
        (_keys, _leases, _watches) = (new(_channel), new(_channel), new(_channel));
    }

    public async ValueTask<ClusterSnapshot> ReadAsync(string prefix, CancellationToken ct)
    {
        var reply = await AskAsync(options => _keys.RangeAsync(
            new RangeRequest
            {
                Key = ByteString.CopyFromUtf8(prefix),
                RangeEnd = End(prefix),
                SortTarget = RangeRequest.Types.SortTarget.Key,
                SortOrder = RangeRequest.Types.SortOrder.Ascend,
            },
            options), ct);
        return new(
            [.. reply.Kvs.Select(pair => new ClusterEntry(
                pair.Key.ToStringUtf8(), pair.Value.ToStringUtf8(), pair.ModRevision))],
            reply.Header.Revision);
    }

    public async ValueTask<long?> PutAsync(
        string key, string value, CancellationToken ct, long lease = 0, long? expected = null)
    {
        var put = new PutRequest
        {
            Key = ByteString.CopyFromUtf8(key),
            Value = ByteString.CopyFromUtf8(value),
            Lease = lease,
        };
        if (expected is not { } revision)
            return (await AskAsync(options => _keys.PutAsync(put, options), ct)).Header.Revision;
        var transaction = new TxnRequest
        {
            Compare =
            {
                new Compare
                {
                    Key = put.Key,
                    Target = Compare.Types.CompareTarget.Mod,
                    Result = Compare.Types.CompareResult.Equal,
                    ModRevision = revision,
                },
            },
            Success = { new RequestOp { RequestPut = put } },
        };
        var reply = await AskAsync(options => _keys.TxnAsync(transaction, options), ct);
        return reply.Succeeded ? reply.Header.Revision : null;
    }

    public async ValueTask<bool> DeleteAsync(string key, CancellationToken ct) =>
        (await AskAsync(
            options => _keys.DeleteRangeAsync(
                new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) }, options),
            ct)).Deleted > 0;

    public async ValueTask<long> GrantAsync(TimeSpan ttl, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        var request = new LeaseGrantRequest { TTL = (long)ttl.TotalSeconds };
        return (await AskAsync(options => _leases.LeaseGrantAsync(request, options), ct)).ID;
    }

    public async ValueTask<bool> KeepAliveAsync(long lease, CancellationToken ct)
    {
        try
        {
            using var talk = _leases.LeaseKeepAlive(Options(ct));
            await talk.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = lease }, ct);
            await talk.RequestStream.CompleteAsync();
            return await talk.ResponseStream.MoveNext(ct) && talk.ResponseStream.Current.TTL > 0;
        }
        catch (RpcException error)
        {
            throw Failure(error, ct);
        }
    }

    public async ValueTask RevokeAsync(long lease, CancellationToken ct)
    {
        try
        {
            await AskAsync(options => _leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = lease }, options), ct);
        }
        catch (ServiceException ended) when (ended.Code == ErrorCode.NotFound)
        {
            // It had ended already, which is what was wanted.
        }
    }

    public async IAsyncEnumerable<ClusterChange> WatchAsync(
        string prefix, long after, [EnumeratorCancellation] CancellationToken ct)
    {
        using var talk = _watches.Watch(cancellationToken: ct);
        await SayAsync(talk, prefix, after, ct);
        while (await NextAsync(talk, ct) is { } reply)
        {
            if (reply.CompactRevision > 0)
                throw new ServiceException(
                    ErrorCode.Conflict, $"Changes after {after} are not kept any more; read again.");
            if (reply.Canceled)
                throw new ServiceException(ErrorCode.Unavailable, "etcd ended the watch.", reply.CancelReason);
            foreach (var change in reply.Events)
            {
                yield return new ClusterChange(
                    change.Kv.Key.ToStringUtf8(),
                    change.Type == Event.Types.EventType.Put ? change.Kv.Value.ToStringUtf8() : null,
                    change.Kv.ModRevision);
            }
        }
        ct.ThrowIfCancellationRequested();
        throw new ServiceException(ErrorCode.Unavailable, "etcd ended the watch.");
    }

    public void Dispose()
    {
        _channel.Dispose();
        _resolvers.Dispose();
    }

    private static async Task SayAsync(
        AsyncDuplexStreamingCall<WatchRequest, WatchResponse> talk, string prefix, long after, CancellationToken ct)
    {
        try
        {
            await talk.RequestStream.WriteAsync(
                new WatchRequest
                {
                    CreateRequest = new WatchCreateRequest
                    {
                        Key = ByteString.CopyFromUtf8(prefix),
                        RangeEnd = End(prefix),
                        StartRevision = after + 1,
                    },
                },
                ct);
        }
        catch (RpcException error)
        {
            throw Failure(error, ct);
        }
    }

    private static async Task<WatchResponse?> NextAsync(
        AsyncDuplexStreamingCall<WatchRequest, WatchResponse> talk, CancellationToken ct)
    {
        try
        {
            return await talk.ResponseStream.MoveNext(ct) ? talk.ResponseStream.Current : null;
        }
        catch (RpcException error)
        {
            throw Failure(error, ct);
        }
    }

    private async Task<T> AskAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> ask, CancellationToken ct)
    {
        try
        {
            using var call = ask(Options(ct));
            return await call.ResponseAsync;
        }
        catch (RpcException error)
        {
            throw Failure(error, ct);
        }
    }

    private CallOptions Options(CancellationToken ct) =>
        new(deadline: (_time.GetUtcNow() + _callMax).UtcDateTime, cancellationToken: ct);

    private static Exception Failure(RpcException error, CancellationToken ct) =>
        ct.IsCancellationRequested ? new OperationCanceledException(error.Message, error, ct)
        : error.StatusCode == StatusCode.NotFound
            ? new ServiceException(ErrorCode.NotFound, "The lease has ended; take a new one.", error.Message, error)
        : new ServiceException(
            ErrorCode.Unavailable,
            "etcd cannot be reached. Look at its endpoints, and whether most of its members run.",
            error.Status.ToString(), error);

    /// <summary>The first key after all that begin with the prefix; the zero byte means: after all there are.</summary>
    private static ByteString End(string prefix)
    {
        var bytes = Encoding.UTF8.GetBytes(prefix);
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes[i] == 0xFF) continue;
            bytes[i]++;
            return ByteString.CopyFrom(bytes, 0, i + 1);
        }
        return ByteString.CopyFrom(0);
    }
}
