using System.Globalization;
using Roost.Rpc;
using Roost.Services.Timelines;

namespace Roost.Scenarios;

/// <summary>What worlds of millions take, and whether this machine has it.</summary>
internal static class MemoryNeed
{
    /// <summary>An inbox of a few entries: hot line, head, the smallest ring, a share of room to sort in.</summary>
    public const int BytesPerInbox = 176;

    /// <summary>An account that follows a giant or two: its inbox, and its side of the graph.</summary>
    public const int BytesPerFollower = BytesPerInbox + 64;

    /// <summary>An account that follows a thousand, both sides of the graph, and its full inbox.</summary>
    public const long BytesPerReturn = (1_000 * 2 * 5) + 3_600 + BytesPerInbox;

    /// <summary>The process itself, and what a scenario keeps beside its world.</summary>
    public const long BytesOfProcess = 400L << 20;

    /// <summary>What this machine can give without taking it from others, by its own account.</summary>
    public static long Available()
    {
        const string MemInfo = "/proc/meminfo";
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!File.Exists(MemInfo)) return limit;
        foreach (var line in File.ReadLines(MemInfo))
        {
            if (!line.StartsWith("MemAvailable:", StringComparison.Ordinal)) continue;
            var kilobytes = line.AsSpan("MemAvailable:".Length).Trim(' ').TrimEnd("kB").Trim();
            return Math.Min(limit, long.Parse(kilobytes, CultureInfo.InvariantCulture) << 10);
        }
        return limit;
    }

    /// <summary>Refuses, before anything is built, what cannot go well.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: there is not so much.</exception>
    public static void Require(long worldBytes)
    {
        var (needed, available) = (worldBytes + BytesOfProcess, Available());
        if (needed <= available) return;
        throw new ServiceException(
            ErrorCode.Unavailable,
            string.Create(CultureInfo.InvariantCulture,
                $"This takes about {needed / 1e9:0.0} GB of memory, and {available / 1e9:0.0} GB are free. Play it "
                + $"smaller: --accounts."));
    }

    /// <summary>A budget that holds so many small inboxes.</summary>
    public static TimelinesOptions InboxesFor(int accounts)
    {
        var options = new TimelinesOptions();
        return options with { InboxBytesMax = Math.Max(options.InboxBytesMax, (long)accounts * BytesPerInbox * 5 / 4) };
    }
}
