using System.ComponentModel.DataAnnotations;

namespace Roost.Services.Push;

/// <summary>How the Push service is set up.</summary>
public sealed record PushOptions
{
    /// <summary>Most streams that may be open, 1 to 10,000,000. The default is what a process of the usual limits has
    /// file descriptors for.</summary>
    public int StreamsMax { get; init; } = 60_000;

    /// <summary>
    /// How many records of the feed a replay looks through at most, 0 to 100,000,000: who was away for longer is told
    /// to read pages. The default takes some 50 ms.
    /// </summary>
    public int ReplayRecordsMax { get; init; } = 262_144;

    /// <summary>Most notifications that a replay tells of, 0 to 10,000: who missed more is told to read pages.
    /// </summary>
    public int ReplayNoticesMax { get; init; } = 400;

    /// <summary>Replays at work at a time, 1 to 1,000; others wait. After a restart everybody asks for one.</summary>
    public int ReplaysAtWorkMax { get; init; } = 2;

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (StreamsMax is < 1 or > 10_000_000)
            throw new ValidationException($"StreamsMax is {StreamsMax}; it must be from 1 to 10,000,000.");
        if (ReplayRecordsMax is < 0 or > 100_000_000)
            throw new ValidationException(
                $"ReplayRecordsMax is {ReplayRecordsMax}; it must be from 0 to 100,000,000.");
        if (ReplayNoticesMax is < 0 or > 10_000)
            throw new ValidationException($"ReplayNoticesMax is {ReplayNoticesMax}; it must be from 0 to 10,000.");
        if (ReplaysAtWorkMax is < 1 or > 1_000)
            throw new ValidationException($"ReplaysAtWorkMax is {ReplaysAtWorkMax}; it must be from 1 to 1,000.");
    }
}
