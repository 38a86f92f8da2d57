using System.Runtime.CompilerServices;
using System.Text;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Mvccpb;

namespace Roost.Rpc.Discovery;

/// <summary>
/// The store of a network of many processes: etcd 3.4 or later. Over dotnet-etcd's generated clients, not its own
/// ones: those return from a watch before etcd has confirmed it.
/// </summary>
/// <remarks>One member is asked for everything until it fails to answer (<see cref="EtcdMembers"/>). A put that says
/// what it expects is sent to one member only: after an error nobody knows whether it was done.</remarks>
public sealed class EtcdClusterStore : IClusterStore
{
    // Ends a watch at a member that the others have gone without.
    private static readonly Metadata _withLeader = new() { { "hasleader", "true" } };

    private readonly EtcdMembers _members;

    /// <param name="endpoints">Addresses of the cluster's members: <c>http://10.0.0.1:2379</c>. The first one is asked
    /// first, and any that answers will do.</param>
    public EtcdClusterStore(IReadOnlyList<Uri> endpoints, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        _members = new(endpoints, time);
    }

    public async ValueTask<ClusterSnapshot> ReadAsync(string prefix, CancellationToken ct)
    {
        var reply = await AskAsync((member, options) => member.Keys.RangeAsync(
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
            return (await AskAsync((member, options) => member.Keys.PutAsync(put, options), ct)).Header.Revision;
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
        var reply = await AskAsync(
            (member, options) => member.Keys.TxnAsync(transaction, options), ct, maySayTwice: false);
        return reply.Succeeded ? reply.Header.Revision : null;
    }

    public async ValueTask<bool> DeleteAsync(string key, CancellationToken ct) =>
        (await AskAsync(
            (member, options) => member.Keys.DeleteRangeAsync(
                new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) }, options),
            ct, maySayTwice: false)).Deleted > 0;

    public async ValueTask<long> GrantAsync(TimeSpan ttl, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        var request = new LeaseGrantRequest { TTL = (long)ttl.TotalSeconds };
        return (await AskAsync((member, options) => member.Leases.LeaseGrantAsync(request, options), ct)).ID;
    }

    public async ValueTask<bool> KeepAliveAsync(long lease, CancellationToken ct)
    {
        try
        {
            return await _members.AskAsync(
                async (member, options) =>
                {
                    using var talk = member.Leases.LeaseKeepAlive(options);
                    await talk.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = lease }, ct);
                    await talk.RequestStream.CompleteAsync();
                    return await talk.ResponseStream.MoveNext(ct) && talk.ResponseStream.Current.TTL > 0;
                },
                maySayTwice: true, ct);
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
            await AskAsync(
                (member, options) => member.Leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = lease }, options),
                ct);
        }
        catch (ServiceException ended) when (ended.Code == ErrorCode.NotFound)
        {
            // It had ended already, which is what was wanted.
        }
    }

    public async IAsyncEnumerable<ClusterChange> WatchAsync(
        string prefix, long after, [EnumeratorCancellation] CancellationToken ct)
    {
        var (member, left) = _members.Asked;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, left);
        using var talk = member.Watches.Watch(_withLeader, cancellationToken: either.Token);
        await SayAsync(talk, prefix, after, member, ct);
        while (await NextAsync(talk, member, ct) is { } reply)
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

    public void Dispose() => _members.Dispose();

    private async Task SayAsync(
        AsyncDuplexStreamingCall<WatchRequest, WatchResponse> talk, string prefix, long after, EtcdMember member,
        CancellationToken ct)
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
            throw Broken(error, member, ct);
        }
    }

    private async Task<WatchResponse?> NextAsync(
        AsyncDuplexStreamingCall<WatchRequest, WatchResponse> talk, EtcdMember member, CancellationToken ct)
    {
        try
        {
            return await talk.ResponseStream.MoveNext(CancellationToken.None) ? talk.ResponseStream.Current : null;
        }
        catch (RpcException error)
        {
            throw Broken(error, member, ct);
        }
    }

    /// <summary>A watch that broke, unless it was given up, tells as much as a question that is not answered.</summary>
    private Exception Broken(RpcException error, EtcdMember member, CancellationToken ct)
    {
        if (!ct.IsCancellationRequested) _members.Leave(member);
        return Failure(error, ct);
    }

    private async Task<T> AskAsync<T>(
        Func<EtcdMember, CallOptions, AsyncUnaryCall<T>> ask, CancellationToken ct, bool maySayTwice = true)
    {
        try
        {
            return await _members.AskAsync(
                async (member, options) =>
                {
                    using var call = ask(member, options);
                    return await call.ResponseAsync;
                },
                maySayTwice, ct);
        }
        catch (RpcException error)
        {
            throw Failure(error, ct);
        }
    }

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
