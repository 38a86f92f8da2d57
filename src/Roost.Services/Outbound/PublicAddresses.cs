using System.Net;
using System.Net.Sockets;

namespace Roost.Services.Outbound;

/// <summary>
/// Which addresses are of the public internet: those that the IANA special-purpose registries (RFC 6890) do not set
/// aside. An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4) is as public as that.
/// </summary>
public static class PublicAddresses
{
    private static readonly IPNetwork[] _setAside4 = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4");

    /// <summary>The only block that public IPv6 addresses are given from.</summary>
    private static readonly IPNetwork _unicast6 = IPNetwork.Parse("2000::/3");

    // 2001::/23 has Teredo, benchmarks and Orchids.
    private static readonly IPNetwork[] _setAside6 = Networks("2001::/23", "2001:db8::/32", "3fff::/20");

    private static readonly IPNetwork _nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork _sixToFour = IPNetwork.Parse("2002::/16");

    public static bool Has(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !_setAside4.Any(network => network.Contains(address));
        var bytes = address.GetAddressBytes();
        if (_nat64.Contains(address))
            return Has(new IPAddress(bytes.AsSpan(12, 4)));
        if (_sixToFour.Contains(address))
            return Has(new IPAddress(bytes.AsSpan(2, 4)));
        return _unicast6.Contains(address) && !_setAside6.Any(network => network.Contains(address));
    }

    private static IPNetwork[] Networks(params string[] all) => Array.ConvertAll(all, IPNetwork.Parse);
}
