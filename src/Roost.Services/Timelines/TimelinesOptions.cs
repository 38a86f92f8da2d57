using System.ComponentModel.DataAnnotations;
using Roost.Services.Timelines.Redis;

namespace Roost.Services.Timelines;

/// <summary>How the Timelines service is set up.</summary>
public sealed record TimelinesOptions
{
    /// <summary>
    /// Memory that all inboxes together may take, in bytes: 4 MiB to 1 TiB. The default, 4 GiB, holds some 1.1
    /// million full inboxes. When it is used up, those who have been away the longest lose theirs, and get it back
    /// when they return.
    /// </summary>
    public long InboxBytesMax { get; init; } = 4L << 30;

    /// <summary>Who has not come for so long has no inbox: Twitter's 30 days.</summary>
    public TimeSpan ActiveFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often the absent are looked for.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// After posts to so many recipients, with or without an inbox, fan-out lets rebuilds in: 1 to 2^24. The
    /// default, 262,144, is a few milliseconds. A post for more than that is cut into slices of as many, and others
    /// are delivered in between.
    /// </summary>
    public int DeliveriesPerTurn { get; init; } = 1 << 18;

    /// <summary>
    /// How many threads fan-out may divide a turn among, 1 to 64. The default is as many as there are processors, at
    /// most 4. More than one are used in slices of posts for more than a turn's recipients, some milliseconds at a
    /// time, and in turns of at least four recipients for each account; all else is done by one, while the others
    /// answer readers.
    /// </summary>
    public int WritersMax { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>How many inboxes are rebuilt at a time, 1 to 64. The default is as many as half of the processors, at
    /// least 1.</summary>
    public int RebuildsAtOnceMax { get; init; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>
    /// How much of all processors' time goes into rebuilding, 0.001 to 1, once a tenth of a second saved up is spent.
    /// The default is an eighth. Whose turn does not come is served by the fallback, which takes a first page a
    /// fraction of what a rebuild takes.
    /// </summary>
    public double RebuildShare { get; init; } = 0.125;

    /// <summary>
    /// How long a request waits for an inbox that is being rebuilt before the fallback answers: 1 ms to 10 s. The
    /// default, 25 ms, is a few turns of fan-out.
    /// </summary>
    public TimeSpan RebuildWaitMax { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Keeps inboxes in Redis; null: in the memory of this process.</summary>
    public RedisOptions? Redis { get; init; }

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (InboxBytesMax is < 4 << 20 or > 1L << 40)
            throw new ValidationException($"InboxBytesMax is {InboxBytesMax}; it must be from 4 MiB to 1 TiB.");
        if (ActiveFor < TimeSpan.FromMinutes(1))
            throw new ValidationException($"ActiveFor is {ActiveFor}; it must be at least a minute.");
        if (SweepEvery < TimeSpan.FromSeconds(1))
            throw new ValidationException($"SweepEvery is {SweepEvery}; it must be at least a second.");
        if (DeliveriesPerTurn is < 1 or > 1 << 24)
            throw new ValidationException(
                $"DeliveriesPerTurn is {DeliveriesPerTurn}; it must be from 1 to 16,777,216.");
        if (WritersMax is < 1 or > 64)
            throw new ValidationException($"WritersMax is {WritersMax}; it must be from 1 to 64.");
        if (RebuildsAtOnceMax is < 1 or > 64)
            throw new ValidationException($"RebuildsAtOnceMax is {RebuildsAtOnceMax}; it must be from 1 to 64.");
        if (RebuildShare is not (>= 0.001 and <= 1))
            throw new ValidationException($"RebuildShare is {RebuildShare}; it must be from 0.001 to 1.");
        if (RebuildWaitMax < TimeSpan.FromMilliseconds(1) || RebuildWaitMax > TimeSpan.FromSeconds(10))
            throw new ValidationException($"RebuildWaitMax is {RebuildWaitMax}; it must be from 1 ms to 10 s.");
        Redis?.Validate();
    }
}
