using System.Globalization;
using Roost.Engine.Graph;

namespace Roost.Services.Timelines.Redis;

/// <summary>
/// What a group's server knows of the group, written after a turn's entries, in the same connection. Servers lose only
/// their newest writes (a snapshot, a log and a replica are all a server's state as of some earlier moment), so whoever
/// finds a mark finds all that was done before it: inboxes of this word are complete up to <see cref="UpTo"/>.
/// </summary>
/// <param name="Word">Heads that have another one are of a past in which something was lost.</param>
/// <param name="UpTo">The seq up to which everything is in the inboxes.</param>
/// <param name="Id">Of the record there: it tells whether it is the same log still.</param>
/// <param name="Giants">How many accounts the group's list of giants had.</param>
/// <param name="IsParted">Whether entries were written at another server than the mark, as the group was being moved.
/// Only who did it can know whether that one has lost any since.</param>
internal readonly record struct InboxMark(string Word, uint UpTo, long Id, int Giants, bool IsParted = false)
{
    private const string Parted = "parted";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Word} {UpTo} {Id} {Giants}{(IsParted ? " " + Parted : "")}");

    /// <summary>Null for anything else.</summary>
    public static InboxMark? Parse(string? text) =>
        text?.Split(' ') is [var word, var upTo, var id, var giants, .. ([] or [Parted])] words
        && uint.TryParse(upTo, NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
        && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var record)
        && int.TryParse(giants, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new InboxMark(word, seq, record, count, words.Length > 4)
            : null;
}

/// <summary>What is known of an inbox beside its entries.</summary>
/// <param name="Word">Of the group's mark when it was made.</param>
/// <param name="Followees">Whom it was made for (<see cref="Of"/>): the same in every process and over restarts.
/// </param>
/// <param name="CompleteFrom">From which seq on everything is there, unless entries were cut off: then from the oldest
/// one on.</param>
internal readonly record struct InboxHeader(string Word, ulong Followees, uint CompleteFrom)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Word} {Followees:x} {CompleteFrom}");

    /// <summary>Null for anything else.</summary>
    public static InboxHeader? Parse(string? text) =>
        text?.Split(' ') is [var word, var followees, var from]
        && ulong.TryParse(followees, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
        && uint.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            ? new InboxHeader(word, hash, seq)
            : null;

    /// <summary>A number that two sets do not share, but by a chance of one in 2^64. A nanosecond an id.</summary>
    public static ulong Of(SortedIds followees)
    {
        var sum = (ulong)followees.Count;
        foreach (var block in followees.Blocks)
        {
            foreach (var id in block)
            {
                // The finalizer of SplitMix64.
                var mixed = (ulong)id * 0x9E37_79B9_7F4A_7C15;
                mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
                sum += mixed ^ (mixed >> 31);
            }
        }
        return sum;
    }
}
