using System.Globalization;
using System.Net;

namespace Roost.Services.Timelines.Redis;

/// <summary>
/// What servers say while a slot is on its way from one to another, key by key (Redis Cluster specification, "ASK
/// redirection"):
/// <code>
///   of the slot's owner   -ASK SLOT HOST:PORT   the key is not here: it has gone, or there is none
///   of either             -TRYAGAIN …           of a command's keys, or a transaction's, some are here, some are not
/// </code>
/// The other one answers to who says <c>ASKING</c> before the command. Unlike <c>-MOVED</c> this says nothing of the
/// next command: the slot has its owner until the last key has gone.
/// </summary>
internal static class SlotMove
{
    private const string Ask = "ASK ";
    private const string TryAgain = "TRYAGAIN";

    /// <summary>The server that a command, or all of a transaction, is to be sent to; null when this is no
    /// <c>-ASK</c>.</summary>
    /// <param name="asked">Who answered: a server that is told without a host has the same one.</param>
    public static EndPoint? PlaceOf(RespValue error, EndPoint asked)
    {
        if (!IsAsk(error) || error.Text!.Split(' ') is not [_, _, var place])
            return null;
        var colon = place.LastIndexOf(':');
        return colon >= 0
            && int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? RedisServers.EndPointOf(place[..colon], port, asked)
                : null;
    }

    public static bool IsAsk(RespValue error) =>
        error.IsError && error.Text!.StartsWith(Ask, StringComparison.Ordinal);

    /// <summary>Whether some keys are at one server and some at the other.</summary>
    public static bool IsBetween(RespValue error) =>
        IsAsk(error) || (error.IsError && error.Text!.StartsWith(TryAgain, StringComparison.Ordinal));

    /// <summary>What the other server is sent: one reply more.</summary>
    /// <param name="commands">One command, or a whole transaction.</param>
    public static RespWriter Asking(RespWriter commands)
    {
        var asking = new RespWriter(commands.Length + 32).Command("ASKING");
        asking.Raw(commands.Written, commands.Commands);
        return asking;
    }
}

/// <summary>A command that has one key.</summary>
/// <param name="Write">Gives it, each time that it is sent.</param>
internal readonly record struct KeyCommand(int Group, Func<RespWriter> Write);
