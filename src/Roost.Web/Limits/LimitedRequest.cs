using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Roost.Engine.Ids;

namespace Roost.Web.Limits;

/// <summary>A request as limits see it: who asks, and what it counts as. A value, so that looking costs
/// nothing.</summary>
/// <param name="Account">Whom the token acts for, or nobody.</param>
/// <param name="Token">What tells its token from others, or 0 without one.</param>
/// <param name="Address">What tells its address from others.</param>
/// <param name="Extra">What it counts as beside.</param>
/// <param name="IsGeneral">Whether it counts as a request to the API.</param>
internal readonly record struct LimitedRequest(
    AccountId Account, ulong Token, ulong Address, LimitKind Extra, bool IsPaging = false, bool IsGeneral = true)
{
    // What no IPv6 network begins with (RFC 4291 §2.5.5), so that the two kinds cannot meet.
    private const ulong IPv4 = 0xFFFF_0000_0000;

    /// <summary>An IPv4 address, or the /64 of an IPv6 address, which is what one customer gets.</summary>
    public static ulong KeyOf(IPAddress? address)
    {
        if (address is null) return 0;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (address.AddressFamily == AddressFamily.InterNetwork && length == 4)
            return IPv4 | BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return address.IsIPv4MappedToIPv6
            ? IPv4 | BinaryPrimitives.ReadUInt32BigEndian(bytes[12..])
            : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
