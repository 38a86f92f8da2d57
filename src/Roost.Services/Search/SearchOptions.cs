using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Roost.Engine.Search;
using Roost.Engine.Sketches;
using Roost.Services.Storage;

namespace Roost.Services.Search;

/// <summary>How the Search service is set up.</summary>
public sealed record SearchOptions
{
    /// <summary>What a post takes in the active segment, about.</summary>
    private const int BytesOfActivePost = 200;

    /// <summary>
    /// How trends are counted. Defaults: half-lives of 2 hours for what is now and 2 days for what is usual, 4,096 keys
    /// of each kind, and two accounts at least.
    /// </summary>
    public RisingOptions Trends { get; init; } = new(TimeSpan.FromHours(2), TimeSpan.FromDays(2));

    /// <summary>
    /// How a shard's index is laid out. Defaults: 2 GiB of memory, and segments of a million posts. Full segments are
    /// read from their files; as many of the newest as the memory has room for stay in it.
    /// </summary>
    public SearchIndexOptions Index { get; init; } = new()
    {
        SegmentPostsMax = 1 << 20,
        HashSeed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
    };

    /// <summary>
    /// After how many records of the post log the segment that grows is saved, too, but at most once a minute: 1 and
    /// up; default 262,144. After a crash as many are taken in again, which takes some seconds. At a clean stop a
    /// thousand are enough, or so many if they are fewer.
    /// </summary>
    public uint SaveAfterRecords { get; init; } = 1 << 18;

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

    /// <summary>Which posts the index in this process has; default all. None where shards elsewhere have
    /// them.</summary>
    public ShardPlace Place { get; init; } = ShardPlace.Whole;

    /// <summary>For tests: makes the disk fail.</summary>
    internal DiskFault? Fault { get; init; }

    /// <summary>Most accounts that are looked at for one search for people, 1 to 100,000.</summary>
    public int PeopleLookedAtMax { get; init; } = 2_000;

    /// <summary>As usual, with so much memory for the index: segments are as long as a tenth of it allows.</summary>
    /// <param name="bytes">64 MiB and up.</param>
    public static SearchOptions WithMemory(long bytes)
    {
        var usual = new SearchOptions();
        var posts = Math.Min(usual.Index.SegmentPostsMax, bytes / 10 / BytesOfActivePost);
        var chunk = bytes < 512 << 20 ? 1 << 18 : usual.Index.ChunkBytes;
        return usual with
        {
            Index = usual.Index with { BytesMax = bytes, SegmentPostsMax = (int)posts, ChunkBytes = chunk },
        };
    }

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
        if (SaveAfterRecords < 1)
            throw new ValidationException("SaveAfterRecords is 0; it must be 1 or more.");
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
