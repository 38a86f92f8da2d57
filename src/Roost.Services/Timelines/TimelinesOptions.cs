using System.ComponentModel.DataAnnotations;

namespace Roost.Services.Timelines;

/// <summary>How the Timelines service is set up.</summary>
public sealed record TimelinesOptions
{
    /// <summary>
    /// Memory that all inboxes together may take, in bytes: 1 MiB to 1 TiB. The default, 4 GiB, holds some 1.3 million
    /// full inboxes. When it is used up, those who have been away the longest lose theirs, and get it back when they
    /// return.
    /// </summary>
    public long InboxBytesMax { get; init; } = 4L << 30;

    /// <summary>Who has not come for so long has no inbox: Twitter's 30 days.</summary>
    public TimeSpan ActiveFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often the absent are looked for.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// After so many deliveries fan-out lets waiting rebuilds in: 1 to 2^31-1. The default, 65,536, is a few
    /// milliseconds. One post is never cut in two.
    /// </summary>
    public int DeliveriesPerTurn { get; init; } = 1 << 16;

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (InboxBytesMax is < 1 << 20 or > 1L << 40)
            throw new ValidationException($"InboxBytesMax is {InboxBytesMax}; it must be from 1 MiB to 1 TiB.");
        if (ActiveFor < TimeSpan.FromMinutes(1))
            throw new ValidationException($"ActiveFor is {ActiveFor}; it must be at least a minute.");
        if (SweepEvery < TimeSpan.FromSeconds(1))
            throw new ValidationException($"SweepEvery is {SweepEvery}; it must be at least a second.");
        if (DeliveriesPerTurn < 1)
            throw new ValidationException($"DeliveriesPerTurn is {DeliveriesPerTurn}; it must be at least 1.");
    }
}
