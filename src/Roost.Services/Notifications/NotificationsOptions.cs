using System.ComponentModel.DataAnnotations;

namespace Roost.Services.Notifications;

/// <summary>How much the Notifications service keeps.</summary>
public sealed record NotificationsOptions
{
    /// <summary>How many notifications of each kind an account keeps, the newest: 10 to 100,000. The default, 1,000, is
    /// fifty pages of each.</summary>
    public int KeptOfKind { get; init; } = 1_000;

    /// <summary>An account is trimmed after so many new ones, 1 to 100,000: it may have so many more
    /// meanwhile.</summary>
    public int TrimEvery { get; init; } = 500;

    /// <summary>How long the checkpoint may stay behind while nothing is told: 10 ms to an hour. A crash reads that
    /// much
    /// of the feeds again.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (KeptOfKind is < 10 or > 100_000)
            throw new ValidationException($"KeptOfKind is {KeptOfKind}; it must be from 10 to 100,000.");
        if (TrimEvery is < 1 or > 100_000)
            throw new ValidationException($"TrimEvery is {TrimEvery}; it must be from 1 to 100,000.");
        if (CheckpointEvery < TimeSpan.FromMilliseconds(10) || CheckpointEvery > TimeSpan.FromHours(1))
            throw new ValidationException($"CheckpointEvery is {CheckpointEvery}; it must be from 10 ms to an hour.");
    }
}
