using Grpc.Core;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;

namespace Roost.Bench.Remote;

/// <summary>The bound: gRPC's own client, no balancer, retries or records; the server answers the same bytes.</summary>
internal sealed class BareCalls(CallInvoker invoker, int bytesMin)
{
    private const string Service = "roost.bench.Bare";

    private static readonly Marshaller<byte[]> _bytes = new(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> _method = new(MethodType.Unary, Service, "Call", _bytes, _bytes);
    private static readonly Codec<byte[]> _blob = new(
        (ref WireWriter writer, byte[] value) => writer.Blob(1, value),
        (ref WireReader reader) => []);

    /// <summary>As the server answers it.</summary>
    public static RemoteMethod<byte[], byte[]> Served { get; } =
        new(Service, "Call", "bare.call", Repeatable.No, _blob, _blob);

    /// <summary>The same, as one that may be done twice is called.</summary>
    public static RemoteMethod<byte[], byte[]> Repeated { get; } =
        new(Service, "Call", "bare.repeated", Repeatable.Yes, _blob, _blob);

    public async Task CallAsync()
    {
        using var call = invoker.AsyncUnaryCall(_method, null, default, []);
        if ((await call.ResponseAsync).Length < bytesMin) throw new InvalidOperationException("Bytes are missing.");
    }
}
