using System.Buffers;
using Grpc.Core;
using Roost.Rpc.Clients;

namespace Roost.Rpc.Remote;

/// <summary>One function of a service as it goes over the network; made by <c>eng/contracts.cs</c>.</summary>
public sealed class RemoteMethod<TRequest, TReply>
    where TRequest : notnull
{
    /// <param name="service">The contract's full name: <c>roost.users.v1.Users</c>.</param>
    /// <param name="name">The function's: <c>Get</c>.</param>
    /// <param name="metricName">Service and method as metrics and errors name them: <c>users.get</c>.</param>
    public RemoteMethod(
        string service, string name, string metricName, Repeatable repeatable, Codec<TRequest> request,
        Codec<TReply> reply)
    {
        MetricName = metricName;
        (RequestCodec, ReplyCodec) = (request, reply);
        Repeatable = repeatable;
        // gRPC's types are classes; a reply of ours may be null or a plain number, so it travels in a box.
        Grpc = new(MethodType.Unary, service, name, Marshal(request), Marshal(reply));
    }

    public string MetricName { get; }

    public Repeatable Repeatable { get; }

    public Codec<TRequest> RequestCodec { get; }

    public Codec<TReply> ReplyCodec { get; }

    internal Method<Boxed<TRequest>, Boxed<TReply>> Grpc { get; }

    private static Marshaller<Boxed<T>> Marshal<T>(Codec<T> codec) => new(
        (box, context) =>
        {
            var writer = new WireWriter();
            try
            {
                codec.Write(ref writer, box.Value);
                Hand(writer.Written, context);
            }
            finally
            {
                writer.Dispose();
            }
        },
        context => Read(codec, context.PayloadAsReadOnlySequence()));

    private static void Hand(ReadOnlySpan<byte> written, SerializationContext context)
    {
        context.SetPayloadLength(written.Length);
        var output = context.GetBufferWriter();
        output.Write(written);
        context.Complete();
    }

    private static Boxed<T> Read<T>(Codec<T> codec, ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment) return new(ReadSpan(codec, payload.FirstSpan));
        var bytes = ArrayPool<byte>.Shared.Rent((int)payload.Length);
        try
        {
            payload.CopyTo(bytes);
            return new(ReadSpan(codec, bytes.AsSpan(0, (int)payload.Length)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static T ReadSpan<T>(Codec<T> codec, ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        return codec.Read(ref reader);
    }
}

/// <summary>A value as an object, whatever it is.</summary>
internal sealed class Boxed<T>(T value)
{
    public T Value => value;
}
