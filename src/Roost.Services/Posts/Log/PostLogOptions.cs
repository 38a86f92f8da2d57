using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>Settings of a <see cref="PostLog"/>. Immutable; checked when the log is opened.</summary>
public sealed record PostLogOptions
{
    /// <summary>Where the segments are; made when missing. One log, and one process, per directory.</summary>
    public required string Directory { get; init; }

    /// <summary>
    /// Which shard's ids are made, 0 to <see cref="PostId.ShardMax"/>; default 0. Fixed for the life of a directory.
    /// </summary>
    public int Shard { get; init; }

    /// <summary>
    /// A segment is sealed when the next group would take it over this, 64 KiB to 1 GiB; default 64 MiB: at start only
    /// the newest segment is read whole, which then takes a few hundredths of a second.
    /// </summary>
    public int SegmentBytesMax { get; init; } = 64 << 20;

    /// <summary>
    /// The writer takes about this much at a time, 4 KiB to 16 MiB; default 1 MiB: beyond that a commit takes longer
    /// without the rate growing.
    /// </summary>
    public int GroupBytesMax { get; init; } = 1 << 20;

    /// <summary>
    /// Appends are refused as <c>Overloaded</c> while this much waits to be written, 64 KiB to 1 GiB; default 64 MiB.
    /// One append may always wait, whatever its size.
    /// </summary>
    public int QueueBytesMax { get; init; } = 64 << 20;

    /// <summary>
    /// The newest so many bytes stay in memory, a multiple of 256 KiB up to 1 GiB; default 32 MiB, some 150,000 short
    /// posts: who follows the log is rarely further behind.
    /// </summary>
    public int TailBytes { get; init; } = 32 << 20;

    /// <summary>
    /// How far behind the newest id the clock may be before no ids are made, 0 to 1 min; default 1 s.
    /// </summary>
    public TimeSpan ClockSlack { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How far ahead of the clock an imported id may be, from 0; default 1 min. One far ahead would stop all posting
    /// until then.
    /// </summary>
    public TimeSpan ImportLead { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often a table is looked at that another process writes, while the server does not tell of commits, more than
    /// 0; default a fifth of a second. While it tells, a look follows each commit, though no sooner after the one
    /// before than a tenth of this. A look costs the server some 50 µs.
    /// </summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether the server is asked to tell of commits to such a table, which takes a connection; default
    /// yes.</summary>
    public bool Listens { get; init; } = true;

    /// <summary>Lets tests make the disk fail. Null: it fails by itself.</summary>
    internal DiskFault? Fault { get; init; }

    /// <exception cref="ArgumentException">
    /// A setting is out of its range; the text names it, its value and the range.
    /// </exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory);
        Check(Shard, 0, PostId.ShardMax, nameof(Shard));
        Check(SegmentBytesMax, 64 << 10, 1 << 30, nameof(SegmentBytesMax));
        Check(GroupBytesMax, 4 << 10, 16 << 20, nameof(GroupBytesMax));
        Check(QueueBytesMax, 64 << 10, 1 << 30, nameof(QueueBytesMax));
        Check(TailBytes, LogTail.PieceBytes, 1 << 30, nameof(TailBytes));
        if (TailBytes % LogTail.PieceBytes != 0)
            throw new ArgumentException($"PostLogOptions.TailBytes is {TailBytes}; it must be a multiple of 256 KiB.");
        Check(ClockSlack, TimeSpan.Zero, TimeSpan.FromMinutes(1), nameof(ClockSlack));
        Check(ImportLead, TimeSpan.Zero, TimeSpan.MaxValue, nameof(ImportLead));
    }

    private static void Check<T>(T value, T min, T max, string name) where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            throw new ArgumentException($"PostLogOptions.{name} is {value}; it must be from {min} to {max}.");
    }
}
