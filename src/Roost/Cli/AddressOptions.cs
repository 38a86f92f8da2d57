using System.CommandLine;
using System.Net;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary>Options that name addresses or whole networks.</summary>
internal static class AddressOptions
{
    /// <summary>Of those commands to which clients come, perhaps through proxies.</summary>
    public static Option<string[]> Proxies() => new("--proxy")
    {
        Description = "The address or network of a proxy whose X-Forwarded-For tells who asks, like 10.0.0.0/8; "
            + "give it again for another. Proxies on this machine are always believed.",
        HelpName = "ADDRESS",
    };

    /// <summary>Of those that send messages to devices.</summary>
    public static Option<string[]> PushServices() => new("--push-to")
    {
        Description = "The address or network of push services of your own, like 192.168.1.20, which may be spoken "
            + "to by http, too; give it again for another. Others are sent to on the public internet only.",
        HelpName = "ADDRESS",
    };

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: something else was given.</exception>
    public static IReadOnlyList<IPNetwork> Read(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Select(text => NetworkOf(option.Name, text))];

    private static IPNetwork NetworkOf(string option, string text) =>
        IPNetwork.TryParse(text, out var network) ? network
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new ServiceException(
                ErrorCode.Invalid,
                $"{option} '{text}' is no address or network; give one like 10.0.0.1 or 10.0.0.0/8.");
}
