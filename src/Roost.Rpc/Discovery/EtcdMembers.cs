using Etcdserverpb;
using Grpc.Core;
using Grpc.Net.Client;

namespace Roost.Rpc.Discovery;

/// <summary>
/// The members of an etcd cluster. One of them is asked for everything; when it fails, or does not answer in time, that
/// one is left for the next, and with it all who watch there: a member that is stopped keeps its connections, and says
/// nothing over them.
/// </summary>
/// <remarks>Thread-safe. A call asks each member once, so it ends after <see cref="CallMax"/>.</remarks>
internal sealed class EtcdMembers : IDisposable
{
    /// <summary>Longer than an election takes; the others know within 1.6 s that a leader is gone.</summary>
    public static readonly TimeSpan CallMax = TimeSpan.FromSeconds(5);

    private readonly EtcdMember[] _members;
    private readonly TimeSpan _tryMax;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();

    // Under the lock: which one is asked, and what those wait for who watch there.
    private int _asked;
    private CancellationTokenSource _left = new();

    /// <param name="endpoints">1 or more; the first one is asked first.</param>
    public EtcdMembers(IReadOnlyList<Uri> endpoints, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(endpoints.Count);
        _members = [.. endpoints.Select(endpoint => new EtcdMember(endpoint))];
        (_tryMax, _time) = (CallMax / _members.Length, time);
    }

    /// <summary>Who is asked now, and what fires when that one is left.</summary>
    public (EtcdMember Member, CancellationToken Left) Asked
    {
        get
        {
            lock (_lock) return (_members[_asked], _left.Token);
        }
    }

    /// <param name="maySayTwice">Whether the next member is asked where nobody knows whether the last one has done
    /// it.</param>
    /// <exception cref="RpcException">What etcd said, or that no member answers.</exception>
    public async ValueTask<T> AskAsync<T>(
        Func<EtcdMember, CallOptions, Task<T>> ask, bool maySayTwice, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var (member, _) = Asked;
            try
            {
                return await ask(member, new CallOptions(
                    deadline: (_time.GetUtcNow() + _tryMax).UtcDateTime, cancellationToken: ct));
            }
            catch (RpcException error) when (error.StatusCode != StatusCode.NotFound && !ct.IsCancellationRequested)
            {
                Leave(member);
                if (!maySayTwice || tries == _members.Length) throw;
            }
        }
    }

    /// <summary>Asks the next one from now on, if this one is asked still. An only one stays.</summary>
    public void Leave(EtcdMember member)
    {
        CancellationTokenSource left;
        lock (_lock)
        {
            if (_members.Length == 1 || _members[_asked] != member) return;
            _asked = (_asked + 1) % _members.Length;
            (left, _left) = (_left, new CancellationTokenSource());
        }
        using (left) left.Cancel();
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
        _left.Dispose();
    }
}

/// <summary>The connections to one member of an etcd cluster.</summary>
internal sealed class EtcdMember : IDisposable
{
    private static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(1);

    // etcd closes connections that are pinged more often than every 5 s (--grpc-keepalive-min-time), and watches with
    // them.
    private static readonly TimeSpan _pingEvery = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _pingMax = TimeSpan.FromSeconds(1);

    private readonly GrpcChannel _channel;

    public EtcdMember(Uri endpoint)
    {
        _channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = _connectMax,
                KeepAlivePingDelay = _pingEvery,
                KeepAlivePingTimeout = _pingMax,
                EnableMultipleHttp2Connections = true,
                UseProxy = false,
            },
            DisposeHttpClient = true,
            // It is looked for again at once: who asks pauses by itself.
            MaxReconnectBackoff = _connectMax,
        });
        (Keys, Leases, Watches) = (new(_channel), new(_channel), new(_channel));
    }

    public KV.KVClient Keys { get; }

    public Lease.LeaseClient Leases { get; }

    public Watch.WatchClient Watches { get; }

    public void Dispose() => _channel.Dispose();
}
