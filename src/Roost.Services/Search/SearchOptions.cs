using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Roost.Engine.Search;
using Roost.Engine.Sketches;

namespace Roost.Services.Search;

/// <summary>How the Search service is set up.</summary>
public sealed record SearchOptions
{
    /// <summary>
    /// How trends are counted. Defaults: half-lives of 2 hours for what is now and 2 days for what is usual, 4,096 keys
    /// of each kind, and two accounts at least.
    /// </summary>
    public RisingOptions Trends { get; init; } = new(TimeSpan.FromHours(2), TimeSpan.FromDays(2));

    /// <summary>
    /// How a shard's index is laid out. Defaults: 2 GiB of memory, and segments of a million posts, which are what is
    /// let go, the oldest first, when that is used up.
    /// </summary>
    public SearchIndexOptions Index { get; init; } = new()
    {
        SegmentPostsMax = 1 << 20,
        HashSeed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
    };

    /// <summary>A search that takes longer ends with what it has: more than zero; default a second.</summary>
    public TimeSpan QueryTimeMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A replica that has not answered after so long is not waited for alone; default 50 ms.</summary>
    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How far back posts count for trends after a start: what a tag's history shows, a week.</summary>
    public TimeSpan TrendsReach { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How much of one processor taking in what was there before the start may use, 0.01 to 1: requests go before it.
    /// The default is a half. What comes from then on is taken in as it comes.
    /// </summary>
    public double PastShare { get; init; } = 0.5;

    /// <summary>Most accounts that are looked at for one search for people, 1 to 100,000.</summary>
    public int PeopleLookedAtMax { get; init; } = 2_000;

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        if (Trends.ShortHalfLife <= TimeSpan.Zero || Trends.LongHalfLife <= Trends.ShortHalfLife)
        {
            throw new ValidationException(
                $"Trends has half-lives of {Trends.ShortHalfLife} and {Trends.LongHalfLife}; "
                + "the second must be longer.");
        }
        if (Trends.KeysMax is < 1 or > 1 << 20)
            throw new ValidationException($"Trends.KeysMax is {Trends.KeysMax}; it must be from 1 to 1,048,576.");
        if (QueryTimeMax <= TimeSpan.Zero || HedgeAfter <= TimeSpan.Zero)
            throw new ValidationException("QueryTimeMax and HedgeAfter must be more than zero.");
        if (TrendsReach < TimeSpan.Zero)
            throw new ValidationException($"TrendsReach is {TrendsReach}; it must not be negative.");
        if (PastShare is not (>= 0.01 and <= 1))
            throw new ValidationException($"PastShare is {PastShare}; it must be from 0.01 to 1.");
        if (PeopleLookedAtMax is < 1 or > 100_000)
            throw new ValidationException(
                $"PeopleLookedAtMax is {PeopleLookedAtMax}; it must be from 1 to 100,000.");
    }
}
