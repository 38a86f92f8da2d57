using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Roost.Rpc.Remote;

/// <summary>A <c>.proto</c> file as a running server tells of it: what server reflection answers.</summary>
public sealed class Contract
{
    private Contract(FileDescriptor descriptor) => Descriptor = descriptor;

    /// <summary>Full names of the services in it.</summary>
    public IEnumerable<string> Services => Descriptor.Services.Select(service => service.FullName);

    internal FileDescriptor Descriptor { get; }

    /// <param name="base64">A <c>FileDescriptorProto</c> that imports nothing but times and durations.</param>
    public static Contract Of(string base64)
    {
        var files = new[]
        {
            TimestampReflection.Descriptor.SerializedData, DurationReflection.Descriptor.SerializedData,
            ByteString.FromBase64(base64),
        };
        return new Contract(FileDescriptor.BuildFromByteStrings(files)[^1]);
    }
}
