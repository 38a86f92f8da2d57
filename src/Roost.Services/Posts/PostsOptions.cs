using System.ComponentModel.DataAnnotations;
using System.Numerics;

namespace Roost.Services.Posts;

/// <summary>How the Posts service is set up.</summary>
public sealed record PostsOptions
{
    /// <summary>
    /// How many decoded posts are kept in memory: a power of two, 1,024 to 2^24. The default, 131,072, is some 60 MB of
    /// short posts, which is what a few thousand people read in a day.
    /// </summary>
    public int CachedPosts { get; init; } = 1 << 17;

    /// <summary>Longest text and spoiler text together, in UTF-16 code units: 1 to 100,000. Clients are told of a
    /// smaller limit.</summary>
    public int TextLengthMax { get; init; } = 5_000;

    /// <summary>How long an idempotency key answers its first post again: what Mastodon keeps, an hour.</summary>
    public TimeSpan IdempotencyWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>At most so many idempotency keys are kept; the oldest are let go first. 24 bytes each.</summary>
    public int IdempotencyKeysMax { get; init; } = 1 << 20;

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (!BitOperations.IsPow2(CachedPosts) || CachedPosts is < 1_024 or > 1 << 24)
            throw new ValidationException(
                $"CachedPosts is {CachedPosts}; it must be a power of two from 1,024 to 16,777,216.");
        if (TextLengthMax is < 1 or > 100_000)
            throw new ValidationException($"TextLengthMax is {TextLengthMax}; it must be from 1 to 100,000.");
        if (IdempotencyKeysMax < 1)
            throw new ValidationException($"IdempotencyKeysMax is {IdempotencyKeysMax}; it must be at least 1.");
    }
}
