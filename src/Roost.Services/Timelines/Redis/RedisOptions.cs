using System.ComponentModel.DataAnnotations;

namespace Roost.Services.Timelines.Redis;

/// <summary>How inboxes are kept in Redis.</summary>
/// <param name="Servers">Where it is.</param>
public sealed record RedisOptions(RedisServers Servers)
{
    /// <summary>What this network's keys begin with, so that others may be beside them.</summary>
    public string Network { get; init; } = "roost";

    /// <summary>How long a page waits for its inbox before the fallback answers: 1 ms to 10 s. The default, 100 ms, is
    /// a thousand round trips.</summary>
    public TimeSpan ReadWaitMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long fan-out waits for a server that does not answer, before it goes on without the inboxes that are there.
    /// They are built anew when it is back. 10 ms to 10 min; the default, 5 s, is what a cluster takes to give its part
    /// to another.
    /// </summary>
    public TimeSpan WriteWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Who has more followers has posts that are not delivered to them, but merged in when these read: 1 and
    /// up. The default, 10,000, is some 20 ms of Redis's time. Once so, an account stays so.</summary>
    public int GiantFollowersMin { get; init; } = 10_000;

    /// <summary>How many records of the log fan-out goes back for at a start, when it was stopped for a while; inboxes
    /// that are older are built anew. The default is 262,144.</summary>
    public uint BehindMax { get; init; } = 1 << 18;

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (ReadWaitMax < TimeSpan.FromMilliseconds(1) || ReadWaitMax > TimeSpan.FromSeconds(10))
            throw new ValidationException($"ReadWaitMax is {ReadWaitMax}; it must be from 1 ms to 10 s.");
        if (WriteWaitMax < TimeSpan.FromMilliseconds(10) || WriteWaitMax > TimeSpan.FromMinutes(10))
            throw new ValidationException($"WriteWaitMax is {WriteWaitMax}; it must be from 10 ms to 10 min.");
        if (GiantFollowersMin < 1)
            throw new ValidationException($"GiantFollowersMin is {GiantFollowersMin}; it must be 1 or more.");
    }
}
