using System.Globalization;

namespace Roost.Engine.Ids;

/// <summary>
/// A post's (or boost's) name for ever: a 64-bit snowflake that sorts by time, is unique over all shards, and tells
/// where it lives.
/// <code>
///  63   62 ................ 22   21 ...... 12   11 ........ 0
///   0   milliseconds since       shard          sequence within
///       2020-01-01T00:00Z (41)   (10)           the millisecond (12)
/// </code>
/// 41 bits last until 2089. 0 (<c>default</c>) is no post. A string in JSON, since JavaScript's numbers hold only 53
/// bits.
/// </summary>
public readonly record struct PostId(long Value) : IComparable<PostId>
{
    public const int ShardBits = 10;
    public const int SequenceBits = 12;
    public const int ShardMax = (1 << ShardBits) - 1;
    public const int SequenceMax = (1 << SequenceBits) - 1;
    public const long MillisecondsMax = (1L << 41) - 1;

    /// <summary>2020-01-01T00:00:00Z in Unix milliseconds.</summary>
    public const long EpochUnixMilliseconds = 1_577_836_800_000;

    /// <param name="unixMilliseconds">From <see cref="EpochUnixMilliseconds"/> to 2^41-1 ms after it.</param>
    /// <param name="shard">0 to 1,023.</param>
    /// <param name="sequence">0 to 4,095.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part does not fit its bits.</exception>
    public static PostId Create(long unixMilliseconds, int shard, int sequence)
    {
        var since = unixMilliseconds - EpochUnixMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(since, 0, nameof(unixMilliseconds));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(since, MillisecondsMax, nameof(unixMilliseconds));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)shard, (uint)ShardMax, nameof(shard));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)sequence, (uint)SequenceMax, nameof(sequence));
        return new PostId((since << (ShardBits + SequenceBits)) | ((long)shard << SequenceBits) | (uint)sequence);
    }

    public bool IsNone => Value == 0;
    public long UnixMilliseconds => (Value >> (ShardBits + SequenceBits)) + EpochUnixMilliseconds;
    public int Shard => (int)(Value >> SequenceBits) & ShardMax;
    public int Sequence => (int)Value & SequenceMax;

    public int CompareTo(PostId other) => Value.CompareTo(other.Value);

    public static bool operator <(PostId left, PostId right) => left.Value < right.Value;
    public static bool operator >(PostId left, PostId right) => left.Value > right.Value;
    public static bool operator <=(PostId left, PostId right) => left.Value <= right.Value;
    public static bool operator >=(PostId left, PostId right) => left.Value >= right.Value;

    /// <summary>Reads 1 to 2^63-1 in plain decimal digits, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PostId id)
    {
        var ok = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = new PostId(ok ? value : 0);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
