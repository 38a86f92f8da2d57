using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Roost.Rpc.Remote;

/// <summary>A <c>.proto</c> file as a running server tells of it: what server reflection answers.</summary>
public sealed class Contract
{
    // Of all files that it imports, directly or not, each behind what it imports itself; times and durations are known.
    private readonly IReadOnlyList<Contract> _imports;

    private Contract(FileDescriptor descriptor, IReadOnlyList<Contract> imports) =>
        (Descriptor, _imports) = (descriptor, imports);

    internal FileDescriptor Descriptor { get; }

    /// <param name="base64">A <c>FileDescriptorProto</c>.</param>
    /// <param name="imports">The files that it imports, but for times and durations.</param>
    public static Contract Of(string base64, params ReadOnlySpan<Contract> imports)
    {
        Contract[] all = [.. imports.ToArray().SelectMany(one => one._imports.Append(one)).Distinct()];
        ByteString[] files =
        [
            TimestampReflection.Descriptor.SerializedData, DurationReflection.Descriptor.SerializedData,
            .. all.Select(one => one.Descriptor.SerializedData), ByteString.FromBase64(base64),
        ];
        return new Contract(FileDescriptor.BuildFromByteStrings(files)[^1], all);
    }
}
